#include "server/sim/rule_template.h"

#include <string.h>

#include "base/buf.h"
#include "server/sim/unicode.h"

enum {
    /* How often the input may stand in a template: more than any letter to it does. */
    TEMPLATE_SLOTS_MAX = 64,
    /* Of what is made of a template: the largest prompt and as much again. A template of many slots
     * cannot be applied to a prompt that would make more. */
    TEMPLATE_OUTPUT_BYTES_MAX = 41943040
};

/*
 * As a parameter, each text has its length in front: "0:,0:,6:Hello ,1:!,". First those around the
 * part of the input, then those around the slots.
 */
struct template
{
    struct text before; /* what the input begins with */
    struct text behind;
    size_t slot_count;
    struct text literals[TEMPLATE_SLOTS_MAX + 1];
};

static void template_add_text(struct buf *out, struct text text)
{
    buf_add_int64(out, (int64_t)text.len);
    buf_add_byte(out, ':');
    buf_add_text(out, text);
    buf_add_byte(out, ',');
}

static struct text template_write(const struct template *template, struct arena *arena)
{
    struct buf out = BUF_INIT;
    template_add_text(&out, template->before);
    template_add_text(&out, template->behind);
    for (size_t i = 0; i <= template->slot_count; i++)
        template_add_text(&out, template->literals[i]);
    struct text written = arena_text(arena, buf_text(&out));
    buf_release(&out);
    return written;
}

static bool template_take_text(struct text *rest, struct text *ret_text)
{
    size_t colon = text_find_byte(*rest, ':');
    uint64_t len;
    if (!text_parse_uint64(text_slice(*rest, 0, colon), &len) || len >= rest->len ||
        rest->len - len < colon + 2)
        return false;
    *ret_text = text_slice(*rest, colon + 1, colon + 1 + (size_t)len);
    *rest = text_slice(*rest, colon + 2 + (size_t)len, rest->len);
    return true;
}

/* Borrows the parameter. */
static bool template_read(struct text parameter, struct template *template)
{
    struct text rest = parameter;
    if (!template_take_text(&rest, &template->before) ||
        !template_take_text(&rest, &template->behind) ||
        !template_take_text(&rest, &template->literals[0]))
        return false;
    template->slot_count = 0;
    while (rest.len > 0) {
        if (template->slot_count == TEMPLATE_SLOTS_MAX ||
            !template_take_text(&rest, &template->literals[template->slot_count + 1]))
            return false;
        template->slot_count++;
    }
    return template->slot_count > 0;
}

/* What the slots are filled with; false if the input is not like the template's. */
static bool template_part(const struct template *template, struct text input, struct text *ret_part)
{
    size_t around = template->before.len + template->behind.len;
    if (input.len <= around || !text_starts_with(input, template->before) ||
        !text_ends_with(input, template->behind))
        return false;
    *ret_part =
        unicode_trim(text_slice(input, template->before.len, input.len - template->behind.len));
    return ret_part->len > 0;
}

bool rule_template_apply(
    struct text parameter, struct text input, struct arena *arena, struct text *ret_output)
{
    struct template template;
    struct text part;
    if (!template_read(parameter, &template) || !template_part(&template, input, &part) ||
        part.len > (TEMPLATE_OUTPUT_BYTES_MAX - parameter.len) / template.slot_count)
        return false;
    char *bytes = arena_alloc(arena, parameter.len + part.len * template.slot_count);
    size_t len = 0;
    for (size_t i = 0; i <= template.slot_count; i++) {
        memcpy(bytes + len, template.literals[i].bytes, template.literals[i].len);
        len += template.literals[i].len;
        if (i == template.slot_count)
            break;
        memcpy(bytes + len, part.bytes, part.len);
        len += part.len;
    }
    *ret_output = (struct text){bytes, len};
    return true;
}

/* An example, trimmed, with what of its input would fill the slots. */
struct template_case {
    struct text part;
    struct text output;
};

static bool template_case_of(
    const struct template *template, const struct example *example, struct template_case *ret_case)
{
    ret_case->output = unicode_trim(example->output);
    return template_part(template, unicode_trim(example->input), &ret_case->part) &&
           ret_case->output.len <= RULE_PARAMETER_BYTES_MAX;
}

/*
 * Walks through both outputs side by side: where each goes on with its own input there is a slot,
 * and everything else has to be the same in both. False if it is not, or there is no slot.
 */
static bool template_align(
    struct template_case left, struct template_case right, struct template *template)
{
    struct text left_rest = left.output;
    struct text right_rest = right.output;
    size_t literal_len = 0;
    template->slot_count = 0;
    for (;;) {
        struct text left_at = text_slice(left_rest, literal_len, left_rest.len);
        struct text right_at = text_slice(right_rest, literal_len, right_rest.len);
        if (text_starts_with(left_at, left.part) && text_starts_with(right_at, right.part)) {
            if (template->slot_count == TEMPLATE_SLOTS_MAX)
                return false;
            template->literals[template->slot_count++] = text_slice(left_rest, 0, literal_len);
            left_rest = text_slice(left_at, left.part.len, left_at.len);
            right_rest = text_slice(right_at, right.part.len, right_at.len);
            literal_len = 0;
        } else if (left_at.len > 0 && right_at.len > 0 && *left_at.bytes == *right_at.bytes) {
            literal_len++;
        } else {
            template->literals[template->slot_count] = left_rest;
            return left_at.len == 0 && right_at.len == 0 && template->slot_count > 0;
        }
    }
}

/*
 * Finds an example to lay beside the first: preferably neither part begins with the other, so that
 * no constant text can look like both ("1" and "10" could be).
 */
static bool template_find_other(const struct template *template, const struct example *examples,
    size_t example_count, struct template_case first, struct template_case *ret_other)
{
    bool is_found = false;
    for (size_t i = 1; i < example_count; i++) {
        struct template_case other;
        if (!template_case_of(template, &examples[i], &other))
            return false;
        if (text_equals(first.part, other.part))
            continue;
        if (!is_found)
            *ret_other = other;
        is_found = true;
        if (text_starts_with(first.part, other.part) || text_starts_with(other.part, first.part))
            continue;
        *ret_other = other;
        break;
    }
    return is_found;
}

/* Fills in the slots of a template whose texts around the part are known. */
static bool template_find(
    struct template *template, const struct example *examples, size_t example_count)
{
    struct template_case first;
    struct template_case other;
    return template_case_of(template, &examples[0], &first) &&
           template_find_other(template, examples, example_count, first, &other) &&
           template_align(first, other, template);
}

static bool template_is_obeyed(const struct template *template, const struct example *examples,
    size_t example_count, struct arena *arena, struct text *ret_parameter)
{
    struct text parameter = template_write(template, arena);
    struct rule_evidence evidence =
        rule_evidence_of(examples, example_count, rule_template_apply, parameter, arena);
    *ret_parameter = parameter;
    return evidence.is_obeyed;
}

static const struct template template_of_all = {.before = TEXT_INIT(""), .behind = TEXT_INIT("")};

bool rule_affix_recognise(const struct example *examples, size_t example_count, struct arena *arena,
    struct text *ret_parameter)
{
    struct template template = template_of_all;
    return template_find(&template, examples, example_count) && template.slot_count == 1 &&
           template.literals[0].len + template.literals[1].len > 0 &&
           template_is_obeyed(&template, examples, example_count, arena, ret_parameter);
}

bool rule_template_recognise(const struct example *examples, size_t example_count,
    struct arena *arena, struct text *ret_parameter)
{
    struct template template = template_of_all;
    return template_find(&template, examples, example_count) && template.slot_count > 1 &&
           template_is_obeyed(&template, examples, example_count, arena, ret_parameter);
}

/* What all inputs begin and end with, in whole characters. */
static void template_find_around(const struct example *examples, size_t example_count,
    struct text *ret_before, struct text *ret_behind)
{
    struct text first = unicode_trim(examples[0].input);
    size_t start_len = first.len;
    size_t end_len = start_len;
    for (size_t i = 1; i < example_count && start_len + end_len > 0; i++) {
        struct text input = unicode_trim(examples[i].input);
        start_len = text_common_start(text_slice(first, 0, start_len), input);
        end_len = text_common_end(text_slice(first, first.len - end_len, first.len), input);
    }
    *ret_before = text_slice(first, 0, text_boundary(first, start_len));
    while (end_len > 0 && text_is_continuation(first.bytes[first.len - end_len]))
        end_len--;
    *ret_behind = text_slice(first, first.len - end_len, first.len);
}

/* The texts without the word that one ends with, and the other begins with. */
static struct text template_cut_end(struct text before)
{
    size_t end = 0;
    size_t offset = 0;
    while (offset < before.len)
        if (!unicode_next_run(before, &offset).is_word)
            end = offset;
    return text_slice(before, 0, end);
}

static struct text template_cut_start(struct text behind)
{
    size_t offset = 0;
    bool has_word = behind.len > 0 && unicode_next_run(behind, &offset).is_word;
    return text_slice(behind, has_word ? offset : 0, behind.len);
}

bool rule_part_recognise(const struct example *examples, size_t example_count, struct arena *arena,
    struct text *ret_parameter)
{
    struct text before[2];
    struct text behind[2];
    template_find_around(examples, example_count, &before[1], &behind[1]);
    before[0] = template_cut_end(before[1]);
    behind[0] = template_cut_start(behind[1]);
    for (size_t i = 0; i < 4; i++) {
        struct template template = {.before = before[i & 1], .behind = behind[i >> 1]};
        if (template.before.len + template.behind.len > 0 &&
            template_find(&template, examples, example_count) &&
            template_is_obeyed(&template, examples, example_count, arena, ret_parameter))
            return true;
    }
    return false;
}
