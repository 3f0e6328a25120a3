/* awsift check: what can be known of configuration and rules before a mail comes, all of it in one run. */
#include "commands/problems.h"
#include "actor/destinations.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/privileges.h"
#include "base/times.h"

#include <stdio.h>

#define KEEP_LEAST (3 * INT64_C(86400000)) /* ms */

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

static void warn(json_t *warnings, const struct config *config, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void warn(json_t *warnings, const struct config *config, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    json_array_append_new(warnings, json_pack("{s:o, s:n, s:o}", "file", json_text_new(config->file), "line",
                                              "message", json_text_new(text)));
}

static void warn_of_destinations(json_t *warnings, const struct config *config)
{
    g_autoptr(GPtrArray) texts = destinations_review(config->json);
    for (guint i = 0; i < texts->len; i++)
        warn(warnings, config, "%s", (const char *)texts->pdata[i]);
}

/* The configuration knows no actions: which there are, the rules say. */
static void warn_of_policies(json_t *warnings, const struct config *config, const json_t *actions)
{
    const char *name;
    json_t *policy;
    g_autoptr(json_t) known = json_keys(actions);
    json_object_foreach(json_object_get(config->json, "policies"), name, policy) {
        const char *near = nearest_name(known, NULL, name);
        if (json_object_get(actions, name) == NULL)
            warn(warnings, config, "policy '%s' is of no action that there is%s%s%s", name,
                 near != NULL ? " (did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?)" : "");
    }
}

/* Mail that is still retried, told of or linked with would be gone. */
static void warn_of_keep(json_t *warnings, const struct config *config)
{
    int64_t keep = json_number(config->json, "keep", 0),
            window = json_number(json_object_get(config->json, "threads"), "window", LEDGER_THREAD_WINDOW);
    g_autofree char *kept = duration_format(keep), *linked = duration_format(window);
    if (keep > 0 && keep < KEEP_LEAST)
        warn(
            warnings, config,
            "store: keep = %s is less than 3 days: what came on a Friday is gone on Monday, before anybody saw it",
            kept);
    else if (keep > 0 && keep < window)
        warn(
            warnings, config,
            "store: keep = %s is less than the %s within which mails are linked (threads { window }): an update may "
            "find its notice gone",
            kept, linked);
}

/* What is doubtful about the configuration itself, beside what the rules were found to lack. */
static void warn_of_configuration(json_t *result, const struct config *config)
{
    json_t *warnings = json_object_get(result, "warnings"), *actions = json_object_get(result, "actions");
    if (trusts_nobody(config))
        warn(warnings, config,
             "no trust is configured for a spool: who speaks stays unproven, calls are held; name your mail "
             "server with trust { authserv_id = … }");
    if (config_lacks_operators(config))
        warn(warnings, config,
             "no address of the operators is configured: what no rule knows, forged mail and "
             "alerts go to operators@localhost; name yours with operators { mail = \"…\" }");
    g_autofree char *doubt = privileges_doubt(config);
    if (doubt != NULL)
        json_array_append_new(warnings, json_pack("{s:o, s:n, s:s, s:o}", "file", json_text_new(config->file),
                                                  "line", "code", "user", "message", json_text_new(doubt)));
    warn_of_keep(warnings, config);
    warn_of_destinations(warnings, config);
    if (json_is_object(actions))
        warn_of_policies(warnings, config, actions);
}

static int say(const struct problems *problems, bool as_json)
{
    const json_t *result = problems->found;
    json_t *tests = json_object_get(result, "tests");
    const struct config *config = problems->deciding.config;
    size_t errors = problems_count(result, "errors"), failed = problems_count(tests, "failed");
    if (config != NULL)
        warn_of_configuration(problems->found, config);
    problems_print(json_object_get(result, "errors"), "");
    problems_print(json_object_get(result, "warnings"), "warning: ");
    problems_print(json_object_get(tests, "failed"), "");
    if (as_json) {
        problems_complete(json_object_get(result, "errors"), "error", "invalid");
        problems_complete(json_object_get(result, "warnings"), "warning", "doubtful");
        problems_complete(json_object_get(tests, "failed"), "error", "test-failed");
        print_json_line(result);
    } else {
        printf("%zu rules, %zu errors, %zu warnings, %d tests passed, %zu failed\n",
               problems_count(result, "rules"), errors, problems_count(result, "warnings"),
               (int)json_number(tests, "passed", 0), failed);
    }
    return problems->started && errors == 0 && failed == 0 ? EXIT_DONE : EXIT_NO;
}

static int run_check(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct problems problems;
    char **rest;
    if (!options_parse(&command_check, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    if (!problems_find(&problems, &common, NULL))
        return EXIT_NO;
    int status = say(&problems, common.json);
    problems_clear(&problems);
    return status;
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
