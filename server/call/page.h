/*
 * Pages of lists: the answer, which is written row by row, its sizes and tokens (contract 1.3). A
 * token says after which row the next page begins, and of which list; every other parameter must
 * equal that of the call that gave it.
 *
 * A list of the store keeps the rows that a page takes, and writes them when the reader has been
 * given back: page_read, page_keep_rows, page_take_row for each, page_answer_rows. A list that lies
 * in memory is written as it goes: page_read, page_begin, page_take and page_add, page_answer.
 */
#ifndef SERVER_CALL_PAGE_H
#define SERVER_CALL_PAGE_H

#include "server/call/call.h"

struct page {
    struct text identity;  /* parent and filter */
    int64_t after_seq;     /* rows with a higher seq belong to this page and the next ones */
    int32_t size;          /* rows that this page may have */
    int32_t taken_count;   /* rows it has so far */
    int64_t last_seq;      /* of the last row that this page has or has passed over */
    int32_t looked_count;  /* rows that were looked at, up to PAGE_ROWS_MAX */
    size_t searched_bytes; /* in them, up to PAGE_SEARCHED_BYTES_MAX; the list counts them */
    bool has_more;         /* a row came that no longer fitted, or the page ended early */
    uint64_t list;         /* identifies the list: method, parent, filter */

    /* Of a list that keeps its rows; NULL. */
    char *kept_rows;
    int64_t *kept_seqs;
    size_t row_bytes;
    size_t arena_bytes; /* used by the call before the first row: its rows take PAGE_BYTES_MAX */

    /* Of a list whose pages are kept; empty. */
    struct text key;
    int64_t rows_version; /* of the store, when the key was made */
    int64_t next_ns;      /* when a row that was written will be another by itself */

    struct call *call;
    struct message *answer; /* all of it but the rows */
    struct json_list rows;
    size_t start_bytes; /* of the reply's body: what was written before the answer */
};

/*
 * Reads page_size and page_token of call->in (field constants; the defaults of the list) into
 * `ret_page`. `identity` is whatever else must stay equal: parent and filter. False if the call was
 * answered: negative size, or a token of another list.
 */
bool page_read(struct call *call, unsigned size_field, unsigned token_field, int32_t size_default,
    struct text identity, struct page *ret_page);

/*
 * Answers with the page as it was written the last time, if all is still the same: the store's rows
 * and what these are by now. If not, page_answer_rows keeps what it writes. For lists whose rows
 * follow from what is in the store, the time, and who calls; those that become others with time
 * lower the page's next_ns. Of a list that is looked at over and over this is a fifth of the work.
 */
bool page_answer_kept(struct page *page);

/* Begins the answer, whose first field is the list. */
void page_begin(struct page *page);

/* Offers a row to the page. False if it is full by rows or by PAGE_BYTES_MAX: the row is not taken,
 * has_more is set, and the visit ends there. A page has one row at least. */
bool page_take(struct page *page, int64_t seq);

/* Has the page keep the rows it takes, each of `row_bytes`. */
void page_keep_rows(struct page *page, size_t row_bytes);
/* page_take for such a page: the row, to be filled in; what it points to is copied into the call's
 * arena. NULL: not taken. */
void *page_take_row(struct page *page, int64_t seq);

/* Says that a row was looked at, whether it was taken or not. False if no more rows may be:
 * has_more is set, the next page begins after this row, and the visit ends there. */
bool page_go_on(struct page *page, int64_t seq);

/* Writes a row that was taken. */
void page_add(struct page *page, const struct message *row);

/* Makes the message of a row that was kept, in the call's arena; NULL: the row is damaged, and left
 * out. */
typedef struct message *page_row_message(struct page *page, const void *row);

/* Gives the store's reader back and answers with the rows that were kept, as long as there is room:
 * the next page begins after the last that was written. */
enum call_state page_answer_rows(struct page *page, page_row_message *make, unsigned token_field);

/* Ends the answer; `token_field` gets the token of the next page. */
enum call_state page_answer(struct page *page, unsigned token_field);

/* The token of the next page, or the empty text if there is none. */
struct text page_next_token(const struct page *page, struct arena *arena);

#endif
