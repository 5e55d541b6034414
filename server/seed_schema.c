#include "server/seed_schema.h"

#include "server/json/schema.h"

void seed_schema_print(FILE *file)
{
    struct arena arena;
    struct buf out = BUF_INIT;
    arena_init(&arena);
    /* What the reader takes, too: both spellings, numbers as texts and the other way round. */
    struct schema_set set = {
        .arena = &arena, .version = VERSION_V1BETA, .place = "#/$defs/", .flags = SCHEMA_LENIENT};
    const struct json_style style = {.mask = NULL};
    struct json_document json = {.out = &out, .style = &style};
    schema_set_add(&set, MESSAGE_SeedFile);
    json_document_open_object(&json, TEXT(""));
    json_document_add_string(
        &json, TEXT("$schema"), TEXT("https://json-schema.org/draft/2020-12/schema"));
    json_document_add_string(&json, TEXT("title"), TEXT("Seed and state files of tunemock"));
    schema_write_reference(&set, MESSAGE_SeedFile, &json);
    json_document_open_object(&json, TEXT("$defs"));
    schema_write_set(&set, &json);
    json_document_close_object(&json);
    json_document_close_object(&json);
    fprintf(file, "%.*s\n", TEXT_ARGS(buf_text(&out)));
    buf_release(&out);
    arena_release(&arena);
}
