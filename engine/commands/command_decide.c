/* awsift decide: mail that the ledger knows decided again, with the rules of today or as a person says. */
#include "commands/options.h"
#include "commands/redeciding.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/decision.h"

struct wish {
    const char *as;
    int64_t since;
    gboolean unmatched, dry_run;
    json_t *ids;
};

static bool add_row(json_t *row, void *data)
{
    json_array_insert_new(data, 0, json_integer(json_number(row, "id", 0)));
    return true;
}

static bool add_unmatched(const struct config *config, int64_t since, json_t *ids)
{
    const struct ledger_filter filter = {.category = "unmatched", .since = since};
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("decide", config);
    if (ledger == NULL)
        return false;
    if (!ledger_list(ledger, &filter, add_row, ids, &error))
        options_fail("decide", error->message);
    return error == NULL;
}

static bool add_ids(char **rest, json_t *ids)
{
    for (; *rest != NULL; rest++) {
        gint64 id;
        if (!g_ascii_string_to_signed(*rest, 10, 1, G_MAXINT64, &id, NULL)) {
            g_autofree char *text =
                g_strdup_printf("'%s' is no number of a mail; awsift list shows them", *rest);
            options_fail("decide", text);
            return false;
        }
        json_array_append_new(ids, json_integer(id));
    }
    return true;
}

static json_t *decide(const struct config *config, const struct wish *wish, int *status)
{
    g_autoptr(json_t) request = json_pack("{s:s, s:O, s:o, s:b}", "command", "decide", "ids", wish->ids, "as",
                                          json_text_new(wish->as), "dry_run", (int)wish->dry_run);
    return redeciding_ask("decide", config, request, status);
}

static int decide_wished(const struct config *config, struct wish *wish, bool as_json)
{
    if (wish->unmatched && !add_unmatched(config, wish->since, wish->ids))
        return EXIT_NO;
    if (json_array_size(wish->ids) == 0)
        return EXIT_DONE;
    int status = EXIT_NO;
    g_autoptr(json_t) results = decide(config, wish, &status);
    return results != NULL ? redeciding_print("decide", results, wish->dry_run, as_json) : status;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct wish wish = {0};
    g_autofree char *since = NULL, *as = NULL;
    char **rest;
    const GOptionEntry own[] = {
        {"unmatched", 0, 0, G_OPTION_ARG_NONE, &wish.unmatched, "every mail that no rule knew", NULL},
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "of these, what arrived since then", "TIME"},
        {"as", 0, 0, G_OPTION_ARG_STRING, &as, "decide it as this category, whatever the rules say",
         "CATEGORY"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wish.dry_run, "show what would change; change nothing", NULL},
        {NULL},
    };
    if (!options_parse(&command_decide, argc, argv, &common, own, &rest) ||
        !options_moment("decide", "--since", since, &wish.since))
        return EXIT_USAGE;
    wish.as = as;
    g_autoptr(json_t) ids = wish.ids = json_array();
    if (!add_ids(rest, ids))
        return EXIT_USAGE;
    if (wish.unmatched == (json_array_size(ids) > 0) || (since != NULL && !wish.unmatched)) {
        options_fail("decide", "needs either numbers of mails, or --unmatched [--since TIME]");
        return EXIT_USAGE;
    }
    if (wish.as != NULL && !name_is_valid(wish.as)) {
        options_fail("decide",
                     "--as needs the name of a category: lower case letters, digits, '.', '_' and '-'");
        return EXIT_USAGE;
    }
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    int status = decide_wished(config, &wish, common.json);
    config_free(config);
    return status;
}

const struct command command_decide = {
    .name = "decide",
    .arguments = "[ID…]",
    .summary = "Decide archived mail again with today's rules",
    .help = "The new decision names the old one. Only actions whose message, action and destination are\n"
            "not done yet are queued. Exit status 1 when a mail could not be decided, 75 when the running\n"
            "daemon cannot do it now.\n\n"
            "Example: awsift decide --unmatched --since 7d --dry-run",
    .most = G_MAXUINT,
    .run = run,
};
