/* Inside of moments*.c and written.c alone. Each reader moves the place on success, and leaves it otherwise.
 */
#pragma once
#include "mail/moments.h"

#include <glib.h>

enum { NUMBER_DIGITS = 4 };

/* At most three, of which any may be a line end. */
void written_skip_blanks(const char **at);
/* In any case of ASCII. */
bool written_skip_text(const char **at, const char *text);
/* All letters that stand there. */
bool written_skip_word(const char **at, const char *word);
size_t written_letters_at(const char *at);
size_t written_digits_at(const char *at);
/* All digits that stand there, when they are no fewer and no more than that. */
bool written_read_number(const char **at, size_t least, size_t most, int *number);
