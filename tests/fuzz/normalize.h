/* Text as rules match on it. */
#pragma once
#include "fuzz.h"
#include "mail/text.h"

#include <string.h>

/* Both ways of normalising: valid, no blanks in a row, and a second time changes nothing. */
static inline void must_normalize(const char *text)
{
    for (int one_line = 0; one_line <= 1; one_line++) {
        g_autofree char *once = text_normalize(text, one_line), *twice = text_normalize(once, one_line);
        must_be_text(once);
        must(strcmp(once, twice) == 0, "normalising twice gives what normalising once gave");
        must(strstr(once, "  ") == NULL, "normalised text has no two blanks in a row");
        must(!one_line || strchr(once, '\n') == NULL, "one line is one line");
    }
}
