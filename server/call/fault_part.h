/*
 * The part of a prompt that the text of a scripted error speaks of: the first that has such a
 * thing. Each gives the empty text if none has. Private to the faults.
 */
#ifndef SERVER_CALL_FAULT_PART_H
#define SERVER_CALL_FAULT_PART_H

#include "server/call/fault_subject.h"

struct text fault_part_mime_type(struct fault_subject *subject);
struct text fault_part_modality(struct fault_subject *subject);
struct text fault_part_file_uri(struct fault_subject *subject);

#endif
