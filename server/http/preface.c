#include "server/http/preface.h"

#include "base/array.h"

static const struct {
    struct text bytes;
    enum preface preface;
} preface_signs[] = {
    {TEXT_INIT("\x16\x03"), PREFACE_TLS},
    {TEXT_INIT("PRI "), PREFACE_HTTP2},
};

enum preface preface_classify(struct text first_bytes)
{
    for (size_t i = 0; i < ARRAY_COUNT(preface_signs); i++) {
        if (text_starts_with(first_bytes, preface_signs[i].bytes))
            return preface_signs[i].preface;
        if (text_starts_with(preface_signs[i].bytes, first_bytes))
            return PREFACE_UNCLEAR;
    }
    return PREFACE_HTTP;
}
