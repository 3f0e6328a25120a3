/* With what a mail would be told, and whether it would be at all, in words. */
#pragma once
#include <jansson.h>

/* "by rule, contact; waits 5m for others, at most 1h"; NULL for a mail that is told by itself. context:
 * wire/decision.h. The caller frees. */
char *told_group_text(const json_t *context);
/* "50-ours.lua:12 until 2026-12-01T00:00:00Z: planned work"; NULL where no rule file keeps it quiet. */
char *told_silence_text(const json_t *context);
