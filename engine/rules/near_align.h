/* How much of a text that rules know is in another text, and which words of the one are which of the other.
 */
#pragma once
#include "rules/near_index.h"

enum { NEAR_EXTRA = UINT32_MAX };

struct near_alignment {
    unsigned similarity; /* hundredths */
    uint32_t
        element[NEAR_WORDS_MAXIMUM]; /* by token: the element that it is, or that takes it; or NEAR_EXTRA */
};
/* tokens: of struct near_token; those beyond NEAR_WORDS_MAXIMUM are left out. */
void near_align(const struct near_index *index, const struct near_text *text, const GArray *tokens,
                struct near_alignment *alignment);
