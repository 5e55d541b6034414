/* tunemock healthcheck: asks a running server whether it is alive, for container health checks. */
#ifndef SERVER_HEALTHCHECK_H
#define SERVER_HEALTHCHECK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * True if GET /health on this host (NULL, 0.0.0.0, :: and localhost mean 127.0.0.1) and port
 * answers 200 within a few seconds. Says on stderr what is wrong otherwise.
 */
bool healthcheck(const char *host, uint16_t port);

#endif
