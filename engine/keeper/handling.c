/* Retry, drop and resend. The daemon does them as a job of the committer, like every other change of an
 * action: whoever has one in hand is seen there. Where none runs, the command opens the ledger itself. */
#include "keeper/handling.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/outbox.h"
#include "ledger/handling.h"

#include <string.h>

enum { IDS_MOST = HANDLING_MOST, TEXT_LONGEST = 1000 };

static bool command_of(const json_t *request, enum handling *what)
{
    const char *name = json_text_or(request, "command", "");
    for (*what = HANDLING_RETRY; *what <= HANDLING_RESEND; ++*what)
        if (strcmp(name, handling_name(*what)) == 0)
            return true;
    return false;
}

static char *fault_of_ids(const json_t *ids)
{
    if (json_array_size(ids) > IDS_MOST)
        return g_strdup("at most 10000 numbers at once");
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const char *id = json_string_value(json_array_get(ids, i));
        const char *why = id != NULL ? handling_id_fault(id) : "an id is a text such as \"12\" or \"a34\"";
        if (why != NULL)
            return g_strdup_printf("'%.100s' %s", id != NULL ? id : "?", why);
    }
    return NULL;
}

static bool names_some(const json_t *request)
{
    return json_flag(request, "dead") || json_text(request, "action") != NULL ||
           json_text(request, "channel") != NULL;
}

char *handling_fault(const json_t *request)
{
    enum handling what;
    if (!command_of(request, &what))
        return g_strdup("the command is none of retry, drop, resend");
    const json_t *ids = json_object_get(request, "ids");
    bool named = json_array_size(ids) > 0, some = names_some(request);
    if (what == HANDLING_RESEND && (!named || some))
        return g_strdup("needs the numbers of what is sent again, such as 12 for a mail or a34 for an action");
    if (named == some)
        return g_strdup("needs either numbers, such as 12 for a mail or a34 for an action, or one of --dead, "
                        "--action and --channel");
    if (json_number(request, "since", 0) > 0 && named)
        return g_strdup("--since narrows --dead, --action and --channel, and no numbers");
    if (strlen(json_text_or(request, "why", "")) > TEXT_LONGEST ||
        strlen(json_text_or(request, "by", "")) > TEXT_LONGEST)
        return g_strdup("a name and a reason have at most 1000 bytes");
    return fault_of_ids(ids);
}

json_t *handling_write(struct ledger *ledger, const json_t *request, GError **error)
{
    const json_t *ids = json_object_get(request, "ids");
    struct ledger_handling handling = {
        .ids = json_array_size(ids) > 0 ? ids : NULL,
        .dead = json_flag(request, "dead"),
        .action = json_text(request, "action"),
        .channel = json_text(request, "channel"),
        .since = json_number(request, "since", 0),
        .by = json_text_or(request, "by", "somebody"),
        .why = json_text(request, "why"),
        .dry_run = json_flag(request, "dry_run"),
    };
    command_of(request, &handling.what);
    return ledger_handle(ledger, &handling, time_now(), error);
}

struct ask {
    struct commit_job job;
    struct keeper *keeper;
    json_t *request, *results;
    void (*done)(struct keeper *keeper, const json_t *answer, void *data);
    void *data;
};

static bool ask_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct ask *ask = (struct ask *)job;
    json_decref(ask->results);
    ask->results = handling_write(ledger, ask->request, error);
    return ask->results != NULL;
}

static void ask_done(struct commit_job *job, const GError *error)
{
    struct ask *ask = (struct ask *)job;
    g_autoptr(json_t) answer =
        error != NULL ? json_pack("{s:b, s:b, s:o}", "ok", 0, "again", 1, "error", json_text_new(error->message))
                      : json_pack("{s:b, s:O}", "ok", 1, "results", ask->results);
    outbox_kick(ask->keeper);
    ask->done(ask->keeper, answer, ask->data);
    json_decref(ask->request);
    json_decref(ask->results);
    g_free(ask);
}

void handling_ask(struct keeper *keeper, const json_t *request,
                  void (*done)(struct keeper *keeper, const json_t *answer, void *data), void *data)
{
    struct ask *ask = g_new0(struct ask, 1);
    ask->job = (struct commit_job){.run = ask_run, .done = ask_done};
    ask->keeper = keeper;
    ask->request = json_deep_copy(request);
    ask->done = done;
    ask->data = data;
    committer_add(keeper->committer, &ask->job);
}
