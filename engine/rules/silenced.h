/* Silences of rule files. */
#pragma once
#include "rules/reading.h"

/* Those that are declared: [{name (file and line), what, starts, ends (ms), reason}]. What cannot be one is
 * an error of the set. The caller owns the list. */
json_t *silences_read(struct rule_set *set, int declarations);
/* The first that keeps the mail quiet at its arrival, null for none. The caller owns it. */
json_t *silenced_by(const struct reading *reading, const json_t *decision, const json_t *context);
