/*
 * The whole door: requests one after another, each "VERB target", header lines, an empty line and a
 * body, separated by lines that are "---". Every request gets an answer with a status, and every
 * answer that says it is JSON is JSON; afterwards the emulator is as empty as before.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "server/http/head_name.h"
#include "tests/lib/loopback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MAX = 16 };

/* A text as a string for the loopback; the arena dies with the input. */
static const char *fuzz_string(struct arena *arena, struct text text)
{
    return arena_copy(arena, text.len ? text.bytes : "", text.len);
}

static void fuzz_set_header(struct loopback *loopback, struct arena *arena, struct text line)
{
    size_t colon = text_find_byte(line, ':');
    struct text name = text_slice(line, 0, colon);
    struct text value = text_trim(text_slice(line, colon + 1, line.len));
    int header = (int)head_name_find(name);
    if (header < HEADER_COUNT)
        loopback_set_header(loopback, (enum request_header)header, fuzz_string(arena, value));
}

static void fuzz_check_answer(const struct loopback *loopback)
{
    bool is_faulty = loopback->is_reset || loopback->is_broken ||
                     loopback_header(loopback, "X-Emulator-Fault").bytes;
    if (is_faulty)
        return;
    assert(loopback->status >= 200 && loopback->status <= 599);
    if (!loopback->content_type || strncmp(loopback->content_type, "application/json", 16) != 0 ||
        loopback->answer.len == 0)
        return;
    cJSON *json = cJSON_ParseWithLength(loopback->answer.bytes, loopback->answer.len);
    assert(json);
    cJSON_Delete(json);
}

static void fuzz_request(struct loopback *loopback, struct arena *arena, struct text request)
{
    struct text rest = request;
    struct text line = text_split(&rest, '\n');
    size_t space = text_find_byte(line, ' ');
    const char *verb = fuzz_string(arena, text_slice(line, 0, space));
    const char *target = fuzz_string(arena, text_slice(line, space + 1, line.len));
    while (rest.bytes) {
        line = text_split(&rest, '\n');
        if (line.len == 0)
            break;
        fuzz_set_header(loopback, arena, line);
    }
    loopback_send_bytes(loopback, verb, target, rest.bytes ? rest : TEXT(""));
    fuzz_check_answer(loopback);
}

/* Leaves nothing behind, so that an input does not depend on those before it. */
static void fuzz_clean_up(struct loopback *loopback)
{
    loopback_send(loopback, "DELETE", "/emulator/v1/faults", NULL);
    for (;;) {
        loopback_send(loopback, "GET", "/v1beta/tunedModels?pageSize=1", NULL);
        char *name = loopback_json(loopback, "tunedModels.0.name");
        if (!name)
            break;
        char target[256];
        snprintf(target, sizeof(target), "/v1beta/%s", name);
        free(name);
        loopback_send(loopback, "DELETE", target, NULL);
        assert(loopback->status == 200);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* One emulator for all inputs: starting one costs more than most inputs do. */
    static struct loopback loopback;
    static bool is_started;
    if (!is_started) {
        loopback_start(&loopback, FIDELITY_COMPAT, AUTH_OPEN);
        is_started = true;
    }
    struct arena arena;
    arena_init(&arena);
    struct text rest = {size ? (const char *)data : "", size};
    for (int i = 0; i < REQUESTS_MAX && rest.bytes; i++) {
        size_t end = text_find(rest, TEXT("\n---\n"));
        fuzz_request(&loopback, &arena, text_slice(rest, 0, end));
        rest = end < rest.len ? text_slice(rest, end + 5, rest.len) : (struct text){NULL, 0};
    }
    fuzz_clean_up(&loopback);
    arena_release(&arena);
    return 0;
}
