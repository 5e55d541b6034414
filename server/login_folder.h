/*
 * The folder in which clients of `tunemock exec --vertex` look for somebody who has logged in: made
 * empty, so that nobody has, and a developer's own login is not used.
 *
 * A process has one (an exception to "no globals"): it is to be removed at whatever end.
 */
#ifndef SERVER_LOGIN_FOLDER_H
#define SERVER_LOGIN_FOLDER_H

/* Where none is, and nobody makes one: for who has no end at which it could be removed. */
#define LOGIN_FOLDER_NONE "/nonexistent/tunemock"

/* Makes it in TMPDIR or /tmp; its path, which lives as long as the process. LOGIN_FOLDER_NONE, said
 * in the log, if it cannot be made. */
const char *login_folder_make(void);

/* Removes it with what clients have left in it; does nothing if there is none. From any thread. */
void login_folder_remove(void);

#endif
