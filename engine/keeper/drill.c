/* A drill goes the way that every mail goes: a decider makes the mail, it is written down in the ledger by
 * the name of its file and its hash, put into a spool, taken from there, and decided with the word of the
 * keeper that it is a drill. A mail that only looks like one, or that has its name and not its bytes, is a
 * mail as any other. It fails where no mail can be made, the spool cannot be written, or the daemon ends. */
#include "keeper/drill.h"
#include "keeper/delivery.h"
#include "ledger/drills.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define OPEN_MOST INT64_C(86400000) /* ms after which a file that never came is forgotten */
#define ENDING "awsift is ending; what the drill put into the spool is taken at the next start"
enum { DRILLS_MOST = 20 };

struct drills {
    json_t *open;        /* {FILE: {sha256, request}} */
    GHashTable *waiting; /* FILE -> struct drill: who asked, while the answer is owed */
};

struct drill {
    struct commit_job job;
    struct keeper *keeper;
    const struct config_spool *spool;
    json_t *request;
    char *file, *sha256;
    GBytes *mail;
    GError *trouble; /* with putting it into the spool */
    bool writing;
    void (*done)(struct keeper *keeper, json_t *answer, void *data);
    void *data;
};

struct drills *drills_new(struct keeper *keeper)
{
    struct drills *drills = g_new0(struct drills, 1);
    drills->open = json_object();
    drills->waiting = g_hash_table_new(g_str_hash, g_str_equal);
    return drills;
}

void drills_free(struct drills *drills)
{
    if (drills == NULL)
        return;
    json_decref(drills->open);
    g_hash_table_unref(drills->waiting);
    g_free(drills);
}

bool drills_load(struct keeper *keeper, struct ledger *ledger, GError **error)
{
    json_t *open = ledger_drills_open(ledger, time_now() - OPEN_MOST, error);
    if (open == NULL)
        return false;
    json_object_update(keeper->drills->open, open);
    json_decref(open);
    return true;
}

/* Takes answer. */
static void drill_end(struct drill *drill, json_t *answer)
{
    if (drill->file != NULL)
        g_hash_table_remove(drill->keeper->drills->waiting, drill->file);
    drill->done(drill->keeper, answer, drill->data);
    json_decref(drill->request);
    g_free(drill->file);
    g_free(drill->sha256);
    g_clear_pointer(&drill->mail, g_bytes_unref);
    g_clear_error(&drill->trouble);
    g_free(drill);
}

static void drill_fail(struct drill *drill, const char *why, bool again)
{
    json_t *answer = json_pack("{s:b, s:o}", "ok", 0, "error", json_text_new(why));
    if (again)
        json_object_set_new(answer, "again", json_true());
    drill_end(drill, answer);
}

/* ---- into the spool ---- */

static json_t *told_decider(const json_t *request)
{
    return json_pack("{s:O, s:O, s:O, s:O}", "by", json_object_get(request, "by"), "account",
                     json_object_get(request, "account"), "operators", json_object_get(request, "operators"),
                     "power", json_object_get(request, "power"));
}

static bool make_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    const struct drill *drill = (struct drill *)job;
    g_autoptr(json_t) told = told_decider(drill->request);
    return ledger_drill_make(ledger, drill->file, drill->sha256, json_text_or(drill->request, "rule", ""),
                             told, time_now(), error);
}

static void make_settle(struct commit_job *job)
{
    struct drill *drill = (struct drill *)job;
    gsize size;
    const void *bytes = g_bytes_get_data(drill->mail, &size);
    if (drill->spool->kind == SPOOL_MAILDIR) {
        maildir_deliver(drill->spool->path, drill->file, bytes, size, false, &drill->trouble);
        return;
    }
    g_autofree char *path = g_build_filename(drill->spool->path, drill->file, NULL);
    file_write_durable(path, bytes, size, &drill->trouble);
}

static void make_done(struct commit_job *job, const GError *error)
{
    struct drill *drill = (struct drill *)job;
    const GError *failure = error != NULL ? error : drill->trouble;
    drill->writing = false;
    if (failure == NULL && !keeper_stopping(drill->keeper))
        return; /* its spool offers it */
    if (failure != NULL)
        drill_forget(drill->keeper, drill->file);
    drill_fail(drill, failure != NULL ? failure->message : ENDING, true);
}

static void on_made(json_t *body, const struct generation *generation, const GError *error, void *data)
{
    struct drill *drill = data;
    const json_t *made = json_object_get(body, "drill");
    const char *encoded = json_text(made, "mail");
    if (error != NULL) {
        drill_fail(drill, error->message, true);
        return;
    }
    if (encoded == NULL) {
        drill_end(drill, json_pack("{s:b, s:s, s:b}", "ok", 0, "error",
                                   json_text_or(made, "error", "the decider made no mail"), "unmade",
                                   (int)json_flag(made, "unmade")));
        return;
    }
    gsize size;
    guchar *bytes = g_base64_decode(encoded, &size);
    drill->mail = g_bytes_new_take(bytes, size);
    drill->sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, drill->mail);
    json_object_set_new(
        drill->keeper->drills->open, drill->file,
        json_pack("{s:s, s:o}", "sha256", drill->sha256, "request", told_decider(drill->request)));
    g_hash_table_insert(drill->keeper->drills->waiting, drill->file, drill);
    drill->writing = true;
    drill->job =
        (struct commit_job){.run = make_run, .settle = make_settle, .done = make_done, .can_wait = true};
    committer_add(drill->keeper->committer, &drill->job);
}

/* The mail that was given, or nothing; -1 when there is no room for it. */
static int given_open(const json_t *request)
{
    const char *encoded = json_text_or(request, "mail", "");
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(encoded, &size);
    int memory = memfd_create("drill", MFD_CLOEXEC);
    for (gsize written = 0; memory >= 0 && written < size;) {
        ssize_t put = write(memory, bytes + written, size - written);
        if (put <= 0) {
            close(memory);
            return -1;
        }
        written += (gsize)put;
    }
    return memory;
}

/* A Maildir where there is one: what lies there is whole at once. */
static const struct config_spool *spool_for(const struct keeper *keeper)
{
    const GPtrArray *spools = keeper->config->spools;
    for (guint i = 0; i < spools->len; i++)
        if (((const struct config_spool *)spools->pdata[i])->kind == SPOOL_MAILDIR)
            return spools->pdata[i];
    return spools->pdata[0];
}

void drill_start(struct keeper *keeper, const json_t *request,
                 void (*done)(struct keeper *keeper, json_t *answer, void *data), void *data)
{
    struct drill *drill = g_new0(struct drill, 1);
    g_autofree char *id = g_uuid_string_random();
    int64_t now = time_now();
    drill->keeper = keeper;
    drill->spool = spool_for(keeper);
    drill->request = json_deep_copy(request);
    drill->done = done;
    drill->data = data;
    int given = given_open(request);
    if (keeper->live == NULL || given < 0 || g_hash_table_size(keeper->drills->waiting) >= DRILLS_MOST) {
        if (given >= 0)
            close(given);
        drill_fail(drill,
                   keeper->live == NULL ? "no rules are live; awsift status tells why"
                                        : "there are too many drills at once",
                   true);
        return;
    }
    drill->file = g_strdup_printf("%" G_GINT64_FORMAT ".drill-%s.awsift%s", now / 1000, id,
                                  drill->spool->kind == SPOOL_MAILDIR ? "" : ".eml");
    json_t *make = json_pack("{s:O, s:O, s:s, s:I}", "rule", json_object_get(request, "rule"), "account",
                             json_object_get(request, "account"), "id", id, "now", (json_int_t)now);
    json_t *asked =
        json_pack("{s:s, s:s, s:I, s:n, s:b, s:{s:o}}", "spool", drill->spool->name, "file", drill->file,
                  "arrival", (json_int_t)now, "recipient", "explain", 0, "drill", "make", make);
    delivery_archived(keeper, asked, given, on_made, drill);
}

/* ---- out of the spool ---- */

json_t *drill_request(const struct keeper *keeper, const char *file)
{
    json_t *entry = json_object_get(keeper->drills->open, file);
    return entry != NULL ? json_deep_copy(json_object_get(entry, "request")) : NULL;
}

bool drill_is(const struct keeper *keeper, const char *file, const char *sha256)
{
    return g_strcmp0(json_text(json_object_get(keeper->drills->open, file), "sha256"), sha256) == 0;
}

void drills_stop(struct keeper *keeper)
{
    GList *all = g_hash_table_get_values(keeper->drills->waiting);
    for (GList *one = all; one != NULL; one = one->next)
        if (!((struct drill *)one->data)->writing)
            drill_fail(one->data, ENDING, true);
    g_list_free(all);
}

void drill_forget(struct keeper *keeper, const char *file)
{
    json_object_del(keeper->drills->open, file);
}

void drill_came(struct keeper *keeper, const char *file, int64_t message, const json_t *decision,
                const json_t *context)
{
    struct drill *drill = g_hash_table_lookup(keeper->drills->waiting, file);
    drill_forget(keeper, file);
    if (drill != NULL && decision == NULL)
        drill_fail(drill, "its mail could not be decided as it was made; awsift list shows what became of it",
                   false);
    else if (drill != NULL)
        drill_end(drill, json_pack("{s:b, s:I, s:s, s:O?, s:O?, s:O?}", "ok", 1, "id", (json_int_t)message,
                                   "file", file, "subject", json_object_get(decision, "subject"), "rule",
                                   json_object_get(decision, "rule"), "held",
                                   json_object_get(json_object_get(context, "drill"), "held")));
}
