#include "server/space/match.h"

#include <stddef.h>

#include "base/array.h"
#include "server/contract/error.h"
#include "server/contract/limits.h"
#include "server/space/method_set.h"
#include "server/space/text_match.h"

/* The rows that may be met in several forms. */
enum { MATCH_ROW_MODEL = 0, MATCH_ROW_PROMPT = 3 };

/* The fields that are texts, in the order of messages.def, and where the facts have them. */
static const struct match_row {
    unsigned field;
    size_t fact; /* offset in struct match_facts */
} match_rows[] = {
    [MATCH_ROW_MODEL] = {Match_model, offsetof(struct match_facts, model)},
    {Match_caller, offsetof(struct match_facts, caller)},
    {Match_body, offsetof(struct match_facts, body)},
    [MATCH_ROW_PROMPT] = {Match_prompt, offsetof(struct match_facts, prompt)},
    {Match_path, offsetof(struct match_facts, path)},
    {Match_request_id, offsetof(struct match_facts, request_id)},
    {Match_answer, offsetof(struct match_facts, answer)},
    {Match_id, offsetof(struct match_facts, id)},
    {Match_display_name, offsetof(struct match_facts, display_name)},
    {Match_base_model, offsetof(struct match_facts, base_model)},
};

enum { MATCH_ROWS = ARRAY_COUNT(match_rows) };

struct match {
    struct text method; /* as it was said; bytes == NULL: any */
    bool is_any_method;
    method_set methods;
    struct text status;                   /* as it was said; bytes == NULL: any */
    int http;                             /* 0: the status is a name */
    struct text_match *texts[MATCH_ROWS]; /* by row; NULL: any */
};

static struct text match_path(struct arena *arena, struct text path, unsigned field)
{
    struct text name = message_types[MESSAGE_Match].fields[field].json_name;
    return path.len ? arena_printf(arena, "%.*s.%.*s", TEXT_ARGS(path), TEXT_ARGS(name)) : name;
}

static bool match_fail(struct arena *arena, struct text path, unsigned field, const char *reason,
    struct text *ret_problem)
{
    struct text place = match_path(arena, path, field);
    *ret_problem = arena_printf(arena, "%.*s: %s", TEXT_ARGS(place), reason);
    return false;
}

static bool match_check_fields(const struct message *message, uint64_t allowed, struct text path,
    struct arena *arena, struct text *ret_problem)
{
    uint64_t excess = message->set & ~allowed;
    if (!excess)
        return true;
    unsigned field = (unsigned)__builtin_ctzll(excess);
    struct text names = TEXT("");
    for (unsigned i = 0; i < Match_FIELD_COUNT; i++) {
        struct text name = message_types[MESSAGE_Match].fields[i].json_name;
        if (allowed >> i & 1)
            names = arena_printf(
                arena, "%.*s%s%.*s", TEXT_ARGS(names), names.len ? ", " : "", TEXT_ARGS(name));
    }
    struct text reason =
        arena_printf(arena, "cannot be asked for here, only %.*s", TEXT_ARGS(names));
    return match_fail(arena, path, field, reason.bytes, ret_problem);
}

/* Of requests the empty name means those of unknown routes; elsewhere there are none of these. */
static bool match_read_method(struct match *match, const struct message *message, uint64_t allowed,
    struct text path, struct arena *arena, struct text *ret_problem)
{
    if (!message_has(message, Match_method))
        return true;
    struct text name = message_text(message, Match_method);
    struct text place = match_path(arena, path, Match_method);
    match->method = arena_text(arena, name);
    if (text_is_empty(name) && allowed & MATCH_FIELD(path))
        return true;
    match->is_any_method = text_is_empty(name) || text_equals_string(name, "*");
    match->methods = method_set_find_told(place, name, arena, ret_problem);
    return match->methods != 0;
}

static bool match_read_status(struct match *match, const struct message *message, struct text path,
    struct arena *arena, struct text *ret_problem)
{
    if (!message_has(message, Match_status))
        return true;
    struct text name = message_text(message, Match_status);
    int64_t number;
    match->status = arena_text(arena, name);
    if (text_parse_int64(name, &number)) {
        match->http = (int)number;
        return (number >= 100 && number <= 599) ||
               match_fail(arena, path, Match_status,
                   "must be an HTTP code, 100 to 599, or the name of a status", ret_problem);
    }
    const struct status *status = name.len <= FAULT_STATUS_BYTES_MAX ? status_parse(name) : NULL;
    if (status)
        match->status = text_of(status->name);
    return status || match_fail(arena, path, Match_status,
                         "must be an HTTP code, such as 429, or the name of a status, such as "
                         "\"RESOURCE_EXHAUSTED\"",
                         ret_problem);
}

/* SDKs name base models without "models/", calls never do: what is meant for such a name would wait
 * in silence. Names of Vertex AI have a project, or are the ends of such. Of requests one may ask
 * for any. */
static bool match_check_model(const struct message *wanted, uint64_t allowed, struct text path,
    struct arena *arena, struct text *ret_problem)
{
    static const struct text starts[] = {TEXT_INIT("tunedModels/"), TEXT_INIT("models/"),
        TEXT_INIT("projects/"), TEXT_INIT("publishers/"), TEXT_INIT("tuningJobs/"),
        TEXT_INIT("endpoints/")};
    struct text name = message_text(wanted, TextMatch_equals);
    if (name.len == 0 || allowed & MATCH_FIELD(path))
        return true;
    for (size_t i = 0; i < ARRAY_COUNT(starts); i++)
        if (text_starts_with(name, starts[i]))
            return true;
    return match_fail(arena, path, Match_model,
        "must begin with \"tunedModels/\", \"models/\", or \"projects/\", \"publishers/\", "
        "\"tuningJobs/\" or \"endpoints/\" of Vertex AI, as the names of models do",
        ret_problem);
}

static bool match_read_texts(struct match *match, const struct message *message, uint64_t allowed,
    struct text path, struct arena *arena, struct text *ret_problem)
{
    for (size_t i = 0; i < MATCH_ROWS; i++) {
        const struct message *wanted = message_child(message, match_rows[i].field);
        if (!wanted)
            continue;
        struct text place = match_path(arena, path, match_rows[i].field);
        match->texts[i] = text_match_compile(wanted, place, arena, ret_problem);
        if (!match->texts[i])
            return false;
        if (match_rows[i].field == Match_model &&
            !match_check_model(wanted, allowed, path, arena, ret_problem))
            return false;
    }
    return true;
}

struct match *match_compile(const struct message *message, uint64_t allowed, struct text path,
    struct arena *arena, struct text *ret_problem)
{
    struct match *match = arena_alloc(arena, sizeof(*match));
    if (!message)
        return match;
    bool is_read = match_check_fields(message, allowed, path, arena, ret_problem) &&
                   match_read_method(match, message, allowed, path, arena, ret_problem) &&
                   match_read_status(match, message, path, arena, ret_problem) &&
                   match_read_texts(match, message, allowed, path, arena, ret_problem);
    return is_read ? match : NULL;
}

static const struct text *match_fact(const struct match_facts *facts, size_t row)
{
    const void *fact = (const char *)facts + match_rows[row].fact;
    return fact;
}

static bool match_text_holds(
    const struct text_match *wanted, struct text text, const struct match_facts *facts)
{
    uint64_t unbounded = UINT64_MAX;
    return text_match_holds(wanted, text, facts->steps_left ? facts->steps_left : &unbounded);
}

/* The prompt, or a form of it, that is as wanted: where it has labels, which many a regex would
 * take for a part of the input, the form that has least around the input is the first. */
static const struct text *match_find_prompt(
    const struct text_match *wanted, const struct match_facts *facts)
{
    size_t count = facts->prompt_form_count;
    for (size_t i = 0; i <= count; i++) {
        size_t form = facts->prompt_has_labels ? count - i : i;
        const struct text *text = form ? &facts->prompt_forms[form - 1] : &facts->prompt;
        if (match_text_holds(wanted, *text, facts))
            return text;
    }
    return NULL;
}

static const struct text *match_find_model(
    const struct text_match *wanted, const struct match_facts *facts)
{
    if (match_text_holds(wanted, facts->model, facts))
        return &facts->model;
    for (size_t i = 0; i < facts->model_form_count; i++)
        if (match_text_holds(wanted, facts->model_forms[i], facts))
            return &facts->model_forms[i];
    return NULL;
}

/* The text of a row that is as wanted, which is any there is if none is wanted; NULL: none is. */
static const struct text *match_find_text(
    const struct match *match, const struct match_facts *facts, size_t row)
{
    const struct text_match *wanted = match->texts[row];
    const struct text *text = match_fact(facts, row);
    if (wanted && row == MATCH_ROW_PROMPT)
        return match_find_prompt(wanted, facts);
    if (wanted && row == MATCH_ROW_MODEL)
        return match_find_model(wanted, facts);
    return !wanted || match_text_holds(wanted, *text, facts) ? text : NULL;
}

static bool match_method_holds(const struct match *match, const struct match_facts *facts)
{
    if (!match->method.bytes || match->is_any_method)
        return true;
    if (facts->method == MATCH_NO_METHOD)
        return text_is_empty(match->method);
    return match->methods & method_set_of(facts->method);
}

/* How the call ended; "OK" if it is no error. */
static struct text match_status_name(const struct match_facts *facts)
{
    return text_is_empty(facts->status_name) && facts->status ? TEXT("OK") : facts->status_name;
}

static bool match_status_holds(const struct match *match, const struct match_facts *facts)
{
    if (!match->status.bytes)
        return true;
    return match->http ? facts->status == match->http
                       : text_equals(match_status_name(facts), match->status);
}

bool match_is_spent(const struct match_facts *facts)
{
    return facts->steps_left && *facts->steps_left == 0;
}

bool match_holds(const struct match *match, const struct match_facts *facts)
{
    if (!match_method_holds(match, facts) || !match_status_holds(match, facts))
        return false;
    for (size_t i = 0; i < MATCH_ROWS; i++)
        if (match->texts[i] && !match_find_text(match, facts, i))
            return false;
    return true;
}

size_t match_group_count(const struct match *match)
{
    const struct text_match *prompt = match->texts[MATCH_ROW_PROMPT];
    return prompt ? text_match_group_count(prompt) : 0;
}

void match_groups(const struct match *match, const struct match_facts *facts,
    struct text ret_groups[REGEX_GROUPS_MAX + 1])
{
    const struct text *prompt = match_find_text(match, facts, MATCH_ROW_PROMPT);
    uint64_t unbounded = UINT64_MAX;
    if (match->texts[MATCH_ROW_PROMPT] && prompt)
        text_match_groups(match->texts[MATCH_ROW_PROMPT], *prompt,
            facts->steps_left ? facts->steps_left : &unbounded, ret_groups);
    else
        memset(ret_groups, 0, (REGEX_GROUPS_MAX + 1) * sizeof(*ret_groups));
}

size_t match_size(const struct match *match)
{
    size_t size = 0;
    for (size_t i = 0; i < MATCH_ROWS; i++)
        if (match->texts[i])
            size += text_match_size(match->texts[i]);
    return size;
}

/* --- how far --- */

static void match_measure_field(struct match_distance *distance, struct text got, size_t likeness)
{
    distance->differ_count++;
    distance->missing_count += text_is_empty(got);
    distance->likeness += likeness;
}

static struct text match_method_name(const struct match_facts *facts)
{
    return facts->method == MATCH_NO_METHOD ? TEXT("") : text_of(methods[facts->method].name);
}

struct match_distance match_measure(const struct match *match, const struct match_facts *facts)
{
    struct match_distance distance = {0};
    if (!match_method_holds(match, facts))
        match_measure_field(&distance, match_method_name(facts),
            text_common_start(match->method, match_method_name(facts)));
    if (!match_status_holds(match, facts))
        match_measure_field(
            &distance, match_status_name(facts), match->http / 100 == facts->status / 100);
    for (size_t i = 0; i < MATCH_ROWS; i++) {
        struct text got = *match_fact(facts, i);
        if (match->texts[i] && !match_find_text(match, facts, i))
            match_measure_field(&distance, got, text_match_likeness(match->texts[i], got));
    }
    return distance;
}

/* --- what differs --- */

/* Of long texts that begin alike, so much is shown before they part. */
enum { MATCH_SHOWN_SAME_BYTES = 32 };

struct match_visit {
    struct arena *arena;
    match_visitor *visit;
    void *context;
};

/* Where two texts are to be shown from, so that it is seen where they part. */
static size_t match_shown_from(struct text want, struct text got)
{
    size_t same = text_common_start(want, got);
    if (same < MATCH_SHOWN_BYTES_MAX / 2 ||
        (want.len <= MATCH_SHOWN_BYTES_MAX && got.len <= MATCH_SHOWN_BYTES_MAX))
        return 0;
    return text_boundary(want, same - MATCH_SHOWN_SAME_BYTES);
}

static struct text match_show(struct text text, size_t from, struct arena *arena)
{
    struct text shown =
        arena_shortened(arena, text_slice(text, from, text.len), MATCH_SHOWN_BYTES_MAX);
    return from > 0 ? arena_joined(arena, TEXT("..."), shown) : shown;
}

struct text match_difference(
    struct arena *arena, struct text field, struct text want, struct text got)
{
    return arena_printf(arena, "%.*s: want %s%.*s, got %s%.*s", TEXT_ARGS(field),
        want.len ? "" : "nothing", TEXT_ARGS(want), got.len ? "" : "nothing", TEXT_ARGS(got));
}

struct text match_quote(unsigned field, struct text value, struct arena *arena)
{
    bool is_any = field == Match_prompt || field == Match_body;
    bool is_word = value.len > 0 && text_find_byte(value, ' ') == value.len &&
                   text_find_byte(value, ',') == value.len;
    return is_word && !is_any ? value : arena_printf(arena, "\"%.*s\"", TEXT_ARGS(value));
}

/* `relation`: how what is wanted is to be found, as by text_match_relation. */
static void match_tell(const struct match_visit *to, unsigned field, struct text relation,
    struct text want, struct text got)
{
    struct arena *arena = to->arena;
    size_t from = match_shown_from(want, got);
    struct match_gap gap = {
        .field = message_types[MESSAGE_Match].fields[field].json_name,
        .want = match_show(want, from, arena),
        .got = match_show(got, from, arena),
    };
    struct text want_words =
        text_is_empty(gap.want) ? gap.want : match_quote(field, gap.want, arena);
    struct text got_words = text_is_empty(gap.got) ? gap.got : match_quote(field, gap.got, arena);
    if (!text_is_empty(relation)) {
        gap.want = arena_printf(arena, "%.*s \"%.*s\"", TEXT_ARGS(relation), TEXT_ARGS(gap.want));
        want_words = gap.want;
    }
    gap.words = match_difference(arena, gap.field, want_words, got_words);
    to->visit(to->context, &gap);
}

static void match_tell_status(
    const struct match_visit *to, const struct match *match, const struct match_facts *facts)
{
    struct text got =
        match->http ? arena_printf(to->arena, "%d", facts->status) : match_status_name(facts);
    match_tell(to, Match_status, TEXT(""), match->status, got);
}

static void match_tell_text(const struct match_visit *to, const struct match *match, size_t row,
    const struct match_facts *facts)
{
    const struct text_match *wanted = match->texts[row];
    if (wanted && !match_find_text(match, facts, row))
        match_tell(to, match_rows[row].field, text_match_relation(wanted),
            text_match_wanted(wanted), *match_fact(facts, row));
}

void match_differs(const struct match *match, const struct match_facts *facts, struct arena *arena,
    match_visitor *visit, void *context)
{
    struct match_visit to = {arena, visit, context};
    if (!match_method_holds(match, facts))
        match_tell(&to, Match_method, TEXT(""), match->method, match_method_name(facts));
    bool has_told_status = match_status_holds(match, facts);
    for (size_t i = 0; i < MATCH_ROWS; i++) {
        if (!has_told_status && match_rows[i].field > Match_status) {
            match_tell_status(&to, match, facts);
            has_told_status = true;
        }
        match_tell_text(&to, match, i, facts);
    }
}
