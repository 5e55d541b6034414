/* A folder that stands for a storage (--gcs DIR): DIR/BUCKET/OBJECT, as emulators of the storage
 * lay out theirs. */
#ifndef SERVER_GCS_GCS_FOLDER_H
#define SERVER_GCS_GCS_FOLDER_H

#include "base/arena.h"
#include "server/gcs/gcs_intake.h"
#include "server/gcs/gcs_name.h"

/*
 * Reads a file. GCS_ABSENT if the folder has no such bucket; GCS_PROBLEM, in `ret_problem`, if the
 * bucket has no such file, it is no regular one, cannot be read, does not fit, or lies outside of
 * the folder, where a symbolic link may lead. The problem's words follow the file's name, and live
 * in the arena.
 */
enum gcs_result gcs_folder_read(const char *folder, const struct gcs_name *name,
    struct gcs_intake *intake, struct arena *arena, struct text *ret_problem);

#endif
