/* The version of tunemock, as `tunemock version` and the control API tell it. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define TUNEMOCK_VERSION "0.1.0"

#endif
