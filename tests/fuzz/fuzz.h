/* What every fuzzer needs. A target is one function; what must hold whatever the bytes is said with must().
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

/* Ends the process, saying what did not hold. */
#define must(holds, what) must_hold((holds), (what), __FILE__, __LINE__)
void must_hold(bool holds, const char *what, const char *file, int line);

void must_be_text(const char *text); /* valid UTF-8 */
/* Valid UTF-8 without control characters: what may stand on one line of a log, a header, a terminal. */
void must_be_one_line(const char *text);
/* Can be written as JSON, and is the same when read again. */
void must_serialise(const json_t *value);
