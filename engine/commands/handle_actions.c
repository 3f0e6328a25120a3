/* Retry, drop and resend: the options, who is asked, and what came of it. */
#include "commands/handle_actions.h"
#include "commands/daemon.h"
#include "commands/options.h"
#include "base/json.h"
#include "keeper/handling.h"
#include "wire/action.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE 60000 /* ms */

struct wish {
    gboolean dead, dry_run;
    char *action, *channel, *since, *by, *why;
};

static void wish_clear(struct wish *wish)
{
    char *texts[] = {wish->action, wish->channel, wish->since, wish->by, wish->why};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
}

static json_t *request_of(const struct command *command, const struct wish *wish, char **rest, int64_t since)
{
    json_t *ids = json_array();
    for (; *rest != NULL; rest++)
        json_array_append_new(ids, json_text_new(*rest));
    return json_pack("{s:s, s:o, s:b, s:o, s:o, s:I, s:o, s:o, s:b}", "command", command->name, "ids", ids,
                     "dead", wish->dead, "action", json_text_new(wish->action), "channel",
                     json_text_new(wish->channel), "since", (json_int_t)since, "by",
                     json_text_new(wish->by != NULL ? wish->by : g_get_user_name()), "why",
                     json_text_new(wish->why), "dry_run", wish->dry_run);
}

static json_t *write_down(struct ledger *ledger, const json_t *request, GError **error)
{
    json_t *results = handling_write(ledger, request, error);
    return results != NULL ? json_pack("{s:b, s:o}", "ok", 1, "results", results) : NULL;
}

static void print_result(const struct command *command, const json_t *entry, bool dry_run)
{
    const char *error = json_text(entry, "error"), *as = json_text(entry, "as"),
               *action = json_text(entry, "action");
    g_autofree char *what = action_describe(json_text_or(entry, "name", ""), json_object_get(entry, "args")),
                    *which = action != NULL ? g_strdup_printf("%s of mail %d, %s: ", action,
                                                              (int)json_number(entry, "mail", 0), what)
                                            : g_strdup("");
    if (error != NULL)
        fprintf(stderr, "awsift %s: %s%s\n", command->name, which, error);
    else
        printf("%s%s%s%s%s\n", which, dry_run ? "would be " : "", json_text_or(entry, "result", "?"),
               as != NULL ? " as " : "", as != NULL ? as : "");
}

static int say(const struct command *command, const json_t *answer, bool dry_run, bool as_json)
{
    const json_t *results = json_object_get(answer, "results");
    size_t index;
    json_t *entry;
    int status = EXIT_DONE;
    json_array_foreach((json_t *)results, index, entry) {
        if (json_text(entry, "error") != NULL)
            status = EXIT_NO;
        if (as_json)
            print_json_line(entry);
        else
            print_result(command, entry, dry_run);
        output_check();
    }
    if (!as_json && json_array_size(results) == 0)
        printf(
            "nothing that is dead or waits is of that kind; awsift list --dead and awsift status name what is\n");
    return status;
}

static int ask(const struct command *command, const struct config *config, const json_t *request,
               bool as_json)
{
    int status = EXIT_NO;
    g_autoptr(json_t) answer =
        daemon_write_down(command->name, config, request, PATIENCE, write_down, &status);
    return answer != NULL ? say(command, answer, json_flag(request, "dry_run"), as_json) : status;
}

int handle_actions(const struct command *command, int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct wish wish = {0};
    char **rest;
    int64_t since = 0;
    int status = EXIT_USAGE;
    const GOptionEntry all[] = {
        {"by", 0, 0, G_OPTION_ARG_STRING, &wish.by, "who asks (default: who you are here)", "NAME"},
        {"why", 0, 0, G_OPTION_ARG_STRING, &wish.why, "why, for those who wonder", "TEXT"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wish.dry_run, "show what would be done; do nothing", NULL},
        {"dead", 0, 0, G_OPTION_ARG_NONE, &wish.dead, "all that are dead", NULL},
        {"action", 0, 0, G_OPTION_ARG_STRING, &wish.action, "those of this name, dead or waiting", "NAME"},
        {"channel", 0, 0, G_OPTION_ARG_STRING, &wish.channel, "those for this channel, dead or waiting",
         "NAME"},
        {"since", 0, 0, G_OPTION_ARG_STRING, &wish.since, "of these, what was queued since then", "TIME"},
        {NULL},
    };
    GOptionEntry own[G_N_ELEMENTS(all)];
    memcpy(own, all, sizeof all);
    if (strcmp(command->name, "resend") == 0)
        own[3] = (GOptionEntry){NULL}; /* numbers alone */
    if (options_parse(command, argc, argv, &common, own, &rest) &&
        options_moment(command->name, "--since", wish.since, &since)) {
        g_autoptr(json_t) request = request_of(command, &wish, rest, since);
        g_autofree char *fault = handling_fault(request);
        struct config *config = NULL;
        if (fault != NULL)
            options_fail(command->name, fault);
        else
            config = options_config(&common);
        if (config != NULL)
            status = ask(command, config, request, common.json);
        config_free(config);
    }
    wish_clear(&wish);
    return status;
}
