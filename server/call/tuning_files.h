/*
 * Training data of a call, by its URI: gs://BUCKET/OBJECT is looked for in the folder of --gcs, in
 * the emulator that STORAGE_EMULATOR_HOST names, and among samples of our own, in this order.
 *
 * A file of an emulator takes its time. A handler of a METHOD_WATCHES asks, and goes on with the
 * next look if it has to wait; what a call has asked for is read once, and kept until it is over.
 */
#ifndef SERVER_CALL_TUNING_FILES_H
#define SERVER_CALL_TUNING_FILES_H

#include "server/call/call.h"

enum tuning_file {
    TUNING_FILE_FOUND,   /* the text is its bytes */
    TUNING_FILE_ABSENT,  /* nothing here would know it: the text says what to do about it */
    TUNING_FILE_PROBLEM, /* why it cannot be read; the text begins with the URI */
    TUNING_FILE_WAIT     /* tuning_files_wait is to be returned */
};

/* What `ret_text` gets are bytes that live until the call is over, or words in its arena. */
enum tuning_file tuning_files_get(struct call *call, struct text uri, struct text *ret_text);

/* Has the handler called again when what the last tuning_files_get waits for may be there; at the
 * last look it answers that the service is going. */
enum call_state tuning_files_wait(struct call *call);

/* The call is over: forgets what it has asked for, and gives up what it waits for. It need not have
 * asked for any. */
void tuning_files_end(struct call *call);

#endif
