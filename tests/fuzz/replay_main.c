/*
 * Replays inputs through one fuzz target without libFuzzer, so that the ordinary test run repeats
 * every input that once mattered, with any compiler and under any sanitizer.
 *
 * Each argument is a file or a folder of files, and one TAP case; an argument that does not exist
 * is an empty folder, since a target may have no crashers yet. The empty input is always tried. The
 * input at hand is named before it runs: after a crash, the last name printed is the culprit.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The real service's largest body; inputs beyond it say nothing new. */
enum { INPUT_BYTES_MAX = 20 * 1024 * 1024, PATH_BYTES_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads an open file into a block of exactly its size, so that AddressSanitizer sees the first byte
 * read past it. */
static bool replay_read(FILE *file, uint8_t **ret_data, size_t *ret_size)
{
    struct stat status;
    if (fstat(fileno(file), &status) != 0 || status.st_size > INPUT_BYTES_MAX)
        return false;
    size_t size = (size_t)status.st_size;
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        free(data);
        return false;
    }
    *ret_data = data;
    *ret_size = size;
    return true;
}

static bool replay_file(const char *path)
{
    printf("# %s\n", path);
    fflush(stdout);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    uint8_t *data = NULL;
    size_t size = 0;
    bool is_read = replay_read(file, &data, &size);
    fclose(file);
    if (!is_read)
        return false;
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return true;
}

static int replay_is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns how many inputs ran, or -1 if one could not be read. */
static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, replay_is_input, alphasort);
    if (count < 0)
        return errno == ENOENT ? 0 : -1;
    int result = count;
    for (int i = 0; i < count; i++) {
        char path[PATH_BYTES_MAX];
        int length = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (length < 0 || (size_t)length >= sizeof(path) || !replay_file(path))
            result = -1;
        free(entries[i]);
    }
    free(entries);
    return result;
}

int main(int argc, char **argv)
{
    int failed_count = 0;
    printf("1..%d\n# the empty input\n", argc);
    fflush(stdout);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("ok 1 - the empty input\n");
    for (int i = 1; i < argc; i++) {
        struct stat status;
        bool is_file = stat(argv[i], &status) == 0 && S_ISREG(status.st_mode);
        int count = is_file ? (replay_file(argv[i]) ? 1 : -1) : replay_folder(argv[i]);
        if (count < 0) {
            failed_count++;
            printf("not ok %d - %s could not be read\n", i + 1, argv[i]);
        } else {
            printf("ok %d - %s: %d inputs\n", i + 1, argv[i], count);
        }
    }
    return failed_count == 0 ? 0 : 1;
}
