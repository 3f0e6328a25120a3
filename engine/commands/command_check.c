/* awsift check and awsift test: what can be known of configuration and rules before a mail comes. All of it
 * in one run: what cannot be used or read is named, and the rest is checked without it. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "base/times.h"

#include <stdio.h>

/* Names that the configuration lacks are errors of `check`, and nothing to `test`: rules with such names go
 * live, and are tested without any configuration. */
static void sort_out_names(json_t *ready, bool only_tests)
{
    json_t *warnings = json_array(), *warning, *errors = json_object_get(ready, "errors");
    size_t index;
    json_array_foreach(json_object_get(ready, "warnings"), index, warning) {
        bool is_name = json_object_get(warning, "unknown_name") != NULL;
        if (!is_name || !only_tests)
            json_array_append(json_flag(warning, "unknown_name") ? errors : warnings, warning);
    }
    json_object_set_new(ready, "warnings", warnings);
}

static bool is_beside(const json_t *warning, const json_t *error)
{
    const char *rule = json_text(warning, "rule");
    bool same_line = g_strcmp0(json_text(warning, "file"), json_text(error, "file")) == 0 &&
                     json_number(warning, "line", 0) == json_number(error, "line", 0);
    return same_line || (rule != NULL && g_strcmp0(rule, json_text(error, "rule")) == 0);
}

/* What is doubtful about a statement that has an error, most often is so for that. */
static void leave_doubts_beside_errors(json_t *ready)
{
    json_t *warnings = json_array(), *warning, *error;
    size_t index, other;
    json_array_foreach(json_object_get(ready, "warnings"), index, warning) {
        bool beside = false;
        json_array_foreach(json_object_get(ready, "errors"), other, error)
            beside = beside || is_beside(warning, error);
        if (!beside)
            json_array_append(warnings, warning);
    }
    json_object_set_new(ready, "warnings", warnings);
}

/* Contacts' time zones, which a jailed decider cannot look for. */
static void check_time_zones(json_t *ready)
{
    const char *name;
    json_t *place;
    json_object_foreach(json_object_get(ready, "time_zones"), name, place) {
        if (!time_zone_missing(name))
            continue;
        g_autofree char *message =
            g_strdup_printf("the time zone '%s' of a contact is not in this system's time "
                            "zone database; write a name such as Asia/Tokyo",
                            name);
        json_array_append_new(json_object_get(ready, "errors"),
                              json_pack("{s:O, s:O, s:o}", "file", json_object_get(place, "file"), "line",
                                        json_object_get(place, "line"), "message", json_text_new(message)));
    }
    json_object_del(ready, "time_zones");
}

/* Each problem with the keys that editors and CI read, whoever found it. */
static void complete(json_t *problems, const char *severity, const char *code)
{
    size_t index;
    json_t *problem;
    json_array_foreach(problems, index, problem) {
        json_object_set_new(problem, "severity", json_string(severity));
        json_object_del(problem, "unknown_name");
        if (json_object_get(problem, "column") == NULL)
            json_object_set_new(problem, "column", json_integer(1));
        if (json_object_get(problem, "code") == NULL)
            json_object_set_new(problem, "code", json_string(code));
        if (json_object_get(problem, "rule") == NULL)
            json_object_set_new(problem, "rule", json_null());
    }
}

static void name_for_people(const struct config *config, json_t *problems)
{
    size_t index;
    json_t *problem;
    json_array_foreach(problems, index, problem)
        rule_problem_for_people(config, problem);
}

/* What the decider found, for people and programs. The caller owns it. */
static json_t *found(const struct deciding *deciding, bool only_tests)
{
    json_t *ready = json_deep_copy(deciding->ready);
    sort_out_names(ready, only_tests);
    leave_doubts_beside_errors(ready);
    check_time_zones(ready);
    name_for_people(deciding->config, json_object_get(ready, "rules"));
    name_for_people(deciding->config, json_object_get(ready, "errors"));
    name_for_people(deciding->config, json_object_get(ready, "warnings"));
    name_for_people(deciding->config, json_object_get(json_object_get(ready, "tests"), "failed"));
    return ready;
}

static json_t *nothing_found(void)
{
    return json_pack("{s:[], s:[], s:[], s:{s:i, s:[]}}", "rules", "errors", "warnings", "tests", "passed", 0,
                     "failed");
}

static size_t count(const json_t *result, const char *key)
{
    return json_array_size(json_object_get(result, key));
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

static void print_problems(const json_t *problems, const char *what)
{
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)problems, index, problem) {
        if (json_text(problem, "name") != NULL)
            fprintf(stderr, "test '%s':\n", json_text(problem, "name"));
        g_autofree char *place = rule_problem_place(problem);
        fprintf(stderr, "%s%s%s\n", place, what, json_text_or(problem, "message", "?"));
    }
}

static void print_sums(const json_t *result, bool only_tests)
{
    const json_t *tests = json_object_get(result, "tests");
    int passed = (int)json_number(tests, "passed", 0);
    size_t failed = count(tests, "failed"), errors = count(result, "errors");
    if (only_tests)
        printf("%d passed, %zu failed\n", passed, failed + (errors > 0));
    else
        printf("%zu rules, %zu errors, %zu warnings, %d tests passed, %zu failed\n", count(result, "rules"),
               errors, count(result, "warnings"), passed, failed);
}

static int say(const json_t *result, const struct config *config, bool as_json, bool only_tests)
{
    const json_t *tests = json_object_get(result, "tests");
    print_problems(json_object_get(result, "errors"), "");
    print_problems(json_object_get(result, "warnings"), "warning: ");
    print_problems(json_object_get(tests, "failed"), "test failed: ");
    if (!only_tests && config != NULL && trusts_nobody(config))
        fprintf(
            stderr,
            "warning: no trust is configured for a spool: who speaks stays unproven, calls are held; name your mail "
            "server with trust { authserv_id = … }\n");
    if (as_json) {
        complete(json_object_get(result, "errors"), "error", "invalid");
        complete(json_object_get(result, "warnings"), "warning", "doubtful");
        complete(json_object_get(tests, "failed"), "error", "test-failed");
        print_json_line(result);
    } else {
        print_sums(result, only_tests);
    }
    return count(result, "errors") == 0 && count(tests, "failed") == 0 ? EXIT_DONE : EXIT_NO;
}

static int report(const struct command *command, int argc, char **argv, bool only_tests)
{
    struct common_options common = {0};
    struct deciding deciding = {0};
    char **rest;
    if (!options_parse(command, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    g_autoptr(json_t) problems = json_array();
    struct config *config = options_config_checked(&common, problems);
    if (config == NULL && json_array_size(problems) == 0)
        return EXIT_NO;
    bool started = config != NULL && deciding_start_checked(&deciding, config, !only_tests, problems);
    g_autoptr(json_t) result = started ? found(&deciding, only_tests) : nothing_found();
    json_array_extend(problems, json_object_get(result, "errors"));
    json_object_set(result, "errors", problems);
    int status = say(result, config, common.json, only_tests);
    if (config != NULL)
        deciding_stop(&deciding);
    return started ? status : EXIT_NO;
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
        "Names all mistakes in one run, as file:line:column: what is wrong, and what to do.\n"
        "Lines and columns count from 1, columns in characters.\n"
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
