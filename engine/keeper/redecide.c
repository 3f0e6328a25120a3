/* One mail after the other: look it up, open it, decide it, write the new decision, move it when its category
 * changed. Each step is a job of the committer or an answer of a decider; what fails for one mail is its
 * result, and the next one follows. Several requests may be at work on one mail, and copies of it may come:
 * where it lies is read in the transaction that writes the decision, not remembered from before. A mail that
 * was set aside lies in unreadable/ until that commit, and is brought from there after it; a crash in between
 * leaves it to the next start. */
#include "keeper/redecide.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "keeper/aside.h"
#include "keeper/astray.h"
#include "keeper/delivery.h"
#include "keeper/escalation.h"
#include "keeper/filing.h"
#include "keeper/outbox.h"
#include "keeper/record.h"
#include "keeper/release.h"
#include "ledger/drills.h"
#include "ledger/unreadable.h"

#include <string.h>
#include <unistd.h>

struct redecision {
    struct commit_job job; /* the one at work: looking up, then writing */
    struct keeper *keeper;
    json_t *ids, *results;
    size_t index;
    char *as, *by;
    bool dry_run, release;
    void (*done)(struct keeper *keeper, const json_t *results, void *data);
    void *data;
    /* of the mail at work */
    int64_t message;
    struct ledger_filing *filing;
    json_t *shown; /* ledger_show */
    json_t *row;   /* of one that was set aside (ledger/unreadable.h), else NULL */
    int descriptor;
    json_t *body, *actions, *owed;
    char *revision;
    int64_t generation;
    struct ledger_recorded recorded;
    GError *trouble;
    bool drill;       /* it is a drill's, and was decided for that alone */
    bool moved, lost; /* lost: it should lie in the archive, and does not */
};

static void mail_next(struct redecision *redecision);

static void mail_clear(struct redecision *redecision)
{
    g_clear_pointer(&redecision->filing, ledger_filing_free);
    g_clear_pointer(&redecision->shown, json_decref);
    g_clear_pointer(&redecision->row, json_decref);
    g_clear_pointer(&redecision->body, json_decref);
    g_clear_pointer(&redecision->actions, json_decref);
    g_clear_pointer(&redecision->owed, json_decref);
    g_clear_pointer(&redecision->revision, g_free);
    g_clear_error(&redecision->trouble);
    redecision->moved = redecision->lost = false;
}

static void mail_end(struct redecision *redecision, json_t *result)
{
    json_object_set_new(result, "id", json_integer(redecision->message));
    json_array_append_new(redecision->results, result);
    mail_clear(redecision);
    redecision->index++;
    mail_next(redecision);
}

static void mail_fail(struct redecision *redecision, const char *why)
{
    mail_end(redecision, json_pack("{s:o}", "error", json_text_new(why)));
}

static bool is_aside(const struct redecision *redecision)
{
    return strcmp(redecision->filing->state, "unreadable") == 0;
}

static bool write_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct redecision *redecision = (struct redecision *)job;
    struct ledger_decision decision = {
        .decision = json_object_get(redecision->body, "decision"),
        .context = json_object_get(redecision->body, "context"),
        .actions = redecision->actions,
        .owed = redecision->owed,
        .revision = redecision->revision,
        .generation = redecision->generation,
        .decided = time_now(),
        .by = redecision->as != NULL ? redecision->by : "rules",
    };
    g_clear_pointer(&redecision->filing, ledger_filing_free);
    redecision->filing = ledger_find_filing(ledger, redecision->message, error);
    if (redecision->filing == NULL)
        return false;
    if (is_aside(redecision) &&
        !ledger_make_readable(ledger, redecision->message, json_text_or(redecision->body, "recipient", ""),
                              decision.decision, error))
        return false;
    return ledger_redecide(ledger, redecision->message, &decision, &redecision->recorded, error);
}

/* Whatever was cut before, it lies where the ledger heard of it last, or in the folder of its decision so
 * far. */
static void write_settle(struct commit_job *job)
{
    struct redecision *redecision = (struct redecision *)job;
    const struct ledger_filing *filing = redecision->filing;
    const char *store = redecision->keeper->config->store, *category = redecision->recorded.category;
    if (strcmp(filing->state, "filed") == 0 && g_strcmp0(filing->from, category) == 0)
        return;
    if (!store_is_here(redecision->keeper, &redecision->trouble) ||
        !archive_is_here(redecision->keeper, &redecision->trouble))
        return;
    if (is_aside(redecision)) {
        redecision->moved =
            aside_bring(store, category, filing->message, filing->sha256, &redecision->trouble);
        job->sync_category = redecision->moved ? g_strdup(category) : NULL;
        job->sync_from = redecision->moved ? aside_folder(store) : NULL;
        return;
    }
    struct filing_home home = {.store = store,
                               .category = category,
                               .sha256 = filing->sha256,
                               .elsewhere = {filing->from, filing->category},
                               .message = filing->message};
    redecision->moved = filing_bring_home(&home, &redecision->trouble) == FILING_HOME;
    if (redecision->moved) {
        job->sync_category = g_strdup(category);
        job->sync_from = g_steal_pointer(&home.from);
    }
    filing_home_clear(&home); /* nowhere: as with any mail that is decided, the next start says so */
}

static void write_tidy(struct commit_job *job)
{
    const struct redecision *redecision = (const struct redecision *)job;
    if (!redecision->moved || !is_aside(redecision) || job->sync_error != NULL)
        return;
    fault_point("aside-emptied");
    aside_forget(redecision->keeper->config->store, redecision->message, redecision->filing->sha256);
}

static json_t *result_of(const struct redecision *redecision)
{
    const json_t *decision = json_object_get(redecision->body, "decision");
    return json_pack("{s:s, s:s, s:o, s:O, s:I}", "before",
                     redecision->row != NULL ? "unreadable" : redecision->filing->category, "after",
                     json_text(decision, "category"), "rule", json_text_new(json_text(decision, "rule")),
                     "actions", json_object_get(decision, "actions"), "queued",
                     (json_int_t)redecision->recorded.actions);
}

static void write_done(struct commit_job *job, const GError *error)
{
    struct redecision *redecision = (struct redecision *)job;
    if (error != NULL) {
        mail_fail(redecision, error->message);
        return;
    }
    fault_point("mail-redecided");
    g_autofree char *line =
        answer_describe(redecision->message, json_object_get(redecision->body, "decision"));
    log_info("%s (again)", line);
    if (redecision->trouble != NULL)
        log_warning("mail %" G_GINT64_FORMAT " stays where it lies until the next start: %s",
                    redecision->message, redecision->trouble->message);
    else if (redecision->moved && job->sync_error == NULL)
        record_filed(redecision->keeper, redecision->message, redecision->recorded.category);
    outbox_kick(redecision->keeper);
    mail_end(redecision, result_of(redecision));
}

/* ---- it could not be read again ---- */

static bool failed_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    const struct redecision *redecision = (const struct redecision *)job;
    return ledger_still_unreadable(ledger, redecision->message, redecision->trouble->message, error);
}

/* Should that fail, the ledger has the reason, and the next start writes it again. */
static void failed_settle(struct commit_job *job)
{
    const struct redecision *redecision = (const struct redecision *)job;
    json_object_set_new(redecision->row, "reason", json_text_new(redecision->trouble->message));
    aside_explain(redecision->keeper->config->store, redecision->row, NULL);
}

static void failed_done(struct commit_job *job, const GError *error)
{
    struct redecision *redecision = (struct redecision *)job;
    g_autofree char *why = g_strdup_printf("it is still unreadable: %s", redecision->trouble->message);
    mail_fail(redecision, error != NULL ? error->message : why);
}

static void decide_fail(struct redecision *redecision, const GError *why)
{
    if (redecision->row == NULL || redecision->dry_run ||
        !g_error_matches(why, AWSIFT_ERROR, AWSIFT_ERROR_CHILD)) {
        mail_fail(redecision, why->message);
        return;
    }
    redecision->trouble = g_error_copy(why);
    redecision->job = (struct commit_job){.run = failed_run, .settle = failed_settle, .done = failed_done};
    committer_add(redecision->keeper->committer, &redecision->job);
}

/* ---- deciding ---- */

static void decision_take(struct redecision *redecision, json_t *body, const struct generation *generation)
{
    redecision->body = json_incref(body);
    memset(&redecision->recorded, 0, sizeof redecision->recorded);
    if (redecision->dry_run) {
        mail_end(redecision, result_of(redecision));
        return;
    }
    redecision->actions = answer_actions(body, json_object_get(generation->ready, "actions"));
    redecision->owed =
        escalation_owed(redecision->keeper->config->json, body, redecision->actions, time_now());
    redecision->revision = g_strdup(snapshot_revision(generation->snapshot));
    redecision->generation = generation->number;
    redecision->job = (struct commit_job){
        .run = write_run, .settle = write_settle, .tidy = write_tidy, .done = write_done, .can_wait = true};
    committer_add(redecision->keeper->committer, &redecision->job);
}

static void on_decided(json_t *body, const struct generation *generation, const GError *error, void *data)
{
    struct redecision *redecision = data;
    if (error != NULL)
        decide_fail(redecision, error);
    else if (strcmp(json_text(body, "sha256"), redecision->filing->sha256) != 0)
        mail_fail(redecision, "the file in the archive is not the mail that came");
    else
        decision_take(redecision, body, generation);
}

static bool look_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct redecision *redecision = (struct redecision *)job;
    g_clear_pointer(&redecision->filing, ledger_filing_free);
    g_clear_pointer(&redecision->shown, json_decref);
    g_clear_pointer(&redecision->row, json_decref);
    g_autoptr(GError) failure = NULL;
    if (!ledger_is_drill(ledger, redecision->message, &redecision->drill, error))
        return false;
    redecision->filing = ledger_find_filing(ledger, redecision->message, &failure);
    if (redecision->filing != NULL)
        redecision->shown = ledger_show(ledger, redecision->message, &failure);
    if (redecision->shown != NULL && is_aside(redecision))
        redecision->row = ledger_unreadable_one(ledger, redecision->message, &failure);
    if (failure != NULL && !g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    return true;
}

static void look_settle(struct commit_job *job)
{
    struct redecision *redecision = (struct redecision *)job;
    const struct ledger_filing *filing = redecision->filing;
    const char *store = redecision->keeper->config->store;
    redecision->descriptor = -1;
    if (redecision->row != NULL)
        redecision->descriptor = aside_open(store, filing->message, filing->sha256);
    if (filing == NULL || filing->category[0] == '\0')
        return;
    const char *const folders[] = {filing->from, filing->category};
    bool there = false;
    for (size_t i = 0; !there && i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path =
            folders[i] != NULL ? filing_find(store, folders[i], filing->message, filing->sha256) : NULL;
        there = path != NULL;
        if (there)
            redecision->descriptor = filing_open(store, folders[i], filing->message, filing->sha256);
    }
    redecision->lost = !there && strcmp(filing->state, "filed") == 0 &&
                       filing_is_gone(store, filing->category, filing->message, filing->sha256);
}

static void lost_tell(const struct redecision *redecision)
{
    const struct ledger_filing *filing = redecision->filing;
    g_autofree char *text = filing_lost_text(filing->message, filing->category);
    record_lost(redecision->keeper, filing->message, text);
}

/* Why it cannot be decided; NULL when it can. */
static const char *obstacle(const struct redecision *redecision)
{
    if (redecision->drill)
        return "it is a drill's mail: start another with awsift drill";
    if (redecision->filing == NULL || redecision->shown == NULL)
        return "there is no mail of that number in the ledger";
    if (redecision->release && redecision->row == NULL)
        return "it is not unreadable: awsift decide ID --as CATEGORY decides what could be read";
    if (redecision->descriptor < 0)
        return redecision->row != NULL
                   ? "its file is not in unreadable/ any more, or has other bytes: put it back, "
                     "or let a copy of the mail arrive"
                   : "its file is not in the archive";
    return NULL;
}

static void look_done(struct commit_job *job, const GError *error)
{
    struct redecision *redecision = (struct redecision *)job;
    const char *why_not = error != NULL ? error->message : obstacle(redecision);
    if (why_not != NULL) {
        if (redecision->descriptor >= 0)
            close(redecision->descriptor);
        if (redecision->lost)
            lost_tell(redecision);
        mail_fail(redecision, why_not);
        return;
    }
    const json_t *message = json_object_get(redecision->shown, "message");
    int64_t arrival = 0;
    time_parse(json_text_or(message, "arrived", ""), &arrival);
    if (redecision->release) {
        g_autoptr(json_t) body = release_body(redecision->row, redecision->as, redecision->by, arrival);
        close(redecision->descriptor);
        decision_take(redecision, body, redecision->keeper->live);
        return;
    }
    const char *recipient = json_text_or(message, "recipient", "");
    json_t *request = json_pack("{s:s, s:s, s:I, s:o, s:b}", "spool", redecision->filing->spool, "file",
                                redecision->filing->file, "arrival", (json_int_t)arrival, "recipient",
                                json_text_new(*recipient != '\0' ? recipient : NULL), "explain", 0);
    if (redecision->as != NULL)
        json_object_set_new(request, "as", json_text_new(redecision->as));
    delivery_archived(redecision->keeper, request, redecision->descriptor, on_decided, redecision);
}

static void redecision_end(struct redecision *redecision)
{
    redecision->done(redecision->keeper, redecision->results, redecision->data);
    json_decref(redecision->ids);
    json_decref(redecision->results);
    g_free(redecision->as);
    g_free(redecision->by);
    g_free(redecision);
}

/* The category that a person named, checked against the live rules; NULL when there is one, else why not. */
static char *category_refused(const struct redecision *redecision)
{
    json_t *known = json_object_get(redecision->keeper->live->ready, "categories"), *name;
    size_t index;
    if (redecision->as == NULL)
        return NULL;
    g_autoptr(GString) names = g_string_new(NULL);
    json_array_foreach(known, index, name) {
        if (strcmp(json_string_value(name), redecision->as) == 0)
            return NULL;
        g_string_append_printf(names, "%s%s", index > 0 ? ", " : "", json_string_value(name));
    }
    return g_strdup_printf("there is no category '%s'; there are %s", redecision->as, names->str);
}

static void mail_next(struct redecision *redecision)
{
    struct keeper *keeper = redecision->keeper;
    if (redecision->index < json_array_size(redecision->ids) && !keeper_stopping(keeper)) {
        redecision->message = json_integer_value(json_array_get(redecision->ids, redecision->index));
        redecision->descriptor = -1;
        redecision->job = (struct commit_job){.run = look_run, .settle = look_settle, .done = look_done};
        committer_add(keeper->committer, &redecision->job);
        return;
    }
    redecision_end(redecision);
}

static json_t *each_once(const json_t *ids)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    json_t *list = json_array(), *id;
    size_t index;
    json_array_foreach((json_t *)ids, index, id) {
        int64_t number = json_integer_value(id);
        if (g_hash_table_add(seen, g_memdup2(&number, sizeof number)))
            json_array_append(list, id);
    }
    return list;
}

void redecide_start(struct keeper *keeper, const struct redecide_wish *wish,
                    void (*done)(struct keeper *keeper, const json_t *results, void *data), void *data)
{
    struct redecision *redecision = g_new0(struct redecision, 1);
    redecision->keeper = keeper;
    redecision->ids = each_once(wish->ids);
    redecision->results = json_array();
    redecision->as = g_strdup(wish->as);
    redecision->by = g_strdup(wish->by != NULL ? wish->by : "a person");
    redecision->dry_run = wish->dry_run;
    redecision->release = wish->release;
    redecision->done = done;
    redecision->data = data;
    g_autofree char *refused = category_refused(redecision);
    if (refused == NULL) {
        mail_next(redecision);
        return;
    }
    json_array_append_new(redecision->results,
                          json_pack("{s:n, s:o}", "id", "error", json_text_new(refused)));
    redecision_end(redecision);
}
