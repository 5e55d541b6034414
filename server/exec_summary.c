#include "server/exec_summary.h"

#include "base/printable.h"
#include "server/contract/method.h"
#include "server/exec.h"

enum {
    /* A screen has room for them below what the command itself has said. */
    SUMMARY_REQUESTS_MAX = 10,
    /* Columns are as wide as their widest text, up to this; names of methods and of most models. */
    SUMMARY_COLUMN_BYTES_MAX = 48,
    /* One or two lines of a terminal. */
    SUMMARY_REMARK_BYTES_MAX = 200
};

enum summary_column { SUMMARY_METHOD, SUMMARY_MODEL, SUMMARY_STATUS, SUMMARY_COLUMN_COUNT };

struct summary_row {
    struct text columns[SUMMARY_COLUMN_COUNT];
    struct text error, hint;
};

static struct text summary_text(struct text text, size_t bytes_max, struct arena *arena)
{
    struct buf shown = BUF_INIT;
    printable_add(&shown, text, PRINTABLE_TEXT, bytes_max);
    struct text kept = arena_text(arena, buf_text(&shown));
    buf_release(&shown);
    return kept;
}

static struct text summary_method(const struct journal_record *record, struct arena *arena)
{
    if (record->method != JOURNAL_NO_METHOD)
        return text_of(methods[record->method].name);
    return arena_printf(arena, "%.*s %.*s", TEXT_ARGS(record->texts[JOURNAL_VERB]),
        TEXT_ARGS(record->texts[JOURNAL_PATH]));
}

static struct text summary_status(const struct journal_record *record, struct arena *arena)
{
    if (record->status == 0)
        return TEXT("no answer");
    return arena_printf(arena, "%d%s%s", record->status, record->status_name ? " " : "",
        record->status_name ? record->status_name : "");
}

static struct summary_row summary_row(const struct journal_record *record, struct arena *arena)
{
    struct summary_row row = {
        .columns =
            {
                [SUMMARY_METHOD] = summary_method(record, arena),
                [SUMMARY_MODEL] = record->texts[JOURNAL_MODEL],
                [SUMMARY_STATUS] = summary_status(record, arena),
            },
        .error = summary_text(record->texts[JOURNAL_ERROR], SUMMARY_REMARK_BYTES_MAX, arena),
        .hint = summary_text(record->texts[JOURNAL_HINT], SUMMARY_REMARK_BYTES_MAX, arena),
    };
    for (int column = 0; column < SUMMARY_COLUMN_COUNT; column++)
        row.columns[column] = summary_text(row.columns[column], SUMMARY_COLUMN_BYTES_MAX, arena);
    return row;
}

static void summary_add_row(
    struct buf *summary, const struct summary_row *row, const size_t widths[SUMMARY_COLUMN_COUNT])
{
    size_t begin = summary->len;
    for (int column = 0; column < SUMMARY_COLUMN_COUNT; column++)
        buf_printf(summary, "  %-*.*s", (int)widths[column], TEXT_ARGS(row->columns[column]));
    buf_printf(summary, "  %.*s", TEXT_ARGS(row->error));
    while (summary->len > begin && summary->data[summary->len - 1] == ' ')
        summary->data[--summary->len] = '\0';
    buf_add_byte(summary, '\n');
    if (row->hint.len)
        buf_printf(summary, "      hint: %.*s\n", TEXT_ARGS(row->hint));
}

static void summary_add_requests(
    struct buf *summary, const struct journal_view *view, size_t count, struct arena *arena)
{
    struct summary_row *rows = arena_array(arena, count, sizeof(*rows));
    size_t widths[SUMMARY_COLUMN_COUNT] = {0};
    for (size_t i = 0; i < count; i++) {
        rows[i] = summary_row(&view->entries[count - 1 - i]->record, arena);
        for (int column = 0; column < SUMMARY_COLUMN_COUNT; column++)
            if (rows[i].columns[column].len > widths[column])
                widths[column] = rows[i].columns[column].len;
    }
    for (size_t i = 0; i < count; i++)
        summary_add_row(summary, &rows[i], widths);
}

void exec_summary_add(
    struct buf *summary, int code, const char *url, struct journal *journal, struct arena *arena)
{
    struct journal_view view;
    journal_view_open(journal, arena, &view);
    size_t count = view.count < SUMMARY_REQUESTS_MAX ? view.count : SUMMARY_REQUESTS_MAX;
    bool is_missing = code == EXEC_NOT_FOUND || code == EXEC_NOT_RUNNABLE;
    if (count > 0)
        buf_printf(summary,
            "tunemock: the command ended with %d; the last %zu of its %zu requests:\n", code, count,
            view.count);
    else if (!is_missing)
        buf_printf(summary, "tunemock: the command ended with %d, and has sent no request to %s\n",
            code, url);
    summary_add_requests(summary, &view, count, arena);
    journal_view_close(&view);
}
