#include "server/contract/notes.h"

#include "base/array.h"

static const struct text note_summaries[METHOD_COUNT] = {
#define SUMMARY(id, summary) [METHOD_##id] = TEXT_INIT(summary),
#include "server/contract/notes.def"
};

static const struct other_answer note_answers[] = {
#define MESSAGE_NONE MESSAGE_COUNT
#define OTHER_ANSWER(id, status, message, text)                                                    \
    {METHOD_##id, status, MESSAGE_##message, TEXT_INIT(text)},
#include "server/contract/notes.def"
};

static const struct {
    enum message_id message;
    unsigned field;
    struct text words;
} note_word_lists[] = {
#define WORDS(message, field, words) {MESSAGE_##message, message##_##field, TEXT_INIT(words)},
#include "server/contract/notes.def"
};

struct text note_summary(enum method_id id)
{
    return note_summaries[id];
}

struct text note_words(enum message_id message, unsigned field)
{
    for (size_t i = 0; i < ARRAY_COUNT(note_word_lists); i++)
        if (note_word_lists[i].message == message && note_word_lists[i].field == field)
            return note_word_lists[i].words;
    return TEXT("");
}

const struct other_answer *note_next_answer(enum method_id id, size_t *position)
{
    while (*position < ARRAY_COUNT(note_answers)) {
        const struct other_answer *answer = &note_answers[(*position)++];
        if (answer->method == id)
            return answer;
    }
    return NULL;
}
