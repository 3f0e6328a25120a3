/* awsift reload: asks the daemon to load the rules, and waits for the outcome. What refused the rules is 1,
 * what says nothing about them (no daemon, one that ends or hangs, files that are still being written) is 75.
 */
#include "commands/options.h"
#include "commands/daemon.h"
#include "commands/problems.h"
#include "base/json.h"

#include <stdio.h>

#define PATIENCE 180000

static void print_loaded(const json_t *answer)
{
    int number = (int)json_number(answer, "generation", 0);
    const char *revision = json_text_or(answer, "revision", "?"),
               *old = json_text(json_object_get(answer, "before"), "revision");
    if (!json_flag(answer, "changed")) {
        printf("nothing changed: generation %d stays live, revision %.8s\n", number, revision);
        return;
    }
    printf("generation %d is live, revision %.8s", number, revision);
    if (old != NULL)
        printf(" (was %.8s)", old);
    printf(": %d rules, %d tests passed, in %d ms\n", (int)json_number(answer, "rules", 0),
           (int)json_number(answer, "tests", 0), (int)json_number(answer, "duration", 0));
}

static void print_refused(const json_t *answer)
{
    problems_print(json_object_get(answer, "errors"), "");
    bool live =
        json_object_get(answer, "generation") != NULL && !json_is_null(json_object_get(answer, "generation"));
    g_autofree char *stays =
        live ? g_strdup_printf("the rules were not loaded; generation %d stays live, revision %.8s",
                               (int)json_number(answer, "generation", 0),
                               json_text_or(answer, "revision", "?"))
             : g_strdup("the rules were not loaded, and none are: no mail is taken until they can be");
    options_fail("reload", json_text_or(answer, "error", stays));
}

static int say(const json_t *answer, bool as_json)
{
    bool good = json_flag(answer, "ok");
    if (as_json)
        print_json_line(answer);
    else if (good)
        print_loaded(answer);
    else
        print_refused(answer);
    if (!as_json && json_flag(answer, "changed"))
        problems_print(json_object_get(answer, "warnings"), "warning: ");
    return good ? EXIT_DONE : json_flag(answer, "again") ? EXIT_TRY_AGAIN : EXIT_NO;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    char **rest;
    gboolean force = FALSE;
    const GOptionEntry own[] = {
        {"force", 0, 0, G_OPTION_ARG_NONE, &force,
         "also where rule files look as if they had been emptied by accident", NULL},
        {NULL},
    };
    g_autoptr(GError) error = NULL;
    if (!options_parse(&command_reload, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(json_t) request = json_pack("{s:s, s:b}", "command", "reload", "force", (int)force);
    g_autoptr(json_t) answer = daemon_ask(config, request, PATIENCE, &error);
    config_free(config);
    if (answer == NULL) {
        options_fail("reload", error->message);
        return EXIT_TRY_AGAIN;
    }
    return say(answer, common.json);
}

const struct command command_reload = {
    .name = "reload",
    .arguments = "",
    .summary = "Load the rules again in the running daemon",
    .help =
        "Answers when the new rules are live, or says why they are not; then the old ones stay.\n"
        "Exits 1 when the rules were refused, 75 when that could not be found out: no daemon\n"
        "answers, or the files are still being written.\n\n"
        "Rules and contacts that are saved are loaded by themselves. awsift.lua is read once, when the daemon\n"
        "starts: restart it after a change there.",
    .run = run,
};
