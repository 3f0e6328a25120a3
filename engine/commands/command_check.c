/* awsift check and awsift test: what can be known of configuration and rules before a mail comes. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "base/json.h"

#include <stdio.h>

static void print_json(const json_t *ready)
{
    g_autofree char *line = json_canonical(ready);
    printf("%s\n", line);
}

/* A copy in which names that the configuration lacks stand among the errors of `check`, and nowhere for
 * `test`: rules with such names go live, and are tested without any configuration. */
static json_t *with_unknown_names(const json_t *ready, bool only_tests)
{
    json_t *copy = json_deep_copy(ready), *warnings = json_array(), *warning;
    json_t *errors = json_object_get(copy, "errors");
    size_t index;
    json_array_foreach(json_object_get(ready, "warnings"), index, warning) {
        bool is_name = json_object_get(warning, "unknown_name") != NULL;
        if (!is_name || !only_tests)
            json_array_append(json_flag(warning, "unknown_name") ? errors : warnings, warning);
    }
    json_object_set_new(copy, "warnings", warnings);
    return copy;
}

static size_t count(const json_t *ready, const char *key)
{
    return json_array_size(json_object_get(ready, key));
}

static bool trusts_nobody(const struct config *config)
{
    g_autoptr(json_t) known = config_for_decider(config);
    size_t index;
    json_t *spool;
    json_array_foreach(json_object_get(known, "spools"), index, spool)
        if (json_is_null(json_object_get(spool, "trust")))
            return true;
    return false;
}

static void print_tests(const struct deciding *deciding, const json_t *failed)
{
    size_t index;
    json_t *test;
    json_array_foreach((json_t *)failed, index, test)
        fprintf(stderr, "test '%s':\n", json_text_or(test, "name", "?"));
    deciding_print_problems(deciding, failed, "test failed: ");
}

static int report(const struct command *command, int argc, char **argv, bool only_tests)
{
    struct common_options common = {0};
    struct deciding deciding;
    char **rest;
    if (!options_parse(command, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_NO;
    int status = EXIT_NO;
    if (deciding_start(&deciding, config, true)) {
        g_autoptr(json_t) ready = with_unknown_names(deciding.ready, only_tests);
        const json_t *tests = json_object_get(ready, "tests");
        size_t errors = count(ready, "errors"), failed = json_array_size(json_object_get(tests, "failed"));
        status = errors == 0 && failed == 0 ? EXIT_DONE : EXIT_NO;
        if (common.json)
            print_json(ready);
        deciding_print_problems(&deciding, json_object_get(ready, "errors"), "");
        deciding_print_problems(&deciding, json_object_get(ready, "warnings"), "warning: ");
        print_tests(&deciding, json_object_get(tests, "failed"));
        if (!only_tests && trusts_nobody(config))
            fprintf(
                stderr,
                "warning: no trust is configured for a spool: who speaks stays unproven, calls are held; name your mail "
                "server with trust { authserv_id = … }\n");
        if (!common.json && only_tests)
            printf("%d passed, %zu failed\n", (int)json_number(tests, "passed", 0), failed + (errors > 0));
        else if (!common.json)
            printf("%zu rules, %zu errors, %zu warnings, %d tests passed, %zu failed\n",
                   count(ready, "rules"), errors, count(ready, "warnings"),
                   (int)json_number(tests, "passed", 0), failed);
    }
    deciding_stop(&deciding);
    return status;
}

static int run_check(int argc, char **argv)
{
    return report(&command_check, argc, argv, false);
}

static int run_test(int argc, char **argv)
{
    return report(&command_test, argc, argv, true);
}

const struct command command_check = {
    .name = "check",
    .arguments = "",
    .summary = "Check configuration, rules, contacts and tests, and say what is wrong and where",
    .help =
        "Exit status 0 when all is well, 1 when something is wrong.\n\nExample: awsift check --rules ./my-rules",
    .run = run_check,
};

const struct command command_test = {
    .name = "test",
    .arguments = "",
    .summary = "Run the rules' own tests",
    .help = "Exit status 0 when all pass.\n\nExample: awsift test --rules ./my-rules",
    .run = run_test,
};
