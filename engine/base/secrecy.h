/* Values that stand in no text of ours. */
#pragma once
#include <stddef.h>

/* From now on the value is masked; so is what it looks like where it is quoted in a URL, in JSON or in
 * base64. Of a web address it is what follows the host, if that has 12 bytes. What is shorter than 4 bytes is
 * not, nor what is beyond 1000 such forms, of which the log then warns. */
void secrecy_add(const char *value);
/* Adds what was made from a text if that has one of the values in it, and half of all places are free. */
void secrecy_add_derived(const char *text, size_t length, const char *made);
/* The text with **** for each of them; also where a text was cut within one at its end. Frees the text; the
 * caller frees what comes back. */
char *secrecy_mask(char *text);
