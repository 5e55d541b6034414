/* The files of the web page, as scripts/embed-ui puts them into the binary. */
#ifndef SERVER_UI_ASSETS_H
#define SERVER_UI_ASSETS_H

#include "base/text.h"

struct ui_asset {
    const char *path; /* "/", or "/ui/HASH/js/main.js"; NULL ends the list */
    const char *content_type;
    struct text plain;
    struct text gzip; /* the same, compressed (RFC 1952); empty: that would not be shorter */
};

/* Ended by a row without a path, which is the first in a binary without the page. */
extern const struct ui_asset ui_assets[];
/* Of all files together. */
extern const char ui_hash[];

#endif
