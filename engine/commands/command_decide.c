/* awsift decide: archived mail decided again. A daemon that runs does it with its live rules; where none
 * runs, a keeper of our own does it, carries out what is due, and ends. */
#include "commands/options.h"
#include "commands/daemon.h"
#include "keeper/keeper.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/decision.h"

#include <stdio.h>
#include <stdlib.h>

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

#define RULES_PATIENCE 5000 /* ms for a daemon that has just been started to load its rules */
#define RULES_LOOK 100

static json_t *ask(const struct config *config, const json_t *request, GError **error)
{
    int64_t until = time_now() + RULES_PATIENCE;
    for (;;) {
        json_t *answer = daemon_ask(config, request, -1, error);
        if (!json_flag(answer, "again") || time_now() >= until)
            return answer;
        json_decref(answer);
        g_usleep(RULES_LOOK * 1000);
    }
}

/* The results, or NULL with *status after the error was printed. */
static json_t *decide(const struct config *config, const struct wish *wish, int *status)
{
    const char *person = g_get_user_name();
    g_autoptr(json_t) request =
        json_pack("{s:s, s:O, s:o, s:s, s:b}", "command", "decide", "ids", wish->ids, "as",
                  json_text_new(wish->as), "by", person, "dry_run", (int)wish->dry_run);
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) answer = ask(config, request, &error);
    if (answer != NULL && json_flag(answer, "ok"))
        return json_incref(json_object_get(answer, "results"));
    if (answer != NULL || !g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        options_fail("decide", answer != NULL ? json_text_or(answer, "error", "no answer") : error->message);
        bool later = json_flag(answer, "again") || g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY);
        *status = later ? EXIT_TRY_AGAIN : EXIT_NO;
        return NULL;
    }
    json_t *results = NULL;
    const struct keeper_options options = {.decide = request, .decided = &results};
    keeper_run(config, &options);
    *status = EXIT_NO;
    return results;
}

static void print_error(const json_t *entry, const char *error)
{
    int64_t id = json_number(entry, "id", 0);
    g_autofree char *mail = id > 0 ? g_strdup_printf("mail %" G_GINT64_FORMAT ": ", id) : g_strdup("");
    fprintf(stderr, "awsift decide: %s%s\n", mail, error);
}

/* Returns the exit status: what concerns no mail is the category that a person named. */
static int print_results(const json_t *results, const struct wish *wish, bool as_json)
{
    size_t index;
    json_t *entry;
    int status = EXIT_DONE;
    json_array_foreach((json_t *)results, index, entry) {
        const char *error = json_text(entry, "error");
        if (error != NULL && status != EXIT_USAGE)
            status = json_is_null(json_object_get(entry, "id")) ? EXIT_USAGE : EXIT_NO;
        if (as_json) {
            print_json_line(entry);
        } else if (error != NULL) {
            print_error(entry, error);
        } else {
            const char *queued =
                wish->dry_run ? "%d actions, queued where not done yet" : "%d actions queued";
            g_autofree char *actions = g_strdup_printf(
                queued, wish->dry_run ? (int)json_array_size(json_object_get(entry, "actions"))
                                      : (int)json_number(entry, "queued", 0));
            printf("%6d  %s -> %s by %s, %s\n", (int)json_number(entry, "id", 0),
                   json_text_or(entry, "before", "?"), json_text_or(entry, "after", "?"),
                   json_text_or(entry, "rule", "no rule"), actions);
        }
    }
    return status;
}

static int decide_wished(const struct config *config, struct wish *wish, bool as_json)
{
    if (wish->unmatched && !add_unmatched(config, wish->since, wish->ids))
        return EXIT_NO;
    if (json_array_size(wish->ids) == 0)
        return EXIT_DONE;
    int status = EXIT_NO;
    g_autoptr(json_t) results = decide(config, wish, &status);
    return results != NULL ? print_results(results, wish, as_json) : status;
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
