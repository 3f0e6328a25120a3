/* Whether one condition holds whenever another does, whatever the mail. */
#pragma once
#include "review/symbols.h"

/* Whether `wide` holds for every mail for which all of the known conditions hold (a list of const struct
 * condition). false when that cannot be told. */
bool covering_follows(struct symbols *symbols, const GPtrArray *known, const struct condition *wide);
/* The same of a single known one. */
bool covering_holds(struct symbols *symbols, const struct condition *narrow, const struct condition *wide);
/* Whether both say the same, in the same words. */
bool covering_equal(struct symbols *symbols, const struct condition *one, const struct condition *other);
