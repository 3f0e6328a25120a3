/* awsift list: what came, what it was taken for, what was done. */
#include "commands/options.h"
#include "commands/table.h"
#include "base/json.h"
#include "ledger/handling.h"
#include "wire/action.h"

static const char *const titles[] = {"ID", "ARRIVED", "CATEGORY", "VERDICT", "STATE", "SUBJECT", NULL};
static const char *const titles_owed[] = {"ID",    "ARRIVED", "CATEGORY", "ACCOUNT", "RULE",
                                          "SINCE", "UNTIL",   "SUBJECT",  NULL};
static const char *const titles_dead[] = {"ACTION", "MAIL", "DIED", "WHAT", "FAILURE", "REASON", NULL};

struct listing {
    bool json, owed;
    struct table *table;
};

static bool print_row(json_t *row, void *data)
{
    const struct listing *listing = data;
    if (listing->json) {
        print_json_line(row);
        return true;
    }
    g_autofree char *id = g_strdup_printf("%d", (int)json_number(row, "id", 0));
    if (listing->owed) {
        const json_t *owed = json_object_get(row, "owed");
        const char *cells[] = {id,
                               json_text(row, "arrived"),
                               json_text(row, "category"),
                               json_text(row, "account"),
                               json_text(row, "rule"),
                               json_text(owed, "since"),
                               json_text(owed, "until"),
                               json_text_or(row, "subject", "")};
        table_add(listing->table, cells);
        return true;
    }
    const char *cells[] = {id,
                           json_text(row, "arrived"),
                           json_text(row, "category"),
                           json_text(row, "verdict"),
                           json_text(row, "state"),
                           json_text_or(row, "subject", "")};
    table_add(listing->table, cells);
    return true;
}

static bool print_dead(json_t *row, void *data)
{
    const struct listing *listing = data;
    if (listing->json) {
        print_json_line(row);
        return true;
    }
    g_autofree char *mail = g_strdup_printf("%d", (int)json_number(row, "mail", 0));
    g_autofree char *what = action_describe(json_text_or(row, "name", ""), json_object_get(row, "args"));
    const char *cells[] = {json_text(row, "action"),  mail,
                           json_text(row, "ended"),   what,
                           json_text(row, "failure"), json_text_or(row, "reason", "")};
    table_add(listing->table, cells);
    return true;
}

static bool is_state(const char *name)
{
    static const char *const states[] = {"decided",  "filed", "missing", "unreadable", "waiting", "running",
                                         "gathered", "done",  "dead",    "dropped",    NULL};
    if (name == NULL || g_strv_contains(states, name))
        return true;
    g_autofree char *known = g_strjoinv(", ", (char **)states);
    g_autofree char *what = g_strdup_printf("there is no state '%s'; there are %s", name, known);
    options_fail("list", what);
    return false;
}

/* Prints what is wrong. */
static bool is_sensible(const struct ledger_filter *filter, bool dead)
{
    const char *why = filter->limit < 0    ? "--limit needs a number above zero"
                      : filter->thread < 0 ? "--thread needs the number of a mail"
                      : dead && (filter->state != NULL || filter->thread > 0)
                          ? "--dead lists actions: --state and --thread choose mails"
                          : NULL;
    if (why != NULL)
        options_fail("list", why);
    return why == NULL;
}

static bool list(const struct config *config, const struct ledger_filter *filter, bool dead, bool as_json)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("list", config);
    if (ledger == NULL)
        return false;
    struct listing listing = {.json = as_json,
                              .owed = filter->owed,
                              .table = table_new(dead           ? titles_dead
                                                 : filter->owed ? titles_owed
                                                                : titles)};
    bool good = dead ? ledger_dead(ledger, filter, print_dead, &listing, &error)
                     : ledger_list(ledger, filter, print_row, &listing, &error);
    table_print(listing.table);
    if (!good)
        options_fail("list", error->message);
    return good;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct ledger_filter filter = {0};
    g_autofree char *category = NULL, *account = NULL, *rule = NULL, *state = NULL, *since = NULL,
                    *until = NULL;
    char **rest;
    gint64 limit = 0, thread = 0;
    gboolean owed = FALSE, dead = FALSE;
    const GOptionEntry own[] = {
        {"category", 0, 0, G_OPTION_ARG_STRING, &category, "of this category", "NAME"},
        {"account", 0, 0, G_OPTION_ARG_STRING, &account, "of this account", "ID"},
        {"rule", 0, 0, G_OPTION_ARG_STRING, &rule, "decided by this rule", "RULE"},
        {"state", 0, 0, G_OPTION_ARG_STRING, &state,
         "decided, filed, missing, unreadable; or with an action waiting, dead, …", "STATE"},
        {"dead", 0, 0, G_OPTION_ARG_NONE, &dead,
         "the actions that are dead, the last first; since and until are when they died", NULL},
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "arrived since then", "TIME"},
        {"until", 0, 0, G_OPTION_ARG_STRING, &until, "arrived before", "TIME"},
        {"thread", 0, 0, G_OPTION_ARG_INT64, &thread, "about the same notice as this mail", "ID"},
        {"owed", 0, 0, G_OPTION_ARG_NONE, &owed, "that waits to be acknowledged", NULL},
        {"limit", 0, 0, G_OPTION_ARG_INT64, &limit, "at most so many, the newest (default: all)", "N"},
        {NULL},
    };
    if (!options_parse(&command_list, argc, argv, &common, own, &rest) || !is_state(state) ||
        !options_moment("list", "--since", since, &filter.since) ||
        !options_moment("list", "--until", until, &filter.until))
        return EXIT_USAGE;
    filter.category = category, filter.account = account, filter.rule = rule, filter.state = state,
    filter.limit = limit, filter.thread = thread, filter.owed = owed;
    if (!is_sensible(&filter, dead))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    bool good = list(config, &filter, dead, common.json);
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
