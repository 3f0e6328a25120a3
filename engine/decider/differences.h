/* In what a decision differs from what a test expects of it. */
#pragma once
#include <jansson.h>

/* [{path, expected, got}], empty when all that is expected is there: what is not named may be anything, of a
 * list each named element must be there, {} is nothing at all, and false is null; of
 * a text {contains | starts | ends} may be expected. path: as found.case or
 * actions[1].args.to, counted from 1 as Lua counts; got null when there is nothing. Where elements of a list
 * are missing, `missing` lists them. The caller owns it. */
json_t *differences_find(const json_t *expected, const json_t *got);
/* All of them in one line of text. The caller frees. */
char *differences_text(const json_t *differences);
