/* The notice: what an AWS mail says, as data, read lazily. An object with the keys title, action_required,
 * reminder, final_notice, accounts, regions, service, event_type, case, abuse_id, resources, starts, ends,
 * deadline, status, links, metadata, language; lists sorted. */
#pragma once
#include "rules/reading.h"

/* Borrowed. Without body, only what subject and headers say is filled in. */
json_t *notice_of(struct reading *reading, bool body);
/* One value of it, for which the body is parsed only when it may stand there. Borrowed. */
const json_t *notice_value(struct reading *reading, const char *key);
/* "" when the mail names none. Parses the body only when no header names it. */
const char *notice_event_type(struct reading *reading);
/* The text with links that lead through somebody else's server as they lead. The caller frees. */
char *notice_unwrap_links(const struct rule_set *set, const char *text);
/* Sorted, unique. */
void notice_add(json_t *notice, const char *list, const char *value);
/* What of a mail's text is in that language, a code such as "ja": a half of a bilingual one, all of one that
 * is in it altogether, NULL when nothing is. message: the reading's own, or one within it. Borrowed: it lives
 * as long as the reading. */
const char *notice_half(struct reading *reading, struct message *message, const char *language);
