/*
 * Pages of lists: sizes and tokens (contract 1.3). A token says after which row the next page
 * begins, and of which list; every other parameter must equal that of the call that gave it.
 */
#ifndef SERVER_API_PAGE_H
#define SERVER_API_PAGE_H

#include "server/api/call.h"

struct page {
    int64_t after_seq;     /* rows with a higher seq belong to this page and the next ones */
    int32_t size;          /* rows that this page may have */
    int32_t taken_count;   /* rows it has so far */
    int64_t last_seq;      /* of the last row taken */
    size_t snapshot_count; /* of the rows it has, up to PAGE_SNAPSHOTS_MAX; the list counts them */
    bool has_more;         /* a row came that no longer fitted */
    uint64_t list;         /* identifies the list: method, parent, filter */
};

/*
 * Reads page_size and page_token of call->in (field constants; the defaults of the list) into
 * `ret_page`. `identity` is whatever else must stay equal: parent and filter. False if the call was
 * answered: negative size, or a token of another list.
 */
bool page_read(struct call *call, unsigned size_field, unsigned token_field, int32_t size_default,
    struct text identity, struct page *ret_page);

/* Offers a row to the page. False if it is full: the row is not taken, has_more is set, and the
 * visit ends there. */
bool page_take(struct page *page, int64_t seq);

/* The token of the next page, or the empty text if there is none. */
struct text page_next_token(const struct page *page, struct arena *arena);

#endif
