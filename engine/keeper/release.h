/* A mail that no decider can read, decided by a person. */
#pragma once
#include <stdint.h>
#include <jansson.h>

/* What a decider would have answered (DECISION's body, as answer_check wants it), had it been told the
 * category: nothing of the mail was read, nothing of it is proven, and the operators are told, with the
 * original attached. row: as ledger_unreadable gives it. The caller owns it. */
json_t *release_body(const json_t *row, const char *category, const char *by, int64_t arrived);
