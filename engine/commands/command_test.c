/* awsift test: the rules' own tests. */
#include "commands/problems.h"
#include "base/json.h"

#include <stdio.h>

static int say(const struct problems *problems, bool as_json)
{
    const json_t *result = problems->found, *tests = json_object_get(result, "tests");
    size_t errors = problems_count(result, "errors"), failed = problems_count(tests, "failed");
    if (as_json)
        print_json_line(result);
    problems_print(json_object_get(result, "errors"), "");
    problems_print(json_object_get(result, "warnings"), "warning: ");
    problems_print(json_object_get(tests, "failed"), "test failed: ");
    if (!as_json)
        printf("%d passed, %zu failed\n", (int)json_number(tests, "passed", 0), failed + (errors > 0));
    return problems->started && errors == 0 && failed == 0 ? EXIT_DONE : EXIT_NO;
}

static int run_test(int argc, char **argv)
{
    struct common_options common = {0};
    struct problems problems;
    char **rest;
    if (!options_parse(&command_test, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    if (!problems_find(&problems, &common, true))
        return EXIT_NO;
    int status = say(&problems, common.json);
    problems_clear(&problems);
    return status;
}

const struct command command_test = {
    .name = "test",
    .arguments = "",
    .summary = "Run the rules' own tests",
    .help = "Exit status 0 when all pass.\n\nExample: awsift test --rules ./my-rules",
    .run = run_test,
};
