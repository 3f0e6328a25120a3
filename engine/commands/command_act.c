/* awsift act: one action of one mail, by hand: rehearsed in a jailed decider with --dry-run, carried out by
 * an actor of our own with --really. Nothing of it stands in the ledger, and nobody's proof is asked for: a
 * person does it. */
#include "commands/act_text.h"
#include "commands/actor_client.h"
#include "commands/decide_file.h"
#include "commands/options.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/filing.h"
#include "wire/action.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct acting {
    const char *name, *mail;
    gint64 id;
    gboolean dry_run, really, as_json;
    char **arguments;
    struct deciding deciding;
    char *path; /* of the mail */
    int status;
};

static void fail(struct acting *acting, int status, const char *what)
{
    options_fail("act", what);
    acting->status = status;
}

/* --arg name=text, … as an object; NULL after the error was printed. */
static json_t *given_of(char *const *arguments)
{
    json_t *given = json_object();
    for (; arguments != NULL && *arguments != NULL; arguments++) {
        const char *equals = strchr(*arguments, '=');
        if (equals == NULL || equals == *arguments) {
            g_autofree char *what =
                g_strdup_printf("--arg: '%s' must be written NAME=VALUE, such as to=technical", *arguments);
            options_fail("act", what);
            json_decref(given);
            return NULL;
        }
        g_autofree char *name = g_strndup(*arguments, (gsize)(equals - *arguments));
        json_object_set_new(given, name, json_text_new(equals + 1));
    }
    return given;
}

/* Says how it ended, and notes the exit status: the worst counts. */
static void say_result(struct acting *acting, const json_t *action, const json_t *result)
{
    const char *outcome = json_text_or(result, "outcome", ""), *reason = json_text_or(result, "reason", ""),
               *detail = json_text_or(result, "detail", "");
    g_autofree char *args = json_canonical(json_object_get(action, "args"));
    g_autofree char *why = rule_paths_for_people(acting->deciding.config, reason);
    if (strcmp(outcome, "done") != 0)
        acting->status = strcmp(outcome, "dead") == 0 ? EXIT_NO : EXIT_TRY_AGAIN;
    if (acting->as_json) {
        g_autoptr(json_t) line =
            json_pack("{s:O, s:O, s:s, s:s, s:s, s:O*}", "action", json_object_get(action, "action"), "args",
                      json_object_get(action, "args"), "outcome", outcome, "reason", why, "detail", detail,
                      "sends", json_object_get(result, "sends"));
        print_json_line(line);
        return;
    }
    printf("%s %s\n", json_text_or(action, "action", ""), args);
    act_print_sends(json_object_get(result, "sends"));
    printf("%s%s%s%s\n", acting->dry_run ? "nothing was sent; it would be " : "", outcome,
           why[0] != '\0' || detail[0] != '\0' ? ": " : "", why[0] != '\0' ? why : detail);
}

static json_t *request_of(const json_t *action, const json_t *context, const char *key)
{
    return json_pack("{s:i, s:s, s:O, s:O, s:i, s:O, s:I}", "id", 1, "key", key, "action",
                     json_object_get(action, "action"), "args", json_object_get(action, "args"), "attempt", 1,
                     "context", context, "now", (json_int_t)time_now());
}

/* Once, or once for each recipient that it turns out to have. */
static void perform(struct acting *acting, struct actor_client *client, const json_t *action,
                    const json_t *context, int original)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *chance = g_uuid_string_random(),
                    *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, chance, -1);
    g_autoptr(json_t) request = request_of(action, context, key);
    g_autoptr(json_t) result = actor_client_act(client, request, original, &error);
    size_t index;
    json_t *recipient;
    if (result == NULL) {
        fail(acting, EXIT_TRY_AGAIN, error->message);
        return;
    }
    if (strcmp(json_text_or(result, "outcome", ""), outcome_name(OUTCOME_SPLIT)) != 0) {
        say_result(acting, action, result);
        return;
    }
    json_array_foreach(json_object_get(result, "recipients"), index, recipient) {
        g_autoptr(json_t) one = json_deep_copy(action);
        json_object_set(json_object_get(one, "args"), ACTION_RECIPIENT, recipient);
        perform(acting, client, one, context, original);
    }
}

static void carry_out(struct acting *acting, const json_t *actions, const json_t *context)
{
    g_autoptr(GError) error = NULL;
    const char *role = json_text_or(json_object_get(acting->deciding.ready, "actions"), acting->name, "");
    if (!folder_make(acting->deciding.config->store,
                     &error)) { /* as a daemon would: nobody has begun one yet */
        fail(acting, EXIT_TRY_AGAIN, error->message);
        return;
    }
    int original = open(acting->path, O_RDONLY | O_CLOEXEC);
    g_autoptr(actor_client) client =
        actor_client_start(acting->deciding.config, acting->deciding.snapshot, role, &error);
    size_t index;
    json_t *action;
    if (client == NULL)
        fail(acting, EXIT_TRY_AGAIN, error->message);
    json_array_foreach((json_t *)actions, index, action)
        if (client != NULL)
            perform(acting, client, action, context, original);
    if (original >= 0)
        close(original);
}

static void on_decided(const char *file, json_t *answer, const GError *error, void *data)
{
    struct acting *acting = data;
    const json_t *act = json_object_get(answer, "act"), *actions = json_object_get(act, "actions");
    size_t index;
    json_t *action;
    if (answer == NULL || json_text(act, "complaint") != NULL) {
        g_autofree char *what = answer == NULL ? g_strdup_printf("%s: %s", file, error->message)
                                               : g_strdup(json_text(act, "complaint"));
        fail(acting, answer == NULL ? EXIT_NO : EXIT_USAGE, what);
        return;
    }
    acting->status = EXIT_DONE;
    if (acting->really) {
        carry_out(acting, actions, json_object_get(answer, "context"));
        return;
    }
    json_array_foreach((json_t *)actions, index, action) {
        json_t *result = json_object_get(action, "result");
        act_mask(json_object_get(result, "sends"));
        say_result(acting, action, result);
    }
}

/* The path of an archived mail, and what it came through. False after the error was printed. */
static bool find_archived(struct acting *acting, char **spool, int64_t *arrival)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("act", acting->deciding.config);
    struct ledger_filing *filing = ledger != NULL ? ledger_find_filing(ledger, acting->id, &error) : NULL;
    g_autoptr(json_t) shown = filing != NULL ? ledger_show(ledger, acting->id, &error) : NULL;
    const char *arrived = json_text(json_object_get(shown, "message"), "arrived");
    if (filing != NULL) {
        acting->path =
            filing_find(acting->deciding.config->store,
                        filing->from != NULL ? filing->from : filing->category, acting->id, filing->sha256);
        *spool = g_strdup(filing->spool);
        ledger_filing_free(filing);
    }
    if (arrived == NULL || !time_parse(arrived, arrival))
        *arrival = time_now();
    if (acting->path == NULL && ledger != NULL) {
        g_autofree char *what =
            g_strdup_printf("mail %" G_GINT64_FORMAT ": %s", acting->id,
                            error != NULL ? error->message : "its file is not in the archive");
        options_fail("act", what);
    }
    return acting->path != NULL;
}

static void decide(struct acting *acting, json_t *request)
{
    g_autofree char *spool = NULL;
    int64_t arrival = time_now();
    char *mails[] = {(char *)acting->mail, NULL};
    if (acting->mail != NULL) {
        acting->path = g_strdup(acting->mail);
        deciding_each(&acting->deciding, mails, request, on_decided, acting);
    } else if (find_archived(acting, &spool, &arrival)) {
        g_autofree char *name = g_strdup_printf("mail %" G_GINT64_FORMAT, acting->id);
        deciding_filed(&acting->deciding, acting->path, name, spool, arrival, request, on_decided, acting);
    }
}

static int act(struct acting *acting, struct config *config, json_t *given)
{
    g_autoptr(json_t) request = json_pack("{s:{s:s, s:O, s:b, s:O}}", "act", "name", acting->name, "given",
                                          given, "rehearse", (int)acting->dry_run, "config", config->json);
    acting->status = EXIT_NO;
    if (deciding_start(&acting->deciding, config, false)) {
        const json_t *errors = json_object_get(acting->deciding.ready, "errors");
        deciding_print_problems(&acting->deciding, errors, "");
        if (json_array_size(errors) == 0)
            decide(acting, request);
    }
    deciding_stop(&acting->deciding);
    g_free(acting->path);
    return acting->status;
}

static bool is_sensible(const struct acting *acting)
{
    const char *why = acting->dry_run == acting->really
                          ? "needs either --dry-run, to see what it would send, or --really, to send it"
                      : (acting->mail == NULL) == (acting->id == 0)
                          ? "needs either --mail FILE or --id N, the mail that it is about"
                      : acting->mail != NULL && !g_file_test(acting->mail, G_FILE_TEST_IS_REGULAR)
                          ? "--mail must be the file of one mail"
                          : NULL;
    if (why != NULL)
        options_fail("act", why);
    return why == NULL;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct acting acting = {0};
    g_auto(GStrv) arguments = NULL;
    g_autofree char *mail = NULL;
    char **rest;
    const GOptionEntry own[] = {
        {"mail", 0, 0, G_OPTION_ARG_FILENAME, &mail, "the mail that it is about", "FILE"},
        {"id", 0, 0, G_OPTION_ARG_INT64, &acting.id, "the same, of the archive", "N"},
        {"arg", 0, 0, G_OPTION_ARG_STRING_ARRAY, &arguments,
         "an argument, in place of those that the rules give it; may be given again", "NAME=VALUE"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &acting.dry_run, "show what it would send, and send nothing",
         NULL},
        {"really", 0, 0, G_OPTION_ARG_NONE, &acting.really, "send it", NULL},
        {NULL},
    };
    if (!options_parse(&command_act, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    acting.mail = mail;
    acting.name = rest[0];
    acting.as_json = common.json;
    g_autoptr(json_t) given = is_sensible(&acting) ? given_of(arguments) : NULL;
    struct config *config = given != NULL ? options_config(&common) : NULL;
    return config != NULL ? act(&acting, config, given) : EXIT_USAGE;
}

const struct command command_act = {
    .name = "act",
    .arguments = "ACTION",
    .summary = "Carry out one action by hand, or show what it would send",
    .help =
        "Without --arg, the action gets what the rules give it for this mail. With --dry-run nothing leaves\n"
        "this machine: all that is waited for is answered with success. Nothing of it stands in the ledger.\n"
        "Exit status 0 when it is done, 1 when it is dead, 75 when it would be tried again.\n\n"
        "Example: awsift act --dry-run --mail mail.eml ticket\n"
        "         awsift act --really --id 17 --arg to=technical forward",
    .least = 1,
    .most = 1,
    .wanted = "the name of an action",
    .run = run,
};
