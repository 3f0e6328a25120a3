/* One job of the committer for all mails that were named: what is acknowledged is so when it is answered. */
#include "keeper/acknowledge.h"
#include "keeper/outbox.h"
#include "ledger/owed.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"

struct acknowledging {
    struct commit_job job;
    struct keeper *keeper;
    json_t *ids, *results;
    char *by, *note;
    void (*done)(const json_t *results, const GError *error, void *data);
    void *data;
};

static bool run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct acknowledging *all = (struct acknowledging *)job;
    size_t index;
    json_t *id, *result;
    json_array_clear(all->results);
    json_array_foreach(all->ids, index, id) {
        const struct owed_ack ack = {.message = json_integer_value(id), .by = all->by, .note = all->note};
        if (!owed_acknowledge(ledger, &ack, time_now(), &result, error))
            return false;
        json_array_append_new(all->results, result);
    }
    return true;
}

static void done(struct commit_job *job, const GError *error)
{
    struct acknowledging *all = (struct acknowledging *)job;
    size_t index;
    json_t *result;
    json_array_foreach(all->results, index, result)
        if (error == NULL && json_flag(result, "ok"))
            log_info("mail %d is acknowledged by %s", (int)json_number(result, "id", 0), all->by);
    all->done(all->results, error, all->data);
    outbox_kick(all->keeper);
    json_decref(all->ids);
    json_decref(all->results);
    g_free(all->by);
    g_free(all->note);
    g_free(all);
}

void acknowledge_start(struct keeper *keeper, const json_t *ids, const char *by, const char *note,
                       void (*then)(const json_t *results, const GError *error, void *data), void *data)
{
    struct acknowledging *all = g_new0(struct acknowledging, 1);
    all->job = (struct commit_job){.run = run, .done = done};
    all->keeper = keeper;
    all->ids = json_deep_copy(ids);
    all->results = json_array();
    all->by = g_strdup(by);
    all->note = g_strdup(note);
    all->done = then;
    all->data = data;
    committer_add(keeper->committer, &all->job);
}
