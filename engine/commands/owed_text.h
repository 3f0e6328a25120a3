/* What is owed, as status, list and ack show it. */
#pragma once
#include "base/config.h"

#include <stdbool.h>
#include <jansson.h>

/* "mail 12 (abuse.report, 123456789012): an answer until 2026-…"; the caller frees. row: of owed_list. */
char *owed_line(const json_t *row);
/* Prints all that is open, a table or an object a line. False after the error was printed. */
bool owed_print_all(const char *command, const struct config *config, bool as_json);
