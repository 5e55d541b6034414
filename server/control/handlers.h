/*
 * The handlers of the control API. Each file of this folder that is named after a resource has
 * those of that resource.
 */
#ifndef SERVER_CONTROL_HANDLERS_H
#define SERVER_CONTROL_HANDLERS_H

#include "server/call/call.h"

call_handler control_health_get, control_ready_get, control_info_get;

call_handler control_openapi_get;

call_handler control_metrics_get;

call_handler control_faults_list, control_faults_create, control_faults_clear,
    control_faults_delete;

call_handler control_stories_list, control_stories_create, control_stories_clear,
    control_stories_delete;

call_handler control_stubs_list, control_stubs_create, control_stubs_clear, control_stubs_delete;

call_handler control_config_get, control_config_patch;

call_handler control_requests_list, control_requests_get, control_requests_nearest,
    control_requests_clear, control_requests_count, control_requests_verify,
    control_requests_export;

call_handler control_events_list;

call_handler control_clock_get, control_clock_patch, control_clock_advance;

call_handler control_jobs_list, control_job_get;
call_handler control_tuning_jobs_list, control_tuning_jobs_get;

call_handler control_job_complete, control_job_fail, control_job_stall, control_job_resume,
    control_job_advance, control_job_wait;
call_finisher control_job_order_finish;

call_handler control_state_get, control_state_import, control_state_reset;
call_finisher control_state_import_finish, control_state_reset_finish;

call_handler control_snapshots_list, control_snapshots_create, control_snapshots_restore,
    control_snapshots_delete;
call_finisher control_snapshots_create_finish, control_snapshots_restore_finish,
    control_snapshots_delete_finish;

call_handler control_namespaces_list, control_namespaces_create, control_namespaces_get,
    control_namespaces_delete;
call_finisher control_namespaces_create_finish, control_namespaces_delete_finish;

#endif
