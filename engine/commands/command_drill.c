/* awsift drill: a marked mail through the real channels. The running daemon makes it, takes it and acts on
 * it; we ask for it, and read in the ledger what happens. */
#include "commands/options.h"
#include "commands/daemon.h"
#include "commands/decide_file.h"
#include "keeper/control_request.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "mail/text.h"
#include "wire/action.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 60000, LOOK = 200, MAIL_MOST = CONTROL_LINE_MOST / 2 }; /* ms, ms, bytes */
#define WAIT_MOST INT64_C(31622400000)                                    /* ms: 366 days */

struct drill {
    const char *account, *to, *mail, *wait;
    gboolean power, no_wait;
    gint64 patience; /* ms to watch */
    bool as_json;
    GHashTable *printed; /* events of the timeline */
};

static json_t *request_of(const struct drill *drill, const char *rule)
{
    g_autofree char *bytes = NULL, *encoded = NULL;
    g_autoptr(GError) error = NULL;
    gsize size = 0;
    if (drill->mail != NULL && !g_file_get_contents(drill->mail, &bytes, &size, &error)) {
        options_fail("drill", error->message);
        return NULL;
    }
    if (drill->mail != NULL && (size == 0 || size > MAIL_MOST)) {
        options_fail("drill", size == 0 ? "the mail is empty" : "the mail is too large: 512K are the most");
        return NULL;
    }
    if (bytes != NULL)
        encoded = g_base64_encode((const guchar *)bytes, size);
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:o}", "command", "drill", "rule", rule, "account",
                     drill->account, "operators", strcmp(drill->to, "operators") == 0, "power",
                     (int)drill->power, "by", g_get_user_name(), "mail", json_text_new(encoded));
}

/* The daemon does not hold the tests of the shipped rules; a decider of our own does, and finds the mail of
 * one. */
static json_t *mail_of_tests(const struct common_options *common, const struct drill *drill, const char *rule)
{
    struct deciding deciding;
    struct config *config = options_config(common);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_autoptr(json_t) answer = NULL;
    if (config == NULL || !deciding_start(&deciding, config, true)) {
        if (config != NULL)
            deciding_stop(&deciding);
        close(nothing);
        return NULL;
    }
    g_autoptr(json_t) request =
        json_pack("{s:s, s:s, s:I, s:n, s:b, s:{s:{s:s, s:s, s:s, s:I}}}", "spool", "drill", "file", "drill",
                  "arrival", (json_int_t)time_now(), "recipient", "explain", 0, "drill", "make", "rule", rule,
                  "account", drill->account, "id", "test", "now", (json_int_t)time_now());
    answer = decider_client_ask(deciding.client, nothing, request, NULL, NULL);
    deciding_stop(&deciding);
    close(nothing);
    const char *mail = json_text(json_object_get(answer, "drill"), "mail");
    return mail != NULL ? json_string(mail) : NULL;
}

static json_t *ask(const struct common_options *common, const struct config *config,
                   const struct drill *drill, const char *rule, GError **error)
{
    g_autoptr(json_t) request = request_of(drill, rule);
    g_autoptr(json_t) answer = request != NULL ? daemon_ask(config, request, PATIENCE, error) : NULL;
    json_t *mail =
        json_flag(answer, "unmade") && drill->mail == NULL ? mail_of_tests(common, drill, rule) : NULL;
    if (mail == NULL)
        return json_incref(answer);
    json_object_set_new(request, "mail", mail);
    return daemon_ask(config, request, PATIENCE, error);
}

/* What stood in the timeline before is printed already; several events may read the same. */
static void print_news(struct drill *drill, const json_t *story)
{
    size_t index;
    json_t *event;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    json_array_foreach(json_object_get(story, "timeline"), index, event) {
        g_autofree char *what = text_one_line(json_text_or(event, "what", "")),
                        *line = g_strdup_printf("%s  %s", json_text_or(event, "time", ""), what);
        int times = GPOINTER_TO_INT(g_hash_table_lookup(seen, line)) + 1;
        g_hash_table_replace(seen, g_strdup(line), GINT_TO_POINTER(times));
        if (times <= GPOINTER_TO_INT(g_hash_table_lookup(drill->printed, line)))
            continue;
        if (drill->as_json)
            print_json_line(event);
        else
            printf("%s\n", line);
        fflush(stdout);
        g_hash_table_replace(drill->printed, g_steal_pointer(&line), GINT_TO_POINTER(times));
    }
}

static void count_actions(const json_t *story, int *open, int *failed)
{
    const json_t *decisions = json_object_get(story, "decisions");
    size_t i, index;
    json_t *decision, *action;
    *open = *failed = 0;
    json_array_foreach((json_t *)decisions, i, decision)
        json_array_foreach(json_object_get(decision, "actions"), index, action) {
            const char *state = json_text_or(action, "state", "");
            bool ended = strcmp(state, "done") == 0 || json_text(action, "ended") != NULL;
            *open += !ended;
            *failed += ended && strcmp(state, "done") != 0;
        }
}

static int end(const struct drill *drill, int64_t id, int open, int failed)
{
    if (!drill->as_json && open > 0)
        printf("%d actions are not done yet; awsift show %d shows them\n", open, (int)id);
    else if (!drill->as_json && failed > 0)
        printf("%d actions will not happen; awsift show %d tells why\n", failed, (int)id);
    else if (!drill->as_json)
        printf("all actions are done\n");
    return open > 0 ? EXIT_TRY_AGAIN : failed > 0 ? EXIT_NO : EXIT_DONE;
}

static int watch(struct drill *drill, const struct config *config, int64_t id)
{
    int64_t until = time_now() + MIN(drill->patience, WAIT_MOST);
    int open = 0, failed = 0;
    g_autoptr(ledger) ledger = options_ledger("drill", config);
    if (ledger == NULL)
        return EXIT_NO;
    for (;;) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) story = ledger_show(ledger, id, &error);
        if (story == NULL) {
            options_fail("drill", error->message);
            return EXIT_NO;
        }
        print_news(drill, story);
        count_actions(story, &open, &failed);
        if (open == 0 || drill->no_wait || time_now() >= until)
            return drill->no_wait ? EXIT_DONE : end(drill, id, open, failed);
        g_usleep(LOOK * 1000);
    }
}

static void print_begin(const struct drill *drill, const json_t *answer)
{
    size_t index;
    json_t *held;
    if (drill->as_json) {
        print_json_line(answer);
        return;
    }
    g_autofree char *subject = text_one_line(json_text_or(answer, "subject", ""));
    printf("mail %d: %s\n", (int)json_number(answer, "id", 0), subject);
    json_array_foreach(json_object_get(answer, "held"), index, held) {
        g_autofree char *what =
            action_describe(json_text_or(held, "action", "?"), json_object_get(held, "args"));
        printf("held: %s; --power lets it happen\n", what);
    }
}

static int drill_run(const struct common_options *common, struct drill *drill, const struct config *config,
                     const char *rule)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) answer = ask(common, config, drill, rule, &error);
    if (answer == NULL && error == NULL)
        return EXIT_USAGE;
    if (answer == NULL) {
        options_fail("drill", error->message);
        return EXIT_TRY_AGAIN;
    }
    if (!json_flag(answer, "ok")) {
        options_fail("drill", json_text_or(answer, "error", "no answer"));
        return json_flag(answer, "again") ? EXIT_TRY_AGAIN : EXIT_NO;
    }
    print_begin(drill, answer);
    return watch(drill, config, json_number(answer, "id", 0));
}

/* Prints what is wrong. */
static bool is_sound(struct drill *drill)
{
    drill->to = drill->to != NULL ? drill->to : "operators";
    if (drill->account == NULL || strlen(drill->account) != 12 || strspn(drill->account, "0123456789") != 12)
        options_fail("drill", "needs --account and the 12 digits of one");
    else if (strcmp(drill->to, "operators") != 0 && strcmp(drill->to, "contact") != 0)
        options_fail("drill", "--to is operators, or contact: whom the rule names");
    else if (!duration_parse(drill->wait != NULL ? drill->wait : "10m", &drill->patience))
        options_fail("drill", "--wait needs a duration such as 30s or 10m");
    else
        return true;
    return false;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    g_autofree char *account = NULL, *to = NULL, *mail = NULL, *wait = NULL;
    struct drill drill = {0};
    char **rest;
    const GOptionEntry own[] = {
        {"account", 0, 0, G_OPTION_ARG_STRING, &account, "the account that the mail is about", "ACCOUNT"},
        {"to", 0, 0, G_OPTION_ARG_STRING, &to,
         "operators (default): they get what the contacts would; contact: whom the rule names", "WHO"},
        {"power", 0, 0, G_OPTION_ARG_NONE, &drill.power,
         "really call, page and execute; without it these are held, and shown", NULL},
        {"mail", 0, 0, G_OPTION_ARG_FILENAME, &mail, "take this mail; without it one is made for the rule",
         "FILE"},
        {"wait", 0, 0, G_OPTION_ARG_STRING, &wait, "how long to watch at most (default 10m)", "DURATION"},
        {"no-wait", 0, 0, G_OPTION_ARG_NONE, &drill.no_wait, "end once the actions are under way", NULL},
        {NULL},
    };
    if (!options_parse(&command_drill, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    drill.account = account;
    drill.to = to;
    drill.mail = mail;
    drill.wait = wait;
    drill.as_json = common.json;
    g_autoptr(config) config = is_sound(&drill) ? options_config(&common) : NULL;
    if (config == NULL)
        return EXIT_USAGE;
    drill.printed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    int status = drill_run(&common, &drill, config, rest[0]);
    g_hash_table_unref(drill.printed);
    return status;
}

const struct command command_drill = {
    .name = "drill",
    .arguments = "RULE --account ACCOUNT",
    .summary = "Send a marked test mail through a rule's real channels",
    .help =
        "The running daemon makes a mail that the rule decides, puts it into a spool, takes it from there, and\n"
        "carries its actions out: every subject and text is marked [TEST]. By default the operators get what is\n"
        "for the contacts, and nobody is called or paged; --to contact and --power make it real. Chats and\n"
        "webhooks get it in any case. A drill opens no answer and counts in no statistics.\n"
        "Exits 0 when all actions are done, 1 when one will not happen or no mail can be made, 75 when not all\n"
        "are done in time, or no daemon answers.\n\n"
        "Example: awsift drill support.account-compromise --account 123456789012",
    .least = 1,
    .most = 1,
    .wanted = "the name of a rule, as 'awsift rules' shows it",
    .run = run,
};
