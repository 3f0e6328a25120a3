/* Standard output. What could not be printed was not said: a command whose answer went into a full disk must
 * not claim to have answered, and one whose reader has gone (`| head`) ends quietly, as programs in a
 * pipeline do. */
#pragma once
#include <jansson.h>

/* One line of canonical JSON, at once: a reader of a pipe is not kept waiting. */
void print_json_line(const json_t *object);
/* To be called after each of many lines: ends the program when nobody reads any more. */
void output_check(void);
/* The exit status of a command that wanted this one, once all is printed; says what failed. */
int output_end(int status);
