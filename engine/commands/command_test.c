/* awsift test: the rules' own tests, what they say and what they leave out. All tests run whatever is asked
 * for: arguments choose whose results are told. Failures are told on standard error, what was asked for on
 * standard output, whose last line is the sum. */
#include "commands/problems.h"
#include "commands/junit.h"
#include "commands/test_report.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

struct asked {
    gboolean coverage;
    const char *junit; /* a file, or "-" */
    bool as_json;
    char **names;
};

/* The rule that a test is about: the one that it expects, else the one that decided. */
static const char *rule_of(const json_t *result)
{
    size_t index;
    json_t *difference;
    json_array_foreach(json_object_get(result, "differences"), index, difference)
        if (strcmp(json_text_or(difference, "path", ""), "rule") == 0)
            return json_text_or(difference, "expected", "");
    return json_text_or(result, "rule", "");
}

static bool is_named(const json_t *result, const char *name)
{
    return strstr(json_text_or(result, "name", ""), name) != NULL ||
           strstr(json_text_or(result, "file", ""), name) != NULL || strstr(rule_of(result), name) != NULL;
}

/* The results that the names choose, all without any; NULL after it was said that a name chooses none. The
 * caller owns it. */
static json_t *chosen(const json_t *results, char **names)
{
    json_t *list = json_array(), *result;
    g_autofree bool *used = g_new0(bool, g_strv_length(names) + 1);
    size_t index;
    json_array_foreach((json_t *)results, index, result) {
        bool wanted = names[0] == NULL;
        for (size_t i = 0; names[i] != NULL; i++)
            if (is_named(result, names[i]))
                wanted = used[i] = true;
        if (wanted)
            json_array_append(list, result);
    }
    bool all_used = true;
    for (size_t i = 0; names[i] != NULL; i++) {
        if (used[i])
            continue;
        g_autofree char *why =
            g_strdup_printf("there is no test with '%s' in its name, file or rule", names[i]);
        options_fail("test", why);
        all_used = false;
    }
    if (!all_used)
        g_clear_pointer(&list, json_decref);
    return list;
}

static size_t print_failures(const json_t *results)
{
    size_t index, failed = 0;
    json_t *result;
    json_array_foreach((json_t *)results, index, result) {
        if (json_flag(result, "passed"))
            continue;
        g_autofree char *text = test_report_text(result);
        fputs(text, stderr);
        failed++;
    }
    return failed;
}

/* An object a test, and one of what is about all of them. */
static void print_objects(const json_t *found, const json_t *results, size_t failed)
{
    size_t index;
    json_t *result;
    json_array_foreach((json_t *)results, index, result)
        print_json_line(result);
    problems_complete(json_object_get(found, "errors"), "error", "invalid");
    problems_complete(json_object_get(found, "warnings"), "warning", "doubtful");
    g_autoptr(json_t) sum =
        json_pack("{s:O, s:O, s:{s:I, s:I}, s:O*}", "errors", json_object_get(found, "errors"), "warnings",
                  json_object_get(found, "warnings"), "tests", "passed",
                  (json_int_t)(json_array_size(results) - failed), "failed", (json_int_t)failed, "coverage",
                  json_object_get(found, "coverage"));
    print_json_line(sum);
}

static bool write_junit(const struct asked *asked, const json_t *found, const json_t *results)
{
    g_autoptr(GError) error = NULL;
    if (asked->junit == NULL || junit_write(asked->junit, results, json_object_get(found, "errors"), &error))
        return true;
    options_fail("test", error->message);
    return false;
}

/* Whether all is well. */
static bool say(const struct problems *problems, const json_t *results, const struct asked *asked)
{
    const json_t *found = problems->found;
    bool standard = g_strcmp0(asked->junit, "-") == 0;
    bool sound = problems->started && problems_count(found, "errors") == 0;
    problems_print(json_object_get(found, "errors"), "");
    if (asked->names[0] == NULL)
        problems_print(json_object_get(found, "warnings"), "warning: ");
    size_t failed = print_failures(results);
    bool written = write_junit(asked, found, results);
    if (asked->as_json)
        print_objects(found, results, failed);
    else if (asked->coverage && !standard && json_object_get(found, "coverage") != NULL)
        test_report_coverage(json_object_get(found, "coverage"));
    if (!asked->as_json)
        fprintf(standard ? stderr : stdout, "%zu passed, %zu failed\n", json_array_size(results) - failed,
                failed + !sound);
    return written && sound && failed == 0;
}

/* Where no test could run, those that cannot for themselves are told all the same. */
static const json_t *results_of(const json_t *found)
{
    const json_t *tests = json_object_get(found, "tests"), *results = json_object_get(tests, "results");
    return results != NULL ? results : json_object_get(tests, "failed");
}

static int test(const struct common_options *common, const struct asked *asked)
{
    struct problems problems;
    g_autoptr(json_t) wanted = json_pack("{s:b, s:b}", "results", 1, "coverage", asked->coverage ? 1 : 0);
    if (!problems_find(&problems, common, wanted))
        return EXIT_NO;
    const json_t *found = problems.found;
    bool ran = json_object_get(json_object_get(found, "tests"), "results") != NULL;
    char *all[] = {NULL};
    g_autoptr(json_t) results = chosen(results_of(found), ran ? asked->names : all);
    bool good = results != NULL && say(&problems, results, asked);
    problems_clear(&problems);
    return good ? EXIT_DONE : EXIT_NO;
}

static int run_test(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct asked asked = {0};
    g_autofree char *junit = NULL;
    const GOptionEntry own[] = {
        {"coverage", 0, 0, G_OPTION_ARG_NONE, &asked.coverage,
         "say which rules, conditions, captures and actions no test reaches", NULL},
        {"junit", 0, 0, G_OPTION_ARG_FILENAME, &junit, "write the results as JUnit XML; - is standard output",
         "FILE"},
        {NULL},
    };
    if (!options_parse(&command_test, argc, argv, &common, own, &asked.names))
        return EXIT_USAGE;
    asked.as_json = common.json;
    asked.junit = junit;
    if (g_strcmp0(asked.junit, "-") == 0 && (common.json || asked.coverage)) {
        options_fail("test",
                     "--junit - fills standard output: give it a file, or leave out --json and --coverage");
        return EXIT_USAGE;
    }
    return test(&common, &asked);
}

const struct command command_test = {
    .name = "test",
    .arguments = "[NAME-OR-RULE…]",
    .summary = "Run the rules' own tests",
    .help =
        "Names choose tests: those with the text in their name, file or rule; without any, all.\n"
        "Exit status 0 when all pass, 1 when one fails, the rules have mistakes, or a name chooses none.\n\n"
        "Example: awsift test --rules ./my-rules --coverage",
    .run = run_test,
    .most = G_MAXUINT,
};
