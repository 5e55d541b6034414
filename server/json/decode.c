#include "server/json/decode.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "server/contract/limits.h"
#include "server/json/decode_meter.h"
#include "server/json/read.h"
#include "server/json/scalar.h"
#include "server/json/tree.h"

/*
 * Functions here call each other as deep as the input nests, which the reader has bounded by
 * JSON_DEPTH_MAX.
 */

/*
 * One step of the path from the root to the value at hand; the chain lies on the stack. The names
 * and indices are those of the service: items of a list and entries of a map are counted when they
 * begin, a single item without a list has no index, and a list in a list adds a second one.
 */
struct decode_step {
    const struct decode_step *parent; /* NULL: the root, whose name may be empty */
    struct text name;                 /* empty: a list in a list */
    size_t count;                     /* items that began so far; 0 for all but lists and maps */
};

struct decoder {
    struct decode_problems *problems;
    const struct message *root;
    struct arena tree; /* of cJSON, and what is needed while it is looked at */
    struct decode_meter meter;
};

/* Where a value belongs. */
struct decode_slot {
    struct message *message;
    const struct field *field;
    struct text name; /* as the input spells it */
};

/* With no room for more problems, or in the limits, the rest is not looked at, for the work and
 * memory it takes. */
static bool decode_is_full(struct decoder *decoder)
{
    return decoder->problems->violation_count == VIOLATIONS_MAX ||
           decoder->problems->excess != DECODE_FITS ||
           !decode_meter_afford(&decoder->meter, decode_meter_cost(&decoder->meter));
}

/* A name or value of the body as it is shown in an error. */
static struct text decode_quote(struct decoder *decoder, struct text text)
{
    return arena_shortened(decoder->problems->arena, text, QUOTE_BYTES_MAX);
}

static void decode_add_location(struct buf *out, const struct decode_step *step)
{
    if (step->parent)
        decode_add_location(out, step->parent);
    if (step->name.len > 0 && out->len > 0)
        buf_add_byte(out, '.');
    buf_add_text(out, step->name);
    if (step->count > 0)
        buf_printf(out, "[%zu]", step->count - 1);
}

/* Adds a violation at `step`: start, " at 'location'" unless that is the root's, end. */
static void decode_report(struct decoder *decoder, const struct decode_step *step,
    struct text start, struct text separator, struct text end)
{
    if (decode_is_full(decoder))
        return;
    struct buf location = BUF_INIT;
    struct buf description = BUF_INIT;
    decode_add_location(&location, step);
    buf_add_text(&description, start);
    if (location.len > 0) {
        buf_add_string(&description, " at '");
        buf_add_text(&description, buf_text(&location));
        buf_add_byte(&description, '\'');
    }
    buf_add_text(&description, separator);
    buf_add_text(&description, end);
    decode_problems_add(decoder->problems, buf_text(&location), buf_text(&description));
    buf_release(&description);
    buf_release(&location);
}

static void decode_report_name(
    struct decoder *decoder, const struct decode_step *step, struct text name, struct text reason)
{
    struct buf start = BUF_INIT;
    buf_add_string(&start, "Invalid JSON payload received. Unknown name \"");
    buf_add_text(&start, decode_quote(decoder, name));
    buf_add_byte(&start, '"');
    decode_report(decoder, step, buf_text(&start), TEXT(": "), reason);
    buf_release(&start);
}

/* `problem` has the type in parentheses and what is wrong: "(TYPE_INT32), \"abc\"". */
static void decode_report_value(
    struct decoder *decoder, const struct decode_step *step, struct text problem)
{
    decode_report(decoder, step, TEXT("Invalid value"), TEXT(" "), problem);
}

/* True for fields that an object in the input can fill. */
static bool decode_takes_object(const struct field *field)
{
    return field->flags & FIELD_MAP || field->kind == FIELD_MESSAGE || field->kind == FIELD_ANY ||
           field->kind == FIELD_JSON || field->kind == FIELD_STRUCT;
}

static bool decode_takes_array(const struct field *field)
{
    return field->kind == FIELD_JSON && !(field->flags & (FIELD_REPEATED | FIELD_MAP));
}

static void decode_report_object(
    struct decoder *decoder, const struct decode_step *step, struct text name)
{
    decode_report_value(decoder, step,
        arena_printf(decoder->problems->arena, "(%.*s), Starting an object on a scalar field",
            TEXT_ARGS(name)));
}

static unsigned decode_index(const struct decode_slot *slot)
{
    return (unsigned)(slot->field - slot->message->type->fields);
}

static uint64_t decode_bit(const struct decode_slot *slot)
{
    return UINT64_C(1) << decode_index(slot);
}

/* All fields of the slot's message, of which there is one at least. */
static uint64_t decode_all(const struct decode_slot *slot)
{
    return UINT64_MAX >> (MESSAGE_FIELDS_MAX - slot->message->type->field_count);
}

static bool decode_may_come_again(const struct field *field)
{
    return field->flags & (FIELD_REPEATED | FIELD_MAP) && !(field->flags & FIELD_ONCE);
}

/* Which of these fields must not be given beside the slot's, itself included; 0 for lists and maps
 * that may come again. */
static uint64_t decode_rivals(const struct decode_slot *slot, uint64_t fields)
{
    if (!slot->field->oneof)
        return decode_may_come_again(slot->field) ? 0 : fields & decode_bit(slot);
    uint64_t rivals = 0;
    for (uint64_t left = fields; left != 0; left &= left - 1) {
        const struct field *field = &slot->message->type->fields[__builtin_ctzll(left)];
        bool is_there = field->versions & 1U << slot->message->version;
        if (is_there && field->oneof && strcmp(field->oneof, slot->field->oneof) == 0)
            rivals |= left & (0 - left);
    }
    return rivals;
}

/* A field alone is a oneof of its own, by the name of the field behind an underscore. */
static bool decode_take_oneof(struct decoder *decoder, const struct decode_slot *slot,
    const struct decode_step *step, uint64_t *taken)
{
    if (decode_rivals(slot, *taken)) {
        const struct field *field = slot->field;
        bool is_own =
            !field->oneof || (field->flags & FIELD_PRESENCE &&
                                 decode_rivals(slot, decode_all(slot)) == decode_bit(slot));
        struct text oneof = is_own ? field->proto_name : text_of(field->oneof);
        decode_report_value(decoder, step,
            arena_printf(decoder->problems->arena,
                "(oneof), oneof field '%s%.*s' is already set. Cannot set '%.*s'",
                is_own ? "_" : "", TEXT_ARGS(oneof), TEXT_ARGS(slot->name)));
        return false;
    }
    *taken |= decode_bit(slot);
    return true;
}

/* The place of a value: the field's, or one more item of a repeated field. */
static union value *decode_place(const struct decode_slot *slot)
{
    struct message *message = slot->message;
    if (slot->field->flags & FIELD_REPEATED)
        return message_add_item(message, decode_index(slot));
    /* The message may come with another member of the oneof. */
    message->set &= ~decode_rivals(slot, message->set);
    return message_place(message, decode_index(slot));
}

/* The message that an object fills; a singular one that is there before the body is filled up. */
static struct message *decode_child(const struct decode_slot *slot)
{
    unsigned index = decode_index(slot);
    bool is_repeated = slot->field->flags & FIELD_REPEATED;
    if (!is_repeated && message_has(slot->message, index))
        return slot->message->values[index].message;
    struct message *child = message_new_child(slot->message, index);
    decode_place(slot)->message = child;
    return child;
}

static void decode_members(struct decoder *decoder, const cJSON *object, struct message *message,
    const struct decode_step *step, bool is_any);

/* The message type that "@type" names; False, with a violation, if it names none. */
static bool decode_any_type(struct decoder *decoder, const cJSON *type_item,
    const struct decode_step *step, enum message_id *ret_id, enum api_version *ret_version)
{
    static const char prefix[] = "type.googleapis.com/";
    struct arena *arena = decoder->problems->arena;
    struct scalar scalar = {.kind = SCALAR_NULL};
    tree_scalar(type_item, &decoder->tree, &scalar);
    if (scalar.kind != SCALAR_STRING) {
        decode_report_value(decoder, step,
            arena_printf(arena, "(String), %.*s", TEXT_ARGS(scalar_print(arena, &scalar))));
        return false;
    }
    struct text url = scalar_restore_text(&decoder->tree, scalar.text);
    const char *reason = NULL;
    if (!text_starts_with(url, text_of(prefix)))
        reason = "type URLs must be of the form 'type.googleapis.com/<typename>', got";
    else if (!message_type_by_full_name(
                 text_slice(url, sizeof(prefix) - 1, url.len), ret_id, ret_version))
        reason = "unknown type";
    if (reason) {
        decode_report_value(decoder, step,
            arena_printf(arena, "(Any), Invalid type URL, %s: %.*s", reason,
                TEXT_ARGS(decode_quote(decoder, url))));
    }
    return !reason;
}

/* An Any without members stays unset. Its paths go on inside it, though the service's begin anew.
 */
static void decode_any(struct decoder *decoder, const cJSON *object, const struct decode_slot *slot,
    const struct decode_step *step)
{
    const cJSON *type_item = cJSON_GetObjectItemCaseSensitive(object, "@type");
    if (!type_item) {
        if (object->child) {
            struct arena *arena = decoder->problems->arena;
            struct text root =
                message_full_name(arena, decoder->root->type, decoder->root->version);
            decode_report_value(decoder, step,
                arena_printf(arena, "(Any), Missing @type for any field in %.*s", TEXT_ARGS(root)));
        }
        return;
    }
    enum message_id id;
    /* Types outside the versioned packages go on in this one. */
    enum api_version version = slot->message->version;
    if (decode_any_type(decoder, type_item, step, &id, &version)) {
        struct message *child = message_new(slot->message->arena, id, version);
        decode_place(slot)->message = child;
        decode_members(decoder, object, child, step, true);
    }
}

static void decode_report_repeated_key(
    struct decoder *decoder, const struct decode_step *step, struct text key)
{
    key = decode_quote(decoder, key);
    decode_report_name(decoder, step, key,
        arena_printf(
            decoder->problems->arena, "Repeated map key: '%.*s' is already set.", TEXT_ARGS(key)));
}

/* How long the text of a JSON field may get: it lies in a buffer, which has doubled, and in a copy.
 */
static size_t decode_json_len_max(const struct decoder *decoder)
{
    const struct decode_limits *limits = decoder->problems->limits;
    return limits ? limits->bytes_max / 4 : SIZE_MAX;
}

/* True for a field that only the API's latest schema has. */
static bool decode_is_latest(const struct field *field)
{
    return field->versions == IN_LATEST;
}

static void decode_json(struct decoder *decoder, const cJSON *item, const struct decode_slot *slot,
    const struct decode_step *step)
{
    struct tree_writer writer = {
        .out = BUF_INIT,
        .len_max = decode_json_len_max(decoder),
        .arena = &decoder->tree,
        .repeated = {NULL, 0},
    };
    if (!tree_write(&writer, item))
        decoder->problems->excess = DECODE_TOO_LARGE;
    else if (decode_meter_afford(
                 &decoder->meter, decode_meter_cost(&decoder->meter) + 2 * writer.out.len))
        decode_place(slot)->text = arena_text(slot->message->arena, buf_text(&writer.out));
    buf_release(&writer.out);
    if (writer.repeated.bytes && !decode_is_latest(slot->field))
        decode_report_repeated_key(decoder, step, writer.repeated);
}

/* A string for a message is the value of its first field; so is the 0 of a duration. */
static bool decode_takes_text(const struct decode_slot *slot, const struct scalar *scalar)
{
    if (!(slot->field->flags & FIELD_TAKES_TEXT))
        return false;
    const struct field *first = &message_types[slot->field->type].fields[0];
    return scalar->kind == SCALAR_STRING ||
           (scalar->kind == SCALAR_NUMBER && first->kind == FIELD_DURATION);
}

/* Puts a scalar where it belongs; problems are named by the slot. */
static void decode_scalar(struct decoder *decoder, const struct scalar *scalar,
    const struct decode_slot *slot, const struct decode_step *step)
{
    union value value;
    struct text problem;
    struct decode_slot place = *slot;
    if (decode_takes_text(slot, scalar)) {
        place.message = decode_child(slot);
        place.field = &place.message->type->fields[0];
    }
    if (scalar_convert(scalar, place.field, slot->name, place.message, &value, &problem))
        *decode_place(&place) = value;
    else
        decode_report_value(decoder, step, problem);
}

/* One value of a field, or one item of a repeated one; neither null nor a list. */
static void decode_value(struct decoder *decoder, const cJSON *item, const struct decode_slot *slot,
    const struct decode_step *step)
{
    if (slot->field->kind == FIELD_JSON ||
        (slot->field->kind == FIELD_STRUCT && cJSON_IsObject(item))) {
        decode_json(decoder, item, slot, step);
        return;
    }
    if (cJSON_IsObject(item) && slot->field->kind == FIELD_ANY) {
        decode_any(decoder, item, slot, step);
        return;
    }
    if (cJSON_IsObject(item)) {
        decode_members(decoder, item, decode_child(slot), step, false);
        return;
    }
    struct scalar scalar;
    tree_scalar(item, &decoder->tree, &scalar);
    decode_scalar(decoder, &scalar, slot, step);
}

static void decode_list(struct decoder *decoder, const cJSON *array, const struct decode_slot *slot,
    struct decode_step *step)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        if (decode_is_full(decoder))
            return;
        if (cJSON_IsNull(item))
            continue;
        if (cJSON_IsArray(item) && slot->field->kind != FIELD_JSON) {
            /* The service flattens lists in lists. */
            struct decode_step inner = {.parent = step, .name = TEXT("")};
            decode_list(decoder, item, slot, &inner);
        } else if (cJSON_IsObject(item) && !decode_takes_object(slot->field)) {
            decode_report_object(decoder, step, slot->field->proto_name);
        } else {
            step->count++;
            if (!message_has(slot->message, decode_index(slot)))
                message_expect_items(
                    slot->message, decode_index(slot), (size_t)cJSON_GetArraySize(array));
            decode_value(decoder, item, slot, step);
        }
    }
}

/* The value of a map's entry; null gives the type's default. */
static bool decode_map_value(struct decoder *decoder, const cJSON *item,
    const struct decode_slot *slot, const struct decode_step *map, union value *ret_value)
{
    struct arena *arena = slot->message->arena;
    struct decode_step step = {.parent = map, .name = TEXT("value")};
    bool is_message = slot->field->kind == FIELD_MESSAGE;
    struct scalar scalar;
    struct text problem;
    if (cJSON_IsArray(item)) {
        struct text key = decode_quote(decoder, tree_key(item, &decoder->tree));
        problem = arena_printf(
            arena, "(Map), Cannot have repeated items ('%.*s') within a map.", TEXT_ARGS(key));
    } else if (cJSON_IsNull(item)) {
        *ret_value = (union value){.text = TEXT("")};
        if (is_message)
            ret_value->message = message_new_child(slot->message, decode_index(slot));
        return true;
    } else if (cJSON_IsObject(item) && is_message) {
        ret_value->message = message_new_child(slot->message, decode_index(slot));
        decode_members(decoder, item, ret_value->message, &step, false);
        return true;
    } else if (!tree_scalar(item, &decoder->tree, &scalar)) {
        decode_report_object(decoder, map, step.name);
        return false;
    } else if (scalar_convert(
                   &scalar, slot->field, step.name, slot->message, ret_value, &problem)) {
        return true;
    }
    decode_report_value(decoder, &step, problem);
    return false;
}

/* A map that is given twice keeps what was given last. */
static void decode_map(struct decoder *decoder, const cJSON *object, const struct decode_slot *slot,
    struct decode_step *step)
{
    struct arena *arena = slot->message->arena;
    unsigned index = decode_index(slot);
    message_clear(slot->message, index);
    const bool *repeated = tree_repeated_keys(object, &decoder->tree);
    size_t place = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (decode_is_full(decoder))
            return;
        union value value;
        struct text key = tree_key(item, arena);
        bool is_repeated = repeated && repeated[place];
        place++;
        if (is_repeated) {
            decode_report_repeated_key(decoder, step, key);
            continue;
        }
        step->count++;
        if (decode_map_value(decoder, item, slot, step, &value)) {
            if (!message_has(slot->message, index))
                message_expect_items(slot->message, index, 2 * (size_t)cJSON_GetArraySize(object));
            message_add_item(slot->message, index)->text = key;
            *message_add_item(slot->message, index) = value;
        }
    }
}

/* A scalar for a map; the type of a map's entries is a message named after the field. */
static void decode_report_map(struct decoder *decoder, const cJSON *item,
    const struct decode_slot *slot, const struct decode_step *step)
{
    struct arena *arena = slot->message->arena;
    const struct message_type *message_type = slot->message->type;
    struct text type = message_full_name(
        arena, message_type, message_error_version(slot->message, message_type->versions));
    struct buf problem = BUF_INIT;
    struct scalar scalar;
    tree_scalar(item, &decoder->tree, &scalar);
    buf_printf(&problem, "(type.googleapis.com/%.*s.", TEXT_ARGS(type));
    size_t capital = problem.len;
    buf_add_text(&problem, slot->field->json_name);
    problem.data[capital] = (char)toupper((unsigned char)problem.data[capital]);
    buf_add_string(&problem, "Entry), ");
    buf_add_text(&problem, scalar_print(arena, &scalar));
    decode_report_value(decoder, step, buf_text(&problem));
    buf_release(&problem);
}

static void decode_array_member(struct decoder *decoder, const cJSON *array,
    const struct decode_slot *slot, const struct decode_step *parent)
{
    if (slot->field->flags & FIELD_REPEATED) {
        struct decode_step step = {.parent = parent, .name = slot->field->proto_name};
        decode_list(decoder, array, slot, &step);
    } else if (slot->field->flags & FIELD_MAP) {
        decode_report_value(decoder, parent,
            arena_printf(slot->message->arena, "(Map), Cannot bind a list to map for field '%.*s'.",
                TEXT_ARGS(slot->name)));
    } else {
        decode_report_name(
            decoder, parent, slot->name, TEXT("Proto field is not repeating, cannot start list."));
    }
}

static void decode_note_latest(struct decode_problems *problems, const struct field *field)
{
    for (size_t i = 0; i < problems->latest_count; i++)
        if (text_equals(problems->latest[i]->json_name, field->json_name))
            return;
    if (problems->latest_count < LATEST_NAMES_MAX)
        problems->latest[problems->latest_count++] = field;
}

/* One member of an object; `taken` has the fields of its message that were given before. */
static void decode_member(struct decoder *decoder, const cJSON *item,
    const struct decode_slot *slot, const struct decode_step *parent, uint64_t *taken)
{
    struct decode_step step = {.parent = parent, .name = slot->field->proto_name};
    if (cJSON_IsNull(item))
        return;
    if (decode_is_latest(slot->field))
        decode_note_latest(decoder->problems, slot->field);
    bool is_list = cJSON_IsArray(item) && !decode_takes_array(slot->field);
    if (is_list && slot->field->flags & FIELD_ONCE &&
        !decode_take_oneof(decoder, slot, parent, taken))
        return;
    if (is_list)
        decode_array_member(decoder, item, slot, parent);
    else if (cJSON_IsObject(item) && !decode_takes_object(slot->field))
        decode_report_object(decoder, parent, slot->field->proto_name);
    else if (!decode_take_oneof(decoder, slot, parent, taken))
        return;
    else if (!(slot->field->flags & FIELD_MAP))
        decode_value(decoder, item, slot, &step);
    else if (cJSON_IsObject(item))
        decode_map(decoder, item, slot, &step);
    else
        decode_report_map(decoder, item, slot, &step);
}

static void decode_members(struct decoder *decoder, const cJSON *object, struct message *message,
    const struct decode_step *step, bool is_any)
{
    uint64_t taken = 0;
    const cJSON *any_type = is_any ? cJSON_GetObjectItemCaseSensitive(object, "@type") : NULL;
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        if (decode_is_full(decoder))
            return;
        struct decode_slot slot = {.message = message, .name = text_of(item->string)};
        slot.field = message_type_find(message->type, message->version, slot.name);
        if (slot.field) {
            decode_member(decoder, item, &slot, step, &taken);
        } else if (item != any_type) {
            decode_report_name(decoder, step, tree_key(item, &decoder->tree),
                slot.name.len > 0 ? TEXT("Cannot find field.")
                                  : TEXT("Proto fields must have a name."));
        }
    }
}

/* The tree of a body, in the decoder's arena; NULL, with the problem, if there is none. */
static const cJSON *decode_parse(struct decoder *decoder, struct text body)
{
    struct decode_problems *problems = decoder->problems;
    size_t values_max = problems->limits ? problems->limits->values_max : SIZE_MAX;
    size_t value_count;
    struct json_read_problem problem;
    struct buf strict = BUF_INIT;
    const cJSON *root = NULL;
    if (!decode_meter_afford(&decoder->meter, body.len))
        return NULL;
    if (!json_read_strict(body, problems->arena, values_max, &strict, &value_count, &problem)) {
        problems->syntax = problem.text;
        problems->syntax_line = problem.line;
        problems->syntax_column = problem.column;
        if (text_is_empty(problem.text))
            problems->excess = DECODE_TOO_MANY_VALUES;
    } else if (decode_meter_afford(
                   &decoder->meter, strict.len + tree_bytes_max(buf_text(&strict), value_count))) {
        root = tree_parse(buf_text(&strict), &decoder->tree);
    }
    buf_release(&strict);
    return root;
}

void decode_body(
    struct text body, struct message *message, struct text path, struct decode_problems *problems)
{
    if (json_read_is_blank(body))
        return;
    struct decoder decoder = {.problems = problems, .root = message};
    arena_init_brief(&decoder.tree);
    decode_meter_init(&decoder.meter, problems, &decoder.tree);
    const cJSON *root = decode_parse(&decoder, body);
    if (cJSON_IsObject(root)) {
        struct decode_step step = {.name = path};
        decode_members(&decoder, root, message, &step, false);
    } else if (root) {
        struct decode_step step = {.name = TEXT("")};
        decode_report_name(&decoder, &step, TEXT(""), TEXT("Root element must be a message."));
    }
    arena_release(&decoder.tree);
    decode_meter_settle(&decoder.meter);
}

bool decode_parameter(
    struct text name, struct text value, struct message *message, struct decode_problems *problems)
{
    struct decode_slot slot = {.message = message};
    slot.field = message_type_find(message->type, message->version, name);
    if (!slot.field || (decode_takes_object(slot.field) && !(slot.field->flags & FIELD_TAKES_TEXT)))
        return false;
    /* The service names a parameter by its proto name, however it was spelled. */
    slot.name = slot.field->proto_name;
    struct decoder decoder = {.problems = problems, .root = message};
    arena_init(&decoder.tree);
    decode_meter_init(&decoder.meter, problems, &decoder.tree);
    struct decode_step root = {.name = TEXT("")};
    struct decode_step step = {.parent = &root, .name = slot.name};
    uint64_t taken = message->set;
    if (!text_is_utf8(value, NULL)) {
        decode_report_value(
            &decoder, &step, TEXT("(TYPE_STRING), Encountered non UTF-8 code points."));
        return true;
    }
    if (!decode_take_oneof(&decoder, &slot, &root, &taken))
        return true;
    struct scalar scalar = {.kind = SCALAR_STRING, .text = value};
    decode_scalar(&decoder, &scalar, &slot, &step);
    return true;
}
