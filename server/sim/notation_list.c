#include "server/sim/notation.h"

#include "base/array.h"

enum { LIST_LAST = 20 };

static const struct text lists[][LIST_LAST + 1] = {
    {TEXT_INIT("z\u00e9ro"), TEXT_INIT("un"), TEXT_INIT("deux"), TEXT_INIT("trois"),
        TEXT_INIT("quatre"), TEXT_INIT("cinq"), TEXT_INIT("six"), TEXT_INIT("sept"),
        TEXT_INIT("huit"), TEXT_INIT("neuf"), TEXT_INIT("dix"), TEXT_INIT("onze"),
        TEXT_INIT("douze"), TEXT_INIT("treize"), TEXT_INIT("quatorze"), TEXT_INIT("quinze"),
        TEXT_INIT("seize"), TEXT_INIT("dix-sept"), TEXT_INIT("dix-huit"), TEXT_INIT("dix-neuf"),
        TEXT_INIT("vingt")},
    {TEXT_INIT("〇"), TEXT_INIT("一"), TEXT_INIT("二"), TEXT_INIT("三"), TEXT_INIT("四"),
        TEXT_INIT("五"), TEXT_INIT("六"), TEXT_INIT("七"), TEXT_INIT("八"), TEXT_INIT("九"),
        TEXT_INIT("十"), TEXT_INIT("十一"), TEXT_INIT("十二"), TEXT_INIT("十三"), TEXT_INIT("十四"),
        TEXT_INIT("十五"), TEXT_INIT("十六"), TEXT_INIT("十七"), TEXT_INIT("十八"),
        TEXT_INIT("十九"), TEXT_INIT("二十")},
};

static bool list_read(struct text input, struct arena *arena, struct notated *ret_notated)
{
    for (size_t list = 0; list < ARRAY_COUNT(lists); list++) {
        for (size_t i = 0; i <= LIST_LAST; i++) {
            if (text_equals(input, lists[list][i])) {
                *ret_notated =
                    (struct notated){number_of_size(i, arena), &notation_list, lists[list]};
                return true;
            }
        }
    }
    return false;
}

static bool list_write(
    struct number number, const void *style, struct arena *arena, struct text *ret_output)
{
    const struct text *list = style;
    size_t value;
    if (!number_is_size(number, LIST_LAST, &value))
        return false;
    *ret_output = arena_text(arena, list[value]);
    return true;
}

const struct notation notation_list = {list_read, list_write};
