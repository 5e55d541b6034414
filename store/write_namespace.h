/* The kinds of writes that are about all rows of a namespace. */
#ifndef STORE_WRITE_NAMESPACE_H
#define STORE_WRITE_NAMESPACE_H

#include "store/store.h"

enum store_result write_namespace_clear(struct store *store, struct store_write *write);
enum store_result write_namespace_drop(struct store *store, struct store_write *write);
enum store_result write_namespace_copy(struct store *store, struct store_write *write);

#endif
