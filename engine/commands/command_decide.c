/* awsift decide: archived mail decided again. A daemon that runs does it with its live rules; where none
 * runs, a keeper of our own does it, carries out what is due, and ends. */
#include "commands/options.h"
#include "keeper/control.h"
#include "keeper/keeper.h"
#include "base/error.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

struct wish {
    char *as;
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

/* The results, or NULL after the error was printed. */
static json_t *decide(const struct config *config, const struct wish *wish)
{
    const char *person = g_get_user_name();
    g_autoptr(json_t) request =
        json_pack("{s:s, s:O, s:o, s:s, s:b}", "command", "decide", "ids", wish->ids, "as",
                  json_text_new(wish->as), "by", person, "dry_run", (int)wish->dry_run);
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) answer = control_ask(config, request, -1, &error);
    if (answer != NULL && json_flag(answer, "ok"))
        return json_incref(json_object_get(answer, "results"));
    if (answer != NULL || !g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        options_fail("decide", answer != NULL ? json_text_or(answer, "error", "no answer") : error->message);
        return NULL;
    }
    json_t *results = NULL;
    const struct keeper_options options = {.decide = request, .decided = &results};
    keeper_run(config, &options);
    return results;
}

static void print_error(const json_t *entry, const char *error)
{
    int64_t id = json_number(entry, "id", 0);
    g_autofree char *mail = id > 0 ? g_strdup_printf("mail %" G_GINT64_FORMAT ": ", id) : g_strdup("");
    fprintf(stderr, "awsift decide: %s%s\n", mail, error);
}

static unsigned print_results(const json_t *results, bool as_json)
{
    size_t index;
    json_t *entry;
    unsigned failed = 0;
    json_array_foreach((json_t *)results, index, entry) {
        const char *error = json_text(entry, "error");
        failed += error != NULL;
        if (as_json) {
            print_json_line(entry);
        } else if (error != NULL) {
            print_error(entry, error);
        } else {
            printf("%6d  %s -> %s by %s, %d actions queued\n", (int)json_number(entry, "id", 0),
                   json_text_or(entry, "before", "?"), json_text_or(entry, "after", "?"),
                   json_text_or(entry, "rule", "no rule"), (int)json_number(entry, "queued", 0));
        }
    }
    return failed;
}

static int decide_wished(const struct config *config, struct wish *wish, bool as_json)
{
    if (wish->unmatched && !add_unmatched(config, wish->since, wish->ids))
        return EXIT_NO;
    if (json_array_size(wish->ids) == 0)
        return EXIT_DONE;
    g_autoptr(json_t) results = decide(config, wish);
    return results != NULL && print_results(results, as_json) == 0 ? EXIT_DONE : EXIT_NO;
}

static int run(int argc, char **argv)
{
    struct common_options common = {0};
    struct wish wish = {0};
    char *since = NULL, **rest;
    const GOptionEntry own[] = {
        {"unmatched", 0, 0, G_OPTION_ARG_NONE, &wish.unmatched, "every mail that no rule knew", NULL},
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "of these, what arrived since then", "TIME"},
        {"as", 0, 0, G_OPTION_ARG_STRING, &wish.as, "decide it as this category, whatever the rules say",
         "CATEGORY"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wish.dry_run, "show what would change; change nothing", NULL},
        {NULL},
    };
    if (!options_parse(&command_decide, argc, argv, &common, own, &rest) ||
        !options_moment("decide", "--since", since, &wish.since))
        return EXIT_USAGE;
    g_autoptr(json_t) ids = wish.ids = json_array();
    if (!add_ids(rest, ids))
        return EXIT_USAGE;
    if (wish.unmatched == (json_array_size(ids) > 0) || (since != NULL && !wish.unmatched)) {
        options_fail("decide", "needs either numbers of mails, or --unmatched [--since TIME]");
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
            "not done yet are queued.\n\n"
            "Example: awsift decide --unmatched --since 7d --dry-run",
    .most = G_MAXUINT,
    .run = run,
};
