#include "server/space/script_list.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/memory.h"
#include "server/space/tell.h"

void script_list_init(
    struct script_list *list, const struct script_kind *kind, struct budget *budget)
{
    *list = (struct script_list){.kind = kind, .budget = budget};
    pthread_rwlock_init(&list->lock, NULL);
}

static struct script_body *script_body_new(void)
{
    struct script_body *body = memory_alloc(sizeof(*body));
    arena_init_brief(&body->arena);
    atomic_init(&body->reference_count, 1);
    return body;
}

static size_t script_body_bytes(const struct script_body *body)
{
    return sizeof(*body) + arena_held_bytes(&body->arena);
}

/* The last to drop it gives back what it takes of the budget; NULL: nothing. */
static void script_body_drop(struct script_body *body, struct budget *budget)
{
    if (atomic_fetch_sub(&body->reference_count, 1) > 1)
        return;
    if (budget)
        budget_give(budget, script_body_bytes(body));
    arena_release(&body->arena);
    free(body);
}

void script_list_tell_to(
    struct script_list *list, struct space_events *events, enum event_kind event_kind)
{
    list->events = events;
    list->event_kind = event_kind;
}

/* The lock is held, so that what happens to an item is told in its order. */
static void script_list_tell(
    const struct script_list *list, const char *change, const struct script_item *item)
{
    if (list->events)
        tell_script(list->events, list->event_kind, change, item->id);
}

/* Of one that was not put into a list. */
static void script_item_free(struct script_item *item)
{
    script_body_drop(item->body, NULL);
    free(item);
}

/* What it takes in a list, shared or not. */
static size_t script_item_bytes(const struct script_item *item, const struct script_kind *kind)
{
    return kind->item_bytes + script_body_bytes(item->body);
}

/* Takes the item that `link` leads to out of the list. The lock is held. */
static void script_list_unlink(struct script_list *list, struct script_item **link)
{
    struct script_item *item = *link;
    *link = item->next;
    list->count--;
    list->held_bytes -= script_item_bytes(item, list->kind);
    if (list->budget)
        budget_give(list->budget, list->kind->item_bytes);
    script_body_drop(item->body, list->budget);
    free(item);
}

void script_list_release(struct script_list *list)
{
    while (list->first)
        script_list_unlink(list, &list->first);
    pthread_rwlock_destroy(&list->lock);
}

/* --- adding --- */

/* NULL, or what is wrong with `times`. */
static const char *script_item_read_times(struct script_item *item, const struct script_kind *kind)
{
    item->times_left = SCRIPT_FOR_EVER;
    if (!message_has(item->message, kind->times))
        return NULL;
    item->times_left = message_int(item->message, kind->times);
    return item->times_left < 1 ? "times: must be at least 1" : NULL;
}

/* False with a problem in the arena. */
static bool script_item_read_match(struct script_item *item, const struct script_kind *kind,
    struct arena *arena, struct text *ret_problem)
{
    struct text problem;
    item->match = match_compile(message_child(item->message, kind->match), kind->match_fields,
        TEXT("match"), &item->body->arena, &problem);
    if (!item->match)
        *ret_problem = arena_text(arena, problem);
    return item->match != NULL;
}

static bool script_item_read(struct script_item *item, const struct script_kind *kind,
    struct arena *arena, struct text *ret_problem)
{
    item->methods = ~(method_set)0;
    const char *problem = script_item_read_times(item, kind);
    if (problem)
        *ret_problem = text_of(problem);
    return !problem && script_item_read_match(item, kind, arena, ret_problem) &&
           kind->read(item, arena, ret_problem);
}

/* What one that has been elsewhere goes on from; whatever a client has here is wrong. */
static void script_item_read_past(struct script_item *item, const struct script_kind *kind)
{
    int64_t number;
    const struct message *message = item->message;
    if (text_parse_int64(message_text(message, kind->id), &number) && number > 0)
        item->number = (uint64_t)number;
    if (kind->hits != SCRIPT_NO_FIELD && message_int(message, kind->hits) > 0)
        item->hit_count = message_int(message, kind->hits);
    if (kind->draws != SCRIPT_NO_FIELD && message_int(message, kind->draws) > 0)
        item->draw_count = (uint64_t)message_int(message, kind->draws);
}

/* Sets what is always shown, and what is left. The lock is held. */
static void script_item_show(
    const struct script_item *item, const struct script_kind *kind, struct message *message)
{
    message_set_text(message, kind->id, arena_text(message->arena, item->id));
    message_make_child(message, kind->match);
    if (item->times_left != SCRIPT_FOR_EVER)
        message_set_int(message, kind->times, item->times_left);
    if (kind->hits != SCRIPT_NO_FIELD)
        message_set_int(
            message, kind->hits, item->hit_count < INT32_MAX ? item->hit_count : INT32_MAX);
    if (kind->draws != SCRIPT_NO_FIELD)
        message_set_int(message, kind->draws, (int64_t)item->draw_count);
    kind->show(item, message);
}

/* Gives the item a number, unless its own is above all others. The lock is held. */
static void script_list_name(const struct script_list *list, struct script_item *item)
{
    if (item->number <= list->last_number)
        item->number = list->last_number + 1;
    item->id = arena_printf(&item->body->arena, "%" PRIu64, item->number);
}

/* False, with a problem in the arena, if there is no room for one more; otherwise it has what it
 * takes of the budget. The lock is held. */
static bool script_list_make_room(const struct script_list *list, const struct script_item *added,
    struct arena *arena, struct text *ret_problem)
{
    const struct script_kind *kind = list->kind;
    size_t own_states = match_size(added->match), states = own_states;
    size_t bytes = script_item_bytes(added, kind);
    for (const struct script_item *item = list->first; item; item = item->next)
        states += match_size(item->match);
    if (list->count >= kind->count_max)
        *ret_problem = arena_printf(arena, "There are %zu %s, which is the most: delete some.",
            kind->count_max, kind->plural);
    else if (own_states > 0 && states > kind->regex_states_max)
        *ret_problem = arena_printf(arena,
            "match: all regular expressions together are too large: delete some %s", kind->plural);
    else if (bytes > kind->bytes_max - list->held_bytes)
        *ret_problem = arena_printf(arena,
            "All %s together are too large: delete some, or write less in each.", kind->plural);
    else if (list->budget && !budget_take(list->budget, bytes))
        *ret_problem = arena_printf(arena,
            "All that is scripted in all namespaces together is too large: delete some %s, or "
            "namespaces and snapshots that are done with.",
            kind->plural);
    else
        return true;
    return false;
}

/* The lock is held. */
static void script_list_link(struct script_list *list, struct script_item *item)
{
    struct script_item **link = &list->first;
    list->last_number = item->number;
    while (*link && (*link)->rank >= item->rank)
        link = &(*link)->next;
    item->next = *link;
    *link = item;
    list->count++;
    list->held_bytes += script_item_bytes(item, list->kind);
}

bool script_list_restore(
    struct script_list *list, struct message *message, struct text *ret_problem)
{
    const struct script_kind *kind = list->kind;
    struct script_item *item = memory_alloc_zeroed(1, kind->item_bytes);
    item->body = script_body_new();
    item->message = message_clone(&item->body->arena, message);
    bool is_read = script_item_read(item, kind, message->arena, ret_problem);
    if (!is_read) {
        script_item_free(item);
        return false;
    }
    script_item_read_past(item, kind);
    pthread_rwlock_wrlock(&list->lock);
    script_list_name(list, item);
    bool has_room = script_list_make_room(list, item, message->arena, ret_problem);
    if (has_room) {
        script_list_link(list, item);
        script_item_show(item, kind, message);
        script_list_tell(list, "added", item);
    }
    pthread_rwlock_unlock(&list->lock);
    if (!has_room)
        script_item_free(item);
    return has_room;
}

bool script_list_add(struct script_list *list, struct message *message, struct text *ret_problem)
{
    const struct script_kind *kind = list->kind;
    message_clear(message, kind->id);
    if (kind->hits != SCRIPT_NO_FIELD)
        message_clear(message, kind->hits);
    if (kind->draws != SCRIPT_NO_FIELD)
        message_clear(message, kind->draws);
    return script_list_restore(list, message, ret_problem);
}

/* --- all of them --- */

static const struct script_item *script_item_that_is_left(const struct script_item *item)
{
    while (item && item->times_left == 0)
        item = item->next;
    return item;
}

const struct script_item *script_list_open_view(struct script_list *list)
{
    pthread_rwlock_rdlock(&list->lock);
    return script_item_that_is_left(list->first);
}

const struct script_item *script_item_next(const struct script_item *item)
{
    return script_item_that_is_left(item->next);
}

void script_list_close_view(struct script_list *list)
{
    pthread_rwlock_unlock(&list->lock);
}

void script_list_fill(struct script_list *list, struct message *answer)
{
    const struct script_item *item = script_list_open_view(list);
    message_expect_items(answer, list->kind->list, list->count);
    for (; item; item = script_item_next(item)) {
        struct message *message = message_clone(answer->arena, item->message);
        script_item_show(item, list->kind, message);
        message_add_message(answer, list->kind->list, message);
    }
    script_list_close_view(list);
}

void script_list_draw_anew(struct script_list *list)
{
    pthread_rwlock_wrlock(&list->lock);
    for (struct script_item *item = list->first; item; item = item->next)
        item->draw_count = 0;
    pthread_rwlock_unlock(&list->lock);
}

bool script_list_remove(struct script_list *list, struct text id)
{
    bool is_found = false;
    pthread_rwlock_wrlock(&list->lock);
    struct script_item **link = &list->first;
    while (*link) {
        if (text_is_empty(id) || text_equals((*link)->id, id)) {
            bool is_left = (*link)->times_left != 0;
            if (is_left)
                script_list_tell(list, "gone", *link);
            is_found = is_found || is_left;
            script_list_unlink(list, link);
        } else {
            link = &(*link)->next;
        }
    }
    pthread_rwlock_unlock(&list->lock);
    return is_found;
}

uint64_t script_list_last_id(struct script_list *list)
{
    pthread_rwlock_rdlock(&list->lock);
    uint64_t last_id = list->last_number;
    pthread_rwlock_unlock(&list->lock);
    return last_id;
}

void script_list_raise_id(struct script_list *list, uint64_t last_id)
{
    pthread_rwlock_wrlock(&list->lock);
    if (list->last_number < last_id)
        list->last_number = last_id;
    pthread_rwlock_unlock(&list->lock);
}

void script_list_swap(struct script_list *list, struct script_list *other)
{
    assert(list->budget == other->budget);
    pthread_rwlock_wrlock(&list->lock);
    struct script_item *first = list->first;
    uint64_t last_number = list->last_number;
    size_t count = list->count, held_bytes = list->held_bytes;
    list->first = other->first;
    list->last_number = other->last_number;
    list->count = other->count;
    list->held_bytes = other->held_bytes;
    list->swap_count++;
    other->first = first;
    other->last_number = last_number;
    other->count = count;
    other->held_bytes = held_bytes;
    pthread_rwlock_unlock(&list->lock);
}

/* --- copying --- */

/* A copy of an item that is left, as if its uses that are not settled had not been. NULL: there is
 * none left then, or, if that is so, no room. */
static struct script_item *script_item_copy(
    const struct script_list *list, const struct script_item *item, bool *ret_has_room)
{
    bool is_used_up = item->times_left == 0 && item->held_count == 0;
    *ret_has_room =
        is_used_up || !list->budget || budget_take(list->budget, list->kind->item_bytes);
    if (is_used_up || !*ret_has_room)
        return NULL;
    struct script_item *copy = memory_alloc(list->kind->item_bytes);
    memcpy(copy, item, list->kind->item_bytes);
    atomic_fetch_add(&copy->body->reference_count, 1);
    copy->next = NULL;
    copy->hit_count -= copy->held_count;
    if (copy->times_left != SCRIPT_FOR_EVER)
        copy->times_left += copy->held_count;
    copy->held_count = 0;
    return copy;
}

bool script_list_copy(const struct script_list *list, struct script_list *ret_copy)
{
    assert(ret_copy->kind == list->kind && ret_copy->budget == list->budget && !ret_copy->first);
    bool has_room = true;
    struct script_item **end = &ret_copy->first;
    for (const struct script_item *item = list->first; item && has_room; item = item->next) {
        *end = script_item_copy(list, item, &has_room);
        if (!*end)
            continue;
        ret_copy->held_bytes += script_item_bytes(item, list->kind);
        ret_copy->count++;
        end = &(*end)->next;
    }
    ret_copy->last_number = list->last_number;
    return has_room;
}

/* --- taking --- */

/* An item's place in the order. */
struct script_mark {
    int64_t rank;
    uint64_t number;
};

/* The items that are for what was asked about, whatever is left of them. */
struct script_marks {
    struct script_mark *items; /* in the arena; in the list's order */
    size_t count;
    uint64_t swap_count, last_number; /* the list's when they were made */
};

/* What is no call is of no method. */
static bool script_item_is_for(const struct script_item *item, const struct match_facts *facts)
{
    bool has_method = facts->method == MATCH_NO_METHOD || (item->methods >> facts->method & 1) != 0;
    return has_method && item->times_left != 0 && match_holds(item->match, facts);
}

/* Of those with a number above `seen_number`. */
static struct script_marks script_list_mark(struct script_list *list, uint64_t seen_number,
    const struct match_facts *facts, struct arena *arena)
{
    pthread_rwlock_rdlock(&list->lock);
    struct script_marks marks = {.swap_count = list->swap_count, .last_number = list->last_number};
    marks.items = arena_array(arena, list->count, sizeof(*marks.items));
    for (const struct script_item *item = list->first; item && !match_is_spent(facts);
         item = item->next)
        if (item->number > seen_number && script_item_is_for(item, facts))
            marks.items[marks.count++] = (struct script_mark){item->rank, item->number};
    pthread_rwlock_unlock(&list->lock);
    return marks;
}

static bool script_mark_is_before(const struct script_mark *mark, const struct script_item *item)
{
    return mark->rank != item->rank ? mark->rank > item->rank : mark->number < item->number;
}

/* True if the item is marked, and still there. Those that are asked for have to be in order. */
static bool script_item_is_marked(const struct script_item *item, struct script_marks *marks)
{
    while (marks->count > 0 && script_mark_is_before(marks->items, item)) {
        marks->items++;
        marks->count--;
    }
    return marks->count > 0 && marks->items->number == item->number && item->times_left != 0;
}

/* Shows an item to the taker. The lock is held. */
static bool script_list_show_taker(
    struct script_list *list, struct script_item *item, script_taker *take, void *context)
{
    int64_t hit_count = item->hit_count;
    bool is_enough = take(context, item);
    if (item->hit_count > hit_count)
        script_list_tell(list, "used", item);
    if (item->times_left == 0)
        script_list_tell(list, "gone", item);
    return is_enough;
}

/* As script_list_take, of those that are marked. The lock is held. */
static bool script_list_take_marked(
    struct script_list *list, struct script_marks *marks, script_taker *take, void *context)
{
    bool is_enough = false;
    struct script_item **link = &list->first;
    while (*link && marks->count > 0 && !is_enough) {
        struct script_item *item = *link;
        is_enough =
            script_item_is_marked(item, marks) && script_list_show_taker(list, item, take, context);
        if (item->times_left == 0 && item->held_count == 0)
            script_list_unlink(list, link);
        else
            link = &item->next;
    }
    return is_enough;
}

/*
 * Of those that were marked others may take all before it is this call's turn, though there was one
 * for each of them: theirs came later. So those that came in the meantime are looked at, too.
 */
bool script_list_take(struct script_list *list, const struct match_facts *facts,
    struct arena *arena, script_taker *take, void *context)
{
    uint64_t seen_number = 0;
    bool is_enough = false, is_last = false;
    while (!is_enough && !is_last) {
        struct script_marks marks = script_list_mark(list, seen_number, facts, arena);
        if (marks.count == 0 || match_is_spent(facts))
            return false;
        pthread_rwlock_wrlock(&list->lock);
        bool is_same = marks.swap_count == list->swap_count;
        is_enough = is_same && script_list_take_marked(list, &marks, take, context);
        is_last = is_same && marks.last_number == list->last_number;
        pthread_rwlock_unlock(&list->lock);
        seen_number = is_same ? marks.last_number : 0;
    }
    return is_enough;
}

void script_item_use(struct script_item *item)
{
    item->hit_count++;
    if (item->times_left != SCRIPT_FOR_EVER)
        item->times_left--;
}

uint64_t script_item_draw(struct script_item *item, uint64_t seed)
{
    return hash_mix(hash_mix(seed, item->number), item->draw_count++);
}

int64_t script_item_draw_delay(struct script_item *item, const struct delay *delay, uint64_t seed)
{
    return delay_draw(delay, delay->kind == DELAY_FIXED ? 0 : script_item_draw(item, seed));
}

void script_item_hold(struct script_item *item)
{
    script_item_use(item);
    item->held_count++;
}

void script_list_settle(struct script_list *list, uint64_t number, bool is_used)
{
    pthread_rwlock_wrlock(&list->lock);
    struct script_item **link = &list->first;
    while (*link && (*link)->number != number)
        link = &(*link)->next;
    struct script_item *item = *link;
    /* It may have been removed, and another have its number after the list was swapped. */
    if (item && item->held_count > 0) {
        item->held_count--;
        item->hit_count -= !is_used;
        if (!is_used && item->times_left != SCRIPT_FOR_EVER)
            item->times_left++;
        if (item->times_left == 0 && item->held_count == 0)
            script_list_unlink(list, link);
    }
    pthread_rwlock_unlock(&list->lock);
}
