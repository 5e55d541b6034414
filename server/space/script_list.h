/*
 * A list of what a test has scripted: faults, stories, stubs. It gives ids, keeps the order,
 * counts, and finds which items are for a call; its kind says what an item means.
 *
 * A kind's item is a struct that begins with a script_item, and its list one that begins with a
 * script_list. Items of higher rank come first, of one rank the oldest.
 */
#ifndef SERVER_SPACE_SCRIPT_LIST_H
#define SERVER_SPACE_SCRIPT_LIST_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/budget.h"
#include "server/json/message.h"
#include "server/space/delay.h"
#include "server/space/events.h"
#include "server/space/match.h"
#include "server/space/method_set.h"

/* `times_left` of an item that stays. */
#define SCRIPT_FOR_EVER INT64_C(-1)

/* In a kind: its messages have no such field. */
#define SCRIPT_NO_FIELD (~0U)

/* What of an item never changes once it is in a list: copies of the list share it. */
struct script_body {
    struct arena arena; /* has all of the item but its struct and this one */
    atomic_int reference_count;
};

struct script_item {
    struct script_item *next;
    struct script_body *body;
    struct message *message; /* as it was set */
    method_set methods;      /* whose calls it is for; all, unless its kind says otherwise */
    struct match *match;     /* which of these */
    int64_t rank;            /* 0, unless its kind says otherwise */
    uint64_t number;
    struct text id; /* the number */
    /* How often it may still be used. At 0 it is gone: neither shown nor found. */
    int64_t times_left;
    int64_t held_count;  /* uses that are not settled; what is gone is freed after the last */
    int64_t hit_count;   /* uses so far */
    uint64_t draw_count; /* of random numbers */
};

/* What one kind of lists is about. The functions see items that begin with a script_item. */
struct script_kind {
    const char *plural; /* "faults" */
    size_t item_bytes;
    size_t count_max;
    size_t bytes_max;        /* of the memory of all together */
    size_t regex_states_max; /* of all matches together: match_size */
    uint64_t match_fields;   /* that a match may have */
    /* Fields of an item's message; the last two are told, and read of restored ones alone. */
    unsigned id, times, match, hits, draws;
    unsigned list; /* the field of a list's message that has the items */
    /*
     * Reads what is the kind's own from item->message, after the match and `times`. May set methods
     * and rank. What it keeps is in the message, in item->body->arena or in the item's struct,
     * which is copied as it is; a problem is in `arena` and names the field.
     */
    bool (*read)(struct script_item *item, struct arena *arena, struct text *ret_problem);
    /* Sets what is always shown in a copy of item->message, beside the fields above. */
    void (*show)(const struct script_item *item, struct message *message);
};

struct script_list {
    const struct script_kind *kind;
    struct budget *budget; /* bytes of many lists together; NULL: nobody counts them */
    /* Who is told, by which kind of event, what is added, used and gone; NULL: nobody. */
    struct space_events *events;
    enum event_kind event_kind;
    /* Guards all below, but for reading count. What takes long, regular expressions, is done as one
     * of many readers. */
    pthread_rwlock_t lock;
    struct script_item *first;
    uint64_t last_number;
    size_t held_bytes;   /* of all items, as they lie in memory */
    uint64_t swap_count; /* as often others came in their place, with numbers from 1 */
    atomic_size_t count; /* lets calls go by without locking while there are none */
};

/* All functions on lists may be called from any thread; kind and budget must outlive the list. */
void script_list_init(
    struct script_list *list, const struct script_kind *kind, struct budget *budget);
void script_list_release(struct script_list *list);

/* Has it told from now on what is added, used and gone. Before others know the list. */
void script_list_tell_to(
    struct script_list *list, struct space_events *events, enum event_kind event_kind);

/*
 * Adds a copy of a message of the kind and gives it an id; the message is then as script_list_fill
 * shows it. False if it is not valid; `ret_problem` (in the message's arena) then says what is
 * wrong with which field.
 */
bool script_list_add(struct script_list *list, struct message *message, struct text *ret_problem);

/* The same for one that script_list_fill has shown, here or elsewhere: it goes on from there, and
 * keeps its id if that is above all that there were. */
bool script_list_restore(
    struct script_list *list, struct message *message, struct text *ret_problem);

/* Fills the kind's list message with the items that are left, in their order; their `times` say
 * what is left of them. */
void script_list_fill(struct script_list *list, struct message *answer);

/* Looks at the items that are left, in their order: the first, the one behind each, NULL behind the
 * last. Others may look, too, but nothing changes until the view is closed, which must be soon. */
const struct script_item *script_list_open_view(struct script_list *list);
const struct script_item *script_item_next(const struct script_item *item);
void script_list_close_view(struct script_list *list);

/* Has all of them draw from the beginning: a seed was set. */
void script_list_draw_anew(struct script_list *list);

/* Removes one by id, or all if the id is empty. False if there was none of that id. */
bool script_list_remove(struct script_list *list, struct text id);

/* The id that was given last; 0: none was. The other has the next ones be higher. */
uint64_t script_list_last_id(struct script_list *list);
void script_list_raise_id(struct script_list *list, uint64_t last_id);

/* Each becomes what the other was, counts and ids included; of `other` only the caller knows.
 * Both are of one budget. */
void script_list_swap(struct script_list *list, struct script_list *other);

/*
 * Fills an empty list of the same kind and budget with copies of the items that are left, counts
 * included; uses that are not settled count for nothing. False if the budget has no room for all of
 * them. A view of the list is open.
 */
bool script_list_copy(const struct script_list *list, struct script_list *ret_copy);

/* True if there are none, so that nothing need be known of a call. */
static inline bool script_list_is_empty(const struct script_list *list)
{
    return atomic_load_explicit(&list->count, memory_order_relaxed) == 0;
}

/* Is shown an item that is for a call, and may change its counts. True: it wants to see no more. */
typedef bool script_taker(void *context, struct script_item *item);

/*
 * Shows the items that are for what has these facts to the taker, in their order, as the only one
 * who looks at the list; its match is not asked then. Those whose times it uses up are gone. What
 * it keeps of an item is to be copied. False if it wanted to see more. Where the facts allow fewer
 * steps than it takes to look (match_is_spent), none is shown. The arena is for the time being.
 */
bool script_list_take(struct script_list *list, const struct match_facts *facts,
    struct arena *arena, script_taker *take, void *context);

/* For takers: counts a use of the item. */
void script_item_use(struct script_item *item);

/* For takers: the next random number that is the item's, of a seed; and a delay, for which none is
 * drawn if it is always the same. Kinds differ in what they draw by the seed that they give. */
uint64_t script_item_draw(struct script_item *item, uint64_t seed);
int64_t script_item_draw_delay(struct script_item *item, const struct delay *delay, uint64_t seed);

/* For takers: counts a use that may yet count for nothing. script_list_settle must be called once
 * it is clear if it does, with the item's number. */
void script_item_hold(struct script_item *item);
void script_list_settle(struct script_list *list, uint64_t number, bool is_used);

#endif
