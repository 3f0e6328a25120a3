/* Alerts in words. Inside of ledger/ only. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* cases: [{text, facts, raised, last, count, untold, ended}] of one kind, those to be shown; left: how many
 * more there are. The caller frees. */
char *alert_subject(const json_t *policy, const char *kind, const json_t *cases);
char *alert_text(const json_t *policy, const char *kind, const json_t *cases, int64_t left);
/* Short enough to be read out, or for a pager. */
char *alert_summary(const json_t *policy, const char *kind, const json_t *cases);
