/* awsift run: the daemon. --dry-run decides what lies in the spools and prints what would be done; it
 * records, files and sends nothing, so it may run beside the daemon. */
#include "commands/decide_file.h"
#include "commands/options.h"
#include "keeper/answer.h"
#include "keeper/keeper.h"
#include "base/json.h"

#include <stdio.h>

struct dry_run {
    const struct common_options *common;
    int64_t number;
};

static void print_decision(const char *file, json_t *answer, const GError *error, void *data)
{
    struct dry_run *dry = data;
    const json_t *decision = json_object_get(answer, "decision");
    dry->number++;
    if (!json_is_object(decision)) {
        fprintf(stderr, "%s: %s\n", file,
                error != NULL ? error->message : json_text_or(answer, "failed", "cannot be read"));
    } else if (dry->common->json) {
        g_autoptr(json_t) object = json_copy((json_t *)decision);
        json_object_set_new(object, "file", json_text_new(file));
        print_json_line(object);
    } else {
        g_autofree char *line = answer_describe(dry->number, decision);
        g_autofree char *name = g_path_get_basename(file);
        printf("%s: %s\n", name, line);
    }
}

static int run_dry(struct config *config, const struct common_options *common)
{
    struct deciding deciding;
    struct dry_run dry = {.common = common};
    g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *spool = config->spools->pdata[i];
        char *folder = g_build_filename(spool->path, spool->kind == SPOOL_MAILDIR ? "new" : NULL, NULL);
        if (g_file_test(folder, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(folders, folder);
        else
            g_free(folder);
    }
    g_ptr_array_add(folders, NULL);
    bool started = deciding_start(&deciding, config, false);
    const json_t *errors = started ? json_object_get(deciding.ready, "errors") : NULL;
    bool sound = started && json_array_size(errors) == 0;
    unsigned unread = 0;
    if (started) {
        deciding_print_problems(&deciding, errors, ""); /* gone once a decider had to be replaced */
        g_autoptr(json_t) request = json_object();
        unread = deciding_each(&deciding, (char **)folders->pdata, request, print_decision, &dry);
    }
    bool good = sound && unread == 0;
    deciding_stop(&deciding);
    return good ? EXIT_DONE : EXIT_NO;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    gboolean once = FALSE, dry_run = FALSE;
    char **rest;
    const GOptionEntry own[] = {
        {"once", 0, 0, G_OPTION_ARG_NONE, &once, "take what lies in the spools, do what is due, and end",
         NULL},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run,
         "print what would be done with what lies in the spools; change nothing", NULL},
        {NULL},
    };
    if (!options_parse(&command_run, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    if (dry_run)
        return run_dry(config, &common);
    const struct keeper_options options = {.once = once};
    int status = keeper_run(config, &options);
    config_free(config);
    return status;
}

const struct command command_run = {
    .name = "run",
    .arguments = "",
    .summary = "Watch the spools, decide mail and carry out what was decided",
    .help =
        "Runs in the foreground and logs to standard error. SIGTERM ends it in good order, SIGHUP loads the rules again\n"
        "(they are loaded by themselves when they change).\n\n"
        "Example: awsift run --once --config /etc/awsift/awsift.lua",
    .run = run,
};
