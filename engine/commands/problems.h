/* What is wrong with configuration and rules, as `check` and `test` find and say it: in one run, and under
 * the names that people know files by. */
#pragma once
#include "commands/decide_file.h"
#include "commands/options.h"

struct problems {
    struct deciding deciding; /* its config is NULL when it could not be read */
    json_t *found; /* {rules, errors, warnings, tests: {passed, failed}, …} as the decider found it */
    bool started;  /* false: something printed already kept the rules from being read */
};

/* False after the error was printed, with nothing to clear. tests: what is wanted of the rules' tests (HELLO
 * of wire/frame.h) by one who asks for them alone, so that names which the configuration lacks are left out;
 * or NULL. */
bool problems_find(struct problems *problems, const struct common_options *common, const json_t *tests);
void problems_clear(struct problems *problems);
size_t problems_count(const json_t *found, const char *key);
/* Gives each problem the keys that editors and CI read, whoever found it: severity, and column, code and rule
 * where they are missing. */
void problems_complete(json_t *list, const char *severity, const char *code);
/* Prints {file, line, column, message} objects to stderr as file:line:column: WHATmessage. */
void problems_print(const json_t *list, const char *what);
