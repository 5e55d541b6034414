#include "tests/lib/unit.h"

#include "server/json/write.h"

static void write_document(struct buf *out, enum json_layout layout)
{
    const struct json_style style = {.layout = layout};
    struct json_document document = {.out = out, .style = &style};
    json_document_open_object(&document, TEXT(""));
    json_document_add_string(&document, TEXT("a"), TEXT("<\""));
    json_document_open_list(&document, TEXT("b"));
    json_document_add_string(&document, TEXT(""), TEXT("1"));
    json_document_open_object(&document, TEXT(""));
    json_document_close_object(&document);
    json_document_close_list(&document);
    json_document_open_list(&document, TEXT("c"));
    json_document_close_list(&document);
    json_document_add_true(&document, TEXT("d"));
    json_document_add_int(&document, TEXT("e"), -1);
    json_document_add_double(&document, TEXT("f"), 0.5);
    json_document_add_false(&document, TEXT("g"));
    json_document_close_object(&document);
}

static void documents_have_the_layouts_of_messages(void **state)
{
    (void)state;
    static const struct {
        enum json_layout layout;
        const char *text;
    } rows[] = {
        {JSON_PRETTY,
            "{\n  \"a\": \"\\u003c\\\"\",\n  \"b\": [\n    \"1\",\n    {}\n  ],\n"
            "  \"c\": [],\n  \"d\": true,\n  \"e\": -1,\n  \"f\": 0.5,\n  \"g\": false\n}"},
        {JSON_COMPACT, "{\"a\":\"\\u003c\\\"\",\"b\":[\"1\",{}],\"c\":[],\"d\":true,\"e\":-1,\"f\":"
                       "0.5,\"g\":false}"},
        {JSON_EVENT, "{\"a\": \"\\u003c\\\"\",\"b\": [\"1\",{}],\"c\": [],\"d\": true,\"e\": "
                     "-1,\"f\": 0.5,\"g\": false}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct buf out = BUF_INIT;
        write_document(&out, rows[i].layout);
        assert_text(buf_text(&out), rows[i].text);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_have_the_layouts_of_messages),
    };
    return cmocka_run_group_tests_name("json_write_document", tests, NULL, NULL);
}
