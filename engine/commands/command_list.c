/* awsift list: what came, what it was taken for, what was done. */
#include "commands/options.h"
#include "ledger/ledger.h"
#include "base/json.h"
#include "base/times.h"
#include "mail/text.h"

#include <stdio.h>
#include <string.h>

/* A moment as ISO 8601, or a duration before now. */
static bool read_moment(const char *text, int64_t *moment)
{
    int64_t duration;
    *moment = 0;
    if (text == NULL || time_parse(text, moment))
        return true;
    if (!duration_parse(text, &duration)) {
        options_fail("list", "--since and --until need a time such as 2026-11-24, or a duration such as 24h");
        return false;
    }
    *moment = time_now() - duration;
    return true;
}

static bool print_row(json_t *row, void *data)
{
    const struct common_options *common = data;
    if (common->json) {
        g_autofree char *line = json_canonical(row);
        printf("%s\n", line);
        return true;
    }
    g_autofree char *subject = text_one_line(json_text_or(row, "subject", "")),
                    *clipped = text_clip(subject, 80);
    printf("%6d  %s  %-18s %-10s %-9s %s\n", (int)json_number(row, "id", 0), json_text_or(row, "arrived", ""),
           json_text_or(row, "category", ""), json_text_or(row, "verdict", "-"),
           json_text_or(row, "state", ""), clipped);
    return true;
}

static int run(int argc, char **argv)
{
    struct common_options common = {0};
    struct ledger_filter filter = {0};
    char *category = NULL, *account = NULL, *rule = NULL, *state = NULL, *since = NULL, *until = NULL, **rest;
    gint64 limit = 0;
    const GOptionEntry own[] = {
        {"category", 0, 0, G_OPTION_ARG_STRING, &category, "of this category", "NAME"},
        {"account", 0, 0, G_OPTION_ARG_STRING, &account, "of this account", "ID"},
        {"rule", 0, 0, G_OPTION_ARG_STRING, &rule, "decided by this rule", "RULE"},
        {"state", 0, 0, G_OPTION_ARG_STRING, &state,
         "decided, filed, missing, unreadable; or with an action waiting, dead, …", "STATE"},
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "arrived since then", "TIME"},
        {"until", 0, 0, G_OPTION_ARG_STRING, &until, "arrived before", "TIME"},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "at most so many, the newest (default: all)", "N"},
        {NULL},
    };
    if (!options_parse(&command_list, argc, argv, &common, own, &rest) ||
        !read_moment(since, &filter.since) || !read_moment(until, &filter.until))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    filter.category = category, filter.account = account, filter.rule = rule, filter.state = state,
    filter.limit = limit;
    g_autofree char *path = g_build_filename(config->store, "ledger.db", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = ledger_open(path, LEDGER_READ, &error);
    bool good = ledger != NULL && ledger_list(ledger, &filter, print_row, &common, &error);
    if (!good)
        options_fail("list", error->message);
    config_free(config);
    return good ? EXIT_DONE : EXIT_NO;
}

const struct command command_list = {
    .name = "list",
    .arguments = "",
    .summary = "List what came and what it was taken for, newest first",
    .help = "TIME is 2026-11-24, 2026-11-24T09:00:00Z, or a duration before now such as 24h.\n\n"
            "Example: awsift list --category abuse_report --since 7d",
    .run = run,
};
