/*
 * What a space was asked, and what was answered: an entry for each call of the service, so that a
 * test can look back. It is bounded twice: by the entries of each journal, and by the bytes of all
 * journals of the process together. What goes is the oldest, but not the few bytes that each
 * journal has for itself, so that a flood in one does not empty the others; nothing is reserved
 * before it is used.
 *
 * An entry never changes: one whose answer comes later is replaced by
 * one that has it. So who reads takes references and looks at them without a lock. Texts are kept
 * as they came; whoever shows them makes them fit to be shown.
 */
#ifndef SERVER_SPACE_JOURNAL_H
#define SERVER_SPACE_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/* The texts of an entry: those of the request, and from JOURNAL_MODEL on those that are known for
 * sure when the answer is. Without any credentials. */
enum journal_text {
    JOURNAL_REQUEST_ID,
    JOURNAL_VERB,
    JOURNAL_PATH,
    JOURNAL_QUERY,
    JOURNAL_CALLER,
    JOURNAL_PROMPT,
    JOURNAL_REQUEST_BODY,
    JOURNAL_MODEL,
    JOURNAL_ERROR,  /* what the client was told, or why it was not */
    JOURNAL_ANSWER, /* X-Emulator-Answer */
    JOURNAL_HINT,   /* X-Emulator-Hint */
    JOURNAL_RESPONSE_BODY,
    JOURNAL_TEXT_COUNT
};

struct journal_record {
    int method;              /* enum method_id; JOURNAL_NO_METHOD: the route is unknown */
    int64_t time_ns;         /* emulated, when the request came */
    int64_t received_ns;     /* the system's at that moment */
    int64_t duration_ns;     /* until the answer was there, with the time it was kept back */
    int status;              /* HTTP; 0: there is no answer yet, or there was none */
    const char *status_name; /* "NOT_FOUND", a literal; NULL: it is no error */
    uint64_t request_bytes, response_bytes; /* of the whole bodies */
    bool is_request_cut, is_answer_cut;     /* of some text the end was left out */
    struct text texts[JOURNAL_TEXT_COUNT];  /* each at most JOURNAL_TEXT_BYTES_MAX (limits.h) */
};
#define JOURNAL_NO_METHOD (-1)

/* Cuts longer texts between two characters, as all that is added. Gives the bytes of all texts. */
size_t journal_record_cut(struct journal_record *record);

/* What one record has of the request, and another, as of journal_finish, of the answer. */
struct journal_record journal_record_join(
    const struct journal_record *request, const struct journal_record *answer);

struct journal_entry {
    uint64_t number; /* the id: 1, 2, ... in its journal */
    struct journal_record record;
};

/* All journals of a process: what they share of memory. */
struct journals;
struct journals *journals_new(void);
/* After all its journals. NULL is allowed. */
void journals_free(struct journals *journals);

/* What they hold together. */
struct journals_sizes {
    size_t entries;
    size_t bytes, bytes_max; /* of memory */
};
void journals_measure(struct journals *journals, struct journals_sizes *ret_sizes);

/* The journal of a space; all functions may be called from any thread. */
struct journal;
struct journal *journal_new(struct journals *journals, size_t entries_max);
void journal_free(struct journal *journal);

/* False if it keeps nothing, so that there is no need to tell it anything. */
bool journal_is_kept(const struct journal *journal);

/* Where an entry is, for its answer. */
struct journal_place {
    uint64_t number; /* 0: nowhere */
    uint64_t serial;
};

/* Adds an entry; longer texts are cut between two characters. */
struct journal_place journal_add(struct journal *journal, const struct journal_record *record);

/*
 * The answer of an entry without one has come: its duration, status, size and texts. Of the texts
 * the entry keeps those that are empty here. Nothing happens if it has gone in the meantime.
 */
void journal_finish(
    struct journal *journal, struct journal_place place, const struct journal_record *answer);

/* Forgets all entries; the next one goes on in number. */
void journal_clear(struct journal *journal);
/* The same, and the next one has the number behind this one, which may be less than it was. */
void journal_reset(struct journal *journal, uint64_t last_number);
/* The number that was given last; 0: none was. */
uint64_t journal_last_number(struct journal *journal);

/* How many entries it has. */
size_t journal_count(struct journal *journal);

/* Entries at a moment, newest first. */
struct journal_view {
    const struct journal_entry **entries; /* in the arena */
    size_t count;
};
/* They stay until the view is closed. */
void journal_view_open(struct journal *journal, struct arena *arena, struct journal_view *ret_view);
void journal_view_close(struct journal_view *view);

#endif
