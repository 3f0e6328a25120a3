/* Deciding again from the command line. A daemon that runs does it with its live rules; where none runs, a
 * keeper of our own does it, carries out what is due, and ends. */
#include "commands/redeciding.h"
#include "commands/daemon.h"
#include "commands/options.h"
#include "keeper/keeper.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"

#include <stdio.h>

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

json_t *redeciding_ask(const char *command, const struct config *config, json_t *request, int *status)
{
    json_object_set_new(request, "by", json_text_new(g_get_user_name()));
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) answer = ask(config, request, &error);
    if (answer != NULL && json_flag(answer, "ok"))
        return json_incref(json_object_get(answer, "results"));
    if (answer != NULL || !g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        options_fail(command, answer != NULL ? json_text_or(answer, "error", "no answer") : error->message);
        bool later = json_flag(answer, "again") || g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY);
        *status = later ? EXIT_TRY_AGAIN : EXIT_NO;
        return NULL;
    }
    json_t *results = NULL;
    const struct keeper_options options = {.decide = request, .decided = &results};
    int ended = keeper_run(config, &options);
    *status = ended == EXIT_TRY_AGAIN ? ended : EXIT_NO;
    return results;
}

static void print_error(const char *command, const json_t *entry, const char *error)
{
    int64_t id = json_number(entry, "id", 0);
    g_autofree char *mail = id > 0 ? g_strdup_printf("mail %" G_GINT64_FORMAT ": ", id) : g_strdup("");
    fprintf(stderr, "awsift %s: %s%s\n", command, mail, error);
}

/* What concerns no mail is the category that a person named. */
int redeciding_print(const char *command, const json_t *results, bool dry_run, bool as_json)
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
            print_error(command, entry, error);
        } else {
            const char *queued = dry_run ? "%d actions, queued where not done yet" : "%d actions queued";
            g_autofree char *actions =
                g_strdup_printf(queued, dry_run ? (int)json_array_size(json_object_get(entry, "actions"))
                                                : (int)json_number(entry, "queued", 0));
            printf("%6d  %s -> %s by %s, %s\n", (int)json_number(entry, "id", 0),
                   json_text_or(entry, "before", "?"), json_text_or(entry, "after", "?"),
                   json_text_or(entry, "rule", "no rule"), actions);
        }
    }
    return status;
}
