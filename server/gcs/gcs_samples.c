#include "server/gcs/gcs_samples.h"

#include "base/array.h"

extern const char embedded_fixtures_sft_train_data_jsonl[];
extern const size_t embedded_fixtures_sft_train_data_jsonl_len;
extern const char embedded_fixtures_sft_validation_data_jsonl[];
extern const size_t embedded_fixtures_sft_validation_data_jsonl_len;

/* Those of each generation of models: the folder changes, and the files do not. */
static const struct text samples_folders[] = {
    TEXT_INIT("ai-platform/generative_ai/"),
    TEXT_INIT("ai-platform/generative_ai/gemini/text/"),
    TEXT_INIT("ai-platform/generative_ai/gemini-1_5/text/"),
    TEXT_INIT("ai-platform/generative_ai/gemini-2_0/text/"),
};

bool gcs_samples_find(const struct gcs_name *name, struct text *ret_bytes)
{
    const struct {
        const char *file;
        struct text bytes;
    } samples[] = {
        {"sft_train_data.jsonl",
            {embedded_fixtures_sft_train_data_jsonl, embedded_fixtures_sft_train_data_jsonl_len}},
        {"sft_validation_data.jsonl", {embedded_fixtures_sft_validation_data_jsonl,
                                          embedded_fixtures_sft_validation_data_jsonl_len}},
    };
    if (!text_equals_string(name->bucket, "cloud-samples-data"))
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(samples_folders); i++) {
        if (!text_starts_with(name->object, samples_folders[i]))
            continue;
        struct text file = text_slice(name->object, samples_folders[i].len, name->object.len);
        for (size_t k = 0; k < ARRAY_COUNT(samples); k++)
            if (text_equals_string(file, samples[k].file)) {
                *ret_bytes = samples[k].bytes;
                return true;
            }
    }
    return false;
}
