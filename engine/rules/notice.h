/* The notice: what an AWS mail says, as data, read lazily. An object with the keys title, action_required,
 * reminder, final_notice, accounts, regions, service, event_type, case, abuse_id, resources, starts, ends,
 * deadline, status, links, metadata; lists sorted. */
#pragma once
#include "rules/reading.h"

/* Borrowed. Without body, only what subject and headers say is filled in. */
json_t *notice_of(struct reading *reading, bool body);
/* "" when the mail names none. Parses the body only when no header names it. */
const char *notice_event_type(struct reading *reading);
/* Sorted, unique. */
void notice_add(json_t *notice, const char *list, const char *value);
