#include "server/exec_summary.h"

#include "base/printable.h"
#include "server/contract/method.h"
#include "server/exec.h"
#include "server/space/journal.h"

enum {
    /* A screen has room for them below what the command itself has said. */
    SUMMARY_REQUESTS_MAX = 10,
    /* Columns are as wide as their widest text, up to this; names of methods and of most models. */
    SUMMARY_COLUMN_BYTES_MAX = 48,
    /* One or two lines of a terminal. */
    SUMMARY_REMARK_BYTES_MAX = 200
};

enum summary_column {
    SUMMARY_NAMESPACE,
    SUMMARY_METHOD,
    SUMMARY_MODEL,
    SUMMARY_STATUS,
    SUMMARY_COLUMN_COUNT
};

struct summary_row {
    struct text columns[SUMMARY_COLUMN_COUNT];
    struct text error, hint;
    int64_t received_ns;
};

/* The last requests of all namespaces, newest first. */
struct summary {
    struct arena *arena;
    struct summary_row rows[SUMMARY_REQUESTS_MAX];
    size_t row_count;
    size_t request_count;
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

/* The default namespace needs no name. */
static struct summary_row summary_row(
    const struct space *space, const struct journal_record *record, struct arena *arena)
{
    struct summary_row row = {
        .columns =
            {
                [SUMMARY_NAMESPACE] = space->number == SPACE_DEFAULT ? TEXT("") : space->name,
                [SUMMARY_METHOD] = summary_method(record, arena),
                [SUMMARY_MODEL] = record->texts[JOURNAL_MODEL],
                [SUMMARY_STATUS] = summary_status(record, arena),
            },
        .error = summary_text(record->texts[JOURNAL_ERROR], SUMMARY_REMARK_BYTES_MAX, arena),
        .hint = summary_text(record->texts[JOURNAL_HINT], SUMMARY_REMARK_BYTES_MAX, arena),
        .received_ns = record->received_ns,
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
        if (column != SUMMARY_NAMESPACE || widths[column] > 0)
            buf_printf(summary, "  %-*.*s", (int)widths[column], TEXT_ARGS(row->columns[column]));
    buf_printf(summary, "  %.*s", TEXT_ARGS(row->error));
    while (summary->len > begin && summary->data[summary->len - 1] == ' ')
        summary->data[--summary->len] = '\0';
    buf_add_byte(summary, '\n');
    if (row->hint.len)
        buf_printf(summary, "      hint: %.*s\n", TEXT_ARGS(row->hint));
}

static void summary_add_rows(struct buf *out, const struct summary *summary)
{
    const struct summary_row *rows = summary->rows;
    size_t widths[SUMMARY_COLUMN_COUNT] = {0};
    for (size_t i = 0; i < summary->row_count; i++)
        for (int column = 0; column < SUMMARY_COLUMN_COUNT; column++)
            if (rows[i].columns[column].len > widths[column])
                widths[column] = rows[i].columns[column].len;
    for (size_t i = summary->row_count; i > 0; i--)
        summary_add_row(out, &rows[i - 1], widths);
}

/* Takes a request in, unless there are enough that came later. */
static bool summary_take(
    struct summary *summary, const struct space *space, const struct journal_record *record)
{
    size_t at = summary->row_count;
    while (at > 0 && summary->rows[at - 1].received_ns < record->received_ns)
        at--;
    if (at == SUMMARY_REQUESTS_MAX)
        return false;
    if (summary->row_count < SUMMARY_REQUESTS_MAX)
        summary->row_count++;
    for (size_t i = summary->row_count - 1; i > at; i--)
        summary->rows[i] = summary->rows[i - 1];
    summary->rows[at] = summary_row(space, record, summary->arena);
    return true;
}

static void summary_visit(void *context, struct space *space)
{
    struct summary *summary = context;
    struct journal_view view;
    journal_view_open(space->journal, summary->arena, &view);
    summary->request_count += view.count;
    for (size_t i = 0; i < view.count; i++)
        if (!summary_take(summary, space, &view.entries[i]->record))
            break;
    journal_view_close(&view);
}

void exec_summary_add(
    struct buf *out, int code, const char *url, struct spaces *spaces, struct arena *arena)
{
    struct summary summary = {.arena = arena};
    bool is_missing = code == EXEC_NOT_FOUND || code == EXEC_NOT_RUNNABLE;
    spaces_visit(spaces, summary_visit, &summary);
    if (summary.row_count > 0)
        buf_printf(out, "tunemock: the command ended with %d; the last %zu of its %zu requests:\n",
            code, summary.row_count, summary.request_count);
    else if (!is_missing)
        buf_printf(
            out, "tunemock: the command ended with %d, and has sent no request to %s\n", code, url);
    summary_add_rows(out, &summary);
}
