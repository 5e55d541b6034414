#include "tests/lib/player.h"

#include <stdio.h>

#include "base/array.h"
#include "base/memory.h"
#include "base/timefmt.h"
#include "server/http/head_name.h"

const cJSON *player_member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *player_string_member(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(player_member(object, name));
}

char *player_read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be read", path);
    char *bytes = memory_alloc(PLAYER_FILE_BYTES_MAX);
    size_t len = fread(bytes, 1, PLAYER_FILE_BYTES_MAX, file);
    fclose(file);
    assert_true(len < PLAYER_FILE_BYTES_MAX);
    bytes[len] = '\0';
    return bytes;
}

/* --- texts with {variables} --- */

static const char *player_value(const struct player *player, struct text name)
{
    for (size_t i = 0; i < player->variable_count; i++)
        if (text_equals_string(name, player->variables[i].name))
            return player->variables[i].value;
    return NULL;
}

static void player_set(struct player *player, const char *name, const char *value)
{
    for (size_t i = 0; i < player->variable_count; i++)
        if (strcmp(player->variables[i].name, name) == 0) {
            free(player->variables[i].value);
            player->variables[i].value = memory_copy_text(value);
            return;
        }
    assert_true(player->variable_count < PLAYER_VARIABLES_MAX);
    player->variables[player->variable_count++] =
        (struct player_variable){memory_copy_text(name), memory_copy_text(value)};
}

/* Adds what stands for "{inner}"; false if that is just text. */
static bool player_expand_one(const struct player *player, struct text inner, struct buf *out)
{
    const char *value = player_value(player, inner);
    if (value) {
        buf_add_string(out, value);
        return true;
    }
    size_t star = text_find_byte(inner, '*');
    int64_t count;
    if (star == 0 || !text_parse_int64(text_slice(inner, star + 1, inner.len), &count))
        return false;
    for (int64_t i = 0; i < count; i++)
        buf_add_text(out, text_slice(inner, 0, star));
    return true;
}

/* A new text with all its variables and repetitions filled in. */
static char *player_expand(const struct player *player, const char *string)
{
    struct buf out = BUF_INIT;
    while (*string) {
        size_t len = *string == '{' ? strcspn(string + 1, "{}\"") : 0;
        if (*string == '{' && string[len + 1] == '}' &&
            player_expand_one(player, (struct text){string + 1, len}, &out))
            string += len + 2;
        else
            buf_add_byte(&out, *string++);
    }
    return buf_detach(&out, NULL);
}

/* --- failures --- */

static void player_fail(const struct player *player, const char *what, const char *detail)
{
    const struct loopback *loopback = &player->loopback;
    /* print_error cuts long texts. */
    fprintf(stderr, "step %d: %s%s\nHTTP %d, %s\n%.*s\n", player->step, what, detail ? detail : "",
        loopback->status, loopback->content_type ? loopback->content_type : "no type",
        TEXT_ARGS(loopback->answer));
    fail();
}

/* --- requests --- */

static void player_forget_sent(struct player *player)
{
    free(player->sent.target);
    free(player->sent.body);
    for (int i = 0; i < HEADER_COUNT; i++)
        free(player->sent.headers[i]);
    player->sent = (struct player_sent){.target = NULL};
}

static void player_set_headers(struct player *player, const cJSON *headers)
{
    char **values = player->sent.headers;
    const cJSON *header;
    cJSON_ArrayForEach(header, headers)
    {
        int name = (int)head_name_find(text_of(header->string));
        if (name >= HEADER_COUNT)
            continue;
        values[name] = player_expand(player, header->valuestring);
        loopback_set_header(&player->loopback, (enum request_header)name, values[name]);
    }
}

/* The body of a step's request as new text, or NULL. */
static char *player_body(const struct player *player, const cJSON *step)
{
    const cJSON *body = player_member(step, "body");
    const char *file = player_string_member(step, "bodyFile");
    if (file)
        return player_read_file(file);
    if (!body)
        return NULL;
    if (cJSON_IsString(body))
        return player_expand(player, body->valuestring);
    char *json = cJSON_PrintUnformatted(body);
    char *expanded = player_expand(player, json);
    free(json);
    return expanded;
}

/* Remembers which route was called, if the path is one. */
static void player_note_route(struct player *player, const char *verb, const char *target)
{
    struct arena arena;
    struct text rest = text_of(target);
    struct route route;
    arena_init(&arena);
    if (route_find(http_verb_parse(text_of(verb)), text_split(&rest, '?'), player->fidelity, &arena,
            &route) == ROUTE_FOUND)
        player->reach->is_called[player->fidelity][route.version][route.method] = true;
    arena_release(&arena);
}

static void player_send(struct player *player, const cJSON *step)
{
    const char *verb = player_string_member(step, "method");
    player_forget_sent(player);
    player->sent.target = player_expand(player, player_string_member(step, "path"));
    player->sent.body = player_body(player, step);
    player_set_headers(player, player_member(step, "headers"));
    loopback_send(&player->loopback, verb, player->sent.target, player->sent.body);
    player_note_route(player, verb, player->sent.target);
}

/* --- expectations --- */

/* True if `actual` has all that `expected` has. */
static bool json_includes(const struct player *player, const cJSON *actual, const cJSON *expected)
{
    if (cJSON_IsNull(expected))
        return !actual;
    if (!actual)
        return false;
    if (cJSON_IsString(expected)) {
        char *text = player_expand(player, expected->valuestring);
        bool is_equal = strcmp(text, "*") == 0 ||
                        (cJSON_IsString(actual) && strcmp(text, actual->valuestring) == 0);
        free(text);
        return is_equal;
    }
    if (!cJSON_IsObject(expected) && !cJSON_IsArray(expected))
        return cJSON_Compare(actual, expected, true);
    bool is_list = cJSON_IsArray(expected);
    if (cJSON_IsArray(actual) != is_list ||
        (is_list && cJSON_GetArraySize(actual) != cJSON_GetArraySize(expected)))
        return false;
    int index = 0;
    const cJSON *child;
    cJSON_ArrayForEach(child, expected)
    {
        const cJSON *other =
            is_list ? cJSON_GetArrayItem(actual, index++) : player_member(actual, child->string);
        if (!json_includes(player, other, child)) {
            print_error("at \"%s\":\n", child->string ? child->string : "(list item)");
            return false;
        }
    }
    return true;
}

static void player_expect_text(const struct player *player, char *expected)
{
    if (!text_equals_string(player->loopback.answer, expected))
        player_fail(player, "the body is not\n", expected);
    free(expected);
}

static void player_expect_body(const struct player *player, const cJSON *step)
{
    const cJSON *expected = player_member(step, "expect");
    const char *file = player_string_member(step, "expectFile");
    if (file)
        player_expect_text(player, player_read_file(file));
    if (cJSON_IsString(expected)) {
        player_expect_text(player, player_expand(player, expected->valuestring));
    } else if (expected) {
        struct text answer = player->loopback.answer;
        cJSON *actual = cJSON_ParseWithLength(answer.bytes, answer.len);
        if (!json_includes(player, actual, expected))
            player_fail(player, "the body does not have what is expected", NULL);
        cJSON_Delete(actual);
    }
}

static void player_expect_parts(const struct player *player, const cJSON *parts)
{
    struct text rest = player->loopback.answer;
    const cJSON *part;
    cJSON_ArrayForEach(part, parts)
    {
        char *text = player_expand(player, part->valuestring);
        size_t at = text_find(rest, text_of(text));
        if (at == rest.len && *text)
            player_fail(player, "the body does not contain (from there on) ", text);
        rest = text_slice(rest, at + strlen(text), rest.len);
        free(text);
    }
}

/* All values of a response header in the order sent, joined by line ends. */
static char *player_header(const struct player *player, const char *name)
{
    struct buf values = BUF_INIT;
    const struct reply *reply = &player->loopback.exchange.reply;
    if (strcasecmp(name, "content-type") == 0 && reply->content_type)
        buf_add_string(&values, reply->content_type);
    for (int i = 0; i < reply->header_count; i++) {
        if (strcasecmp(name, reply->headers[i].name) != 0)
            continue;
        if (values.len)
            buf_add_byte(&values, '\n');
        buf_add_text(&values, reply->headers[i].value);
    }
    return buf_detach(&values, NULL);
}

static void player_expect_headers(const struct player *player, const cJSON *headers)
{
    const cJSON *header, *item;
    cJSON_ArrayForEach(header, headers)
    {
        struct buf joined = BUF_INIT;
        if (cJSON_IsString(header))
            buf_add_string(&joined, header->valuestring);
        cJSON_ArrayForEach(item, header)
        {
            if (joined.len)
                buf_add_byte(&joined, '\n');
            buf_add_string(&joined, item->valuestring);
        }
        char *expected = player_expand(player, joined.data);
        char *actual = player_header(player, header->string);
        bool is_good = strcmp(expected, "*") == 0 ? *actual != '\0' : strcmp(actual, expected) == 0;
        if (!is_good) {
            print_error("%s is \"%s\", not \"%s\"\n", header->string, actual, expected);
            player_fail(player, "a header is wrong", NULL);
        }
        free(expected);
        free(actual);
        buf_release(&joined);
    }
}

/* True if the text of an error is somewhere in `text`; its holes stand for anything. */
static bool error_is_in(const struct error *error, struct text text)
{
    struct text template = text_of(error->text);
    for (size_t from = 0; from < template.len;) {
        struct error_hole hole = {.begin = template.len, .end = template.len};
        error_next_hole(template, from, &hole);
        struct text piece = text_slice(template, from, hole.begin);
        size_t at = text_find(text, piece);
        if (at == text.len && piece.len)
            return false;
        text = text_slice(text, at + piece.len, text.len);
        from = hole.end;
    }
    return true;
}

static void player_expect_error(struct player *player, const char *name)
{
    const struct error *error = error_by_name(text_of(name));
    if (!error)
        player_fail(player, "there is no error ", name);
    char *message = loopback_json(&player->loopback, "error.message");
    if (!message)
        message = loopback_json(&player->loopback, "0.error.message");
    /* The front end's page is no JSON. */
    struct text text = message ? text_of(message) : player->loopback.answer;
    if (!error_is_in(error, text))
        player_fail(player, "the body is not the error ", name);
    /* A fault has the status that was asked for. */
    if (error != &errors[ERROR_FAULT] &&
        status_find((int)error->status)->http != player->loopback.status)
        player_fail(player, "the status is not that of ", name);
    free(message);
    player->reach->is_seen[error - errors] = true;
}

static void player_expect_errors(struct player *player, const cJSON *names)
{
    const cJSON *name;
    if (cJSON_IsString(names))
        player_expect_error(player, names->valuestring);
    cJSON_ArrayForEach(name, names) player_expect_error(player, name->valuestring);
}

static void player_save(struct player *player, const cJSON *saves)
{
    const cJSON *save;
    cJSON_ArrayForEach(save, saves)
    {
        char *value = loopback_json(&player->loopback, save->valuestring);
        if (!value)
            player_fail(player, "there is nothing to save at ", save->valuestring);
        else
            player_set(player, save->string, value);
        free(value);
    }
}

void player_play_step(struct player *player, const cJSON *step)
{
    static const char *const known[] = {"advance", "method", "path", "headers", "body", "bodyFile",
        "status", "expect", "expectFile", "contains", "expectHeaders", "error", "save"};
    const cJSON *item;
    player->step++;
    cJSON_ArrayForEach(item, step)
    {
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_COUNT(known); i++)
            is_known = is_known || strcmp(item->string, known[i]) == 0;
        if (!is_known)
            player_fail(player, "a step has no ", item->string);
    }
    const char *advance = player_string_member(step, "advance");
    int64_t duration_ns;
    if (advance) {
        assert_true(duration_parse(text_of(advance), &duration_ns));
        loopback_advance(&player->loopback, duration_ns);
    }
    if (!player_member(step, "method"))
        return;
    player_send(player, step);
    if (player->loopback.status != (int)cJSON_GetNumberValue(player_member(step, "status")))
        player_fail(player, "the status is wrong", NULL);
    player_expect_body(player, step);
    player_expect_parts(player, player_member(step, "contains"));
    player_expect_headers(player, player_member(step, "expectHeaders"));
    player_expect_errors(player, player_member(step, "error"));
    player_save(player, player_member(step, "save"));
}

void player_start(struct player *player, struct player_reach *reach, enum fidelity fidelity,
    enum auth_mode auth, const char *version)
{
    *player = (struct player){.reach = reach, .fidelity = fidelity};
    loopback_start(&player->loopback, fidelity, auth);
    player_set(player, "version", version);
}

void player_stop(struct player *player)
{
    for (size_t i = 0; i < player->variable_count; i++) {
        free(player->variables[i].name);
        free(player->variables[i].value);
    }
    loopback_stop(&player->loopback);
    player_forget_sent(player);
}
