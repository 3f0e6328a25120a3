/* awsift reload: asks the daemon to load the rules, and waits for the outcome. */
#include "commands/options.h"
#include "commands/daemon.h"
#include "base/json.h"
#include "base/rule_path.h"

#include <stdio.h>

#define PATIENCE 180000

static void print_errors(const json_t *errors, FILE *out)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)errors, index, entry) {
        g_autofree char *place = rule_problem_place(entry);
        fprintf(out, "%s%s\n", place, json_text_or(entry, "message", "?"));
    }
}

static int run(int argc, char **argv)
{
    struct common_options common = {0};
    char **rest;
    g_autoptr(GError) error = NULL;
    if (!options_parse(&command_reload, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(json_t) request = json_pack("{s:s}", "command", "reload");
    g_autoptr(json_t) answer = daemon_ask(config, request, PATIENCE, &error);
    config_free(config);
    if (answer == NULL) {
        options_fail("reload", error->message);
        return EXIT_NO;
    }
    bool good = json_flag(answer, "ok");
    if (common.json) {
        print_json_line(answer);
    } else if (good) {
        printf("generation %d is live, revision %.8s\n", (int)json_number(answer, "generation", 0),
               json_text_or(answer, "revision", "?"));
    } else {
        print_errors(json_object_get(answer, "errors"), stderr);
        options_fail("reload", json_text_or(answer, "error", "the rules were not loaded; the old ones stay"));
    }
    return good ? EXIT_DONE : EXIT_NO;
}

const struct command command_reload = {
    .name = "reload",
    .arguments = "",
    .summary = "Load the rules again in the running daemon",
    .help = "Answers when the new rules are live, or says why they are not; then the old ones stay.",
    .run = run,
};
