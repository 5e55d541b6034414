#include "server/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
    /* "PID (NAME) STATE PARENT ...": a name has 64 bytes at most. */
    STAT_BYTES = 256,
    /* Between two looks at who is still there. */
    LOOK_PAUSE_US = 10000
};

struct known_process {
    pid_t pid, parent;
    bool is_below;
};

struct process_list {
    struct known_process *processes; /* in the order of `pid` */
    size_t count, capacity;
};

/* What is known of those that are being ended. */
struct ending_descendants {
    pid_t *told; /* these have had SIGTERM */
    size_t told_count, told_capacity;
    size_t killed_count;
};

void descendants_keep(void)
{
    /* An ignored SIGCHLD, which a parent may have left, would take their outcome away. */
    signal(SIGCHLD, SIG_DFL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* False for what is no living process any more, or cannot be read. */
static bool known_process_read(int folder, const char *name, struct known_process *ret_process)
{
    char path[64], stat[STAT_BYTES], state;
    int parent;
    snprintf(path, sizeof(path), "%.32s/stat", name);
    int descriptor = openat(folder, path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    ssize_t len = read(descriptor, stat, sizeof(stat) - 1);
    close(descriptor);
    stat[len > 0 ? len : 0] = '\0';
    const char *name_end = strrchr(stat, ')'); /* a name may have one, too */
    /* NOLINTNEXTLINE(cert-err34-c): the kernel wrote these numbers. */
    if (!name_end || sscanf(name_end + 1, " %c %d", &state, &parent) != 2)
        return false;
    *ret_process = (struct known_process){.pid = (pid_t)strtol(name, NULL, 10), .parent = parent};
    return state != 'Z' && state != 'X';
}

static int known_process_compare(const void *left, const void *right)
{
    pid_t one = ((const struct known_process *)left)->pid;
    pid_t other = ((const struct known_process *)right)->pid;
    return (one > other) - (one < other);
}

/* False where /proc is missing, or is that of another namespace, in which others have our numbers.
 */
static bool process_list_is_ours(void)
{
    char own[32] = "";
    ssize_t len = readlink("/proc/self", own, sizeof(own) - 1);
    return len > 0 && strtol(own, NULL, 10) == getpid();
}

static bool process_list_read(struct process_list *list)
{
    DIR *folder = process_list_is_ours() ? opendir("/proc") : NULL;
    if (!folder)
        return false;
    list->count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct known_process process;
        if (!isdigit((unsigned char)entry->d_name[0]) ||
            !known_process_read(dirfd(folder), entry->d_name, &process))
            continue;
        if (list->count == list->capacity) {
            list->capacity = list->capacity ? 2 * list->capacity : 256;
            list->processes =
                memory_grow(list->processes, list->capacity * sizeof(*list->processes));
        }
        list->processes[list->count++] = process;
    }
    closedir(folder);
    if (list->count > 0)
        qsort(list->processes, list->count, sizeof(*list->processes), known_process_compare);
    return true;
}

/* Marks children of those that are marked, and of this process, until there are no more. */
static void process_list_mark(struct process_list *list)
{
    pid_t own = getpid();
    for (bool is_changed = true; is_changed;) {
        is_changed = false;
        for (size_t i = 0; i < list->count; i++) {
            struct known_process *process = &list->processes[i];
            struct known_process key = {.pid = process->parent};
            const struct known_process *parent = bsearch(&key, list->processes, list->count,
                sizeof(*list->processes), known_process_compare);
            if (process->is_below || (key.pid != own && !(parent && parent->is_below)))
                continue;
            process->is_below = is_changed = true;
        }
    }
}

/* False if it was told already. */
static bool descendants_tell(struct ending_descendants *ending, pid_t pid)
{
    for (size_t i = 0; i < ending->told_count; i++)
        if (ending->told[i] == pid)
            return false;
    if (ending->told_count == ending->told_capacity) {
        ending->told_capacity = ending->told_capacity ? 2 * ending->told_capacity : 64;
        ending->told = memory_grow(ending->told, ending->told_capacity * sizeof(*ending->told));
    }
    ending->told[ending->told_count++] = pid;
    return true;
}

static void descendants_signal(
    struct ending_descendants *ending, const struct process_list *list, bool is_over)
{
    ending->killed_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        pid_t pid = list->processes[i].pid;
        if (!list->processes[i].is_below)
            continue;
        if (is_over) {
            ending->killed_count += kill(pid, SIGKILL) == 0;
        } else if (descendants_tell(ending, pid)) {
            kill(pid, SIGTERM);
            kill(pid, SIGCONT); /* a stopped one would not hear it */
        }
    }
}

/* False if this process has no children any more. */
static bool descendants_reap(void)
{
    pid_t pid;
    do {
        pid = waitpid(-1, NULL, WNOHANG);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
    return pid == 0;
}

void descendants_end(const atomic_bool *is_impatient)
{
    struct process_list list = {.count = 0};
    struct ending_descendants ending = {.told_count = 0};
    size_t killed_count = 0;
    int64_t grace_end_ns = clock_monotonic_ns() + DESCENDANTS_GRACE_NS;
    int64_t kill_end_ns = 0;
    bool is_left = descendants_reap();
    while (is_left && (kill_end_ns == 0 || clock_monotonic_ns() < kill_end_ns)) {
        bool is_over = atomic_load(is_impatient) || clock_monotonic_ns() >= grace_end_ns;
        if (is_over && kill_end_ns == 0)
            kill_end_ns = clock_monotonic_ns() + DESCENDANTS_KILL_NS;
        if (!process_list_read(&list))
            break;
        process_list_mark(&list);
        descendants_signal(&ending, &list, is_over);
        if (ending.killed_count > killed_count)
            killed_count = ending.killed_count;
        usleep(LOOK_PAUSE_US);
        is_left = descendants_reap();
    }
    if (killed_count > 0)
        log_write(LOG_WARNING, "of what the command left running, %zu did not end on SIGTERM",
            killed_count);
    else if (ending.told_count > 0)
        log_write(LOG_INFO, "ended %zu processes that the command left running", ending.told_count);
    if (is_left)
        log_write(LOG_WARNING, "some of what the command left running cannot be ended");
    free(ending.told);
    free(list.processes);
}
