/* The forms in which the journal can be taken elsewhere. Each file that makes one has its name. */
#ifndef SERVER_CONTROL_REQUEST_EXPORT_H
#define SERVER_CONTROL_REQUEST_EXPORT_H

#include "server/call/call.h"
#include "server/space/journal.h"

/* What is exported: the entries, oldest first, are those of the view from its end. */
struct request_export {
    struct call *call;
    const struct journal_view *view;
    struct text root_url;  /* "http://127.0.0.1:8863", by which the caller came */
    struct buf *out;       /* the body of the answer */
    size_t left_out_count; /* entries that the form has no place for, since they are cut */
};

/* False if the answer finds no more room: it will be refused, and nothing more need be made. */
static inline bool request_export_has_room(const struct request_export *export)
{
    return share_grow(&export->call->reply->share, export->out->capacity);
}

/* A line of sh for each entry, which runs as it is. */
void request_export_curl(struct request_export *export);

/* HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). */
void request_export_har(struct request_export *export);

/* A seed file with a stub for each prompt that a model was given, which replays the answers. */
void request_export_stubs(struct request_export *export);

#endif
