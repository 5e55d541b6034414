#include "server/login_folder.h"

#include <errno.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { LOGIN_FOLDER_PATH_MAX = 4096, LOGIN_FOLDER_OPEN_MAX = 16 };

static struct {
    pthread_mutex_t mutex;
    char path[LOGIN_FOLDER_PATH_MAX]; /* empty: there is none */
} login_folder = {.mutex = PTHREAD_MUTEX_INITIALIZER};

const char *login_folder_make(void)
{
    const char *parent = getenv("TMPDIR");
    int len = snprintf(login_folder.path, sizeof(login_folder.path), "%s/tunemock-login-XXXXXX",
        parent && *parent ? parent : "/tmp");
    if (len < (int)sizeof(login_folder.path) && mkdtemp(login_folder.path))
        return login_folder.path;
    log_write(LOG_WARNING, "no folder for CLOUDSDK_CONFIG: %s", strerror(errno));
    login_folder.path[0] = '\0';
    return LOGIN_FOLDER_NONE;
}

static int login_folder_remove_one(
    const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

void login_folder_remove(void)
{
    pthread_mutex_lock(&login_folder.mutex);
    if (login_folder.path[0])
        nftw(login_folder.path, login_folder_remove_one, LOGIN_FOLDER_OPEN_MAX,
            FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    login_folder.path[0] = '\0';
    pthread_mutex_unlock(&login_folder.mutex);
}
