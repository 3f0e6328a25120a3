/* What lies between two snapshots of the rules. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

#include <jansson.h>

/* [{file, change: added|changed|removed}] by path, the first hundred, and {more: n} where there are more. The
 * caller owns it. */
json_t *changes_between(const struct config *config, const struct snapshot *old, const struct snapshot *now);
/* What looks like a write that failed half way rather than a wish: [{file, message}], empty when nothing
 * does. The caller owns it. */
json_t *changes_accidents(const struct config *config, const struct snapshot *old,
                          const struct snapshot *now);
