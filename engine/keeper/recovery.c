/* Recovery by looking. A message in state "decided" lies in the archive already (the crash came after the
 * move), in the folder of its earlier category (a new decision), or still in its spool, under its name or
 * another one, or in unreadable/. Where it costs least to look is looked first, so that a start takes no
 * longer beside a full archive or spool. What is mended and what is to be told of it are one transaction a
 * batch. Running it twice, or being killed within it, does no harm. It fails only when the ledger does:
 * a mail that cannot be moved stays "decided", is told of, and is tried again at the next start or when its
 * spool offers it. */
#include "keeper/recovery.h"
#include "base/error.h"
#include "base/json.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/filing.h"
#include "keeper/recovery_leftovers.h"
#include "keeper/whereabouts.h"
#include "ledger/alerts.h"
#include "ledger/recoveries.h"

#include <string.h>

#define BATCH 500

struct mended {
    unsigned found, filed, missing, unmoved;
    GError *closed;    /* why nothing can be looked for in the archive; or NULL */
    GPtrArray *alerts; /* of char *: what the operators must know of this batch, {kind, text} by turns */
};

static void alert_add(struct mended *mended, const char *kind, char *text)
{
    log_error("%s", text);
    g_ptr_array_add(mended->alerts, g_strdup(kind));
    g_ptr_array_add(mended->alerts, text);
}

/* A whole folder may be closed to us: the first mail stands for all. */
static bool filing_put_off(const struct ledger_filing *filing, struct mended *mended, const GError *why)
{
    g_autofree char *text = filing_waits_text(filing->message, filing->file, filing->spool, why);
    if (mended->unmoved++ == 0)
        alert_add(mended, "filing", g_steal_pointer(&text));
    else
        log_error("%s", text);
    return true;
}

static bool filing_lost(struct ledger *ledger, const struct ledger_filing *filing, struct mended *mended,
                        GError **error)
{
    bool fresh;
    g_autofree char *text =
        g_strdup_printf("the file of mail %" G_GINT64_FORMAT " (%s in spool %s) is nowhere", filing->message,
                        filing->file, filing->spool);
    mended->missing++;
    log_error("%s", text);
    return ledger_set_missing(ledger, filing->message, text, time_now(), &fresh, error);
}

/* From the spool, or from unreadable/. path: taken; NULL: nowhere there. */
static enum filing_brought filing_fetch(const struct config *config, const struct ledger_filing *filing,
                                        char *path, GError **error)
{
    g_autofree char *from = path;
    if (from == NULL)
        return FILING_NOWHERE;
    g_autofree char *folder = g_path_get_dirname(from);
    bool good =
        filing_file(config->store, filing->category, filing->message, filing->sha256, from, true, error) &&
        filing_sync(config->store, filing->category, folder, error);
    return good ? FILING_HOME : FILING_FAILED;
}

/* In the archive, where each folder that may have it is listed. *there: it lay in its place. */
static enum filing_brought filing_search(const struct config *config, const struct ledger_filing *filing,
                                         struct mended *mended, bool *there, GError **error)
{
    struct filing_home home = {.store = config->store,
                               .category = filing->category,
                               .sha256 = filing->sha256,
                               .elsewhere = {filing->from, NULL},
                               .message = filing->message};
    enum filing_brought brought = filing_bring_home(&home, error);
    *there = brought == FILING_HOME && home.from == NULL;
    if (*there && !filing_renew(config->store, filing->category, filing->message, filing->sha256, error))
        brought = FILING_FAILED; /* an earlier life may have ended because it could not sync it */
    else if (brought == FILING_HOME && !filing_sync(config->store, filing->category, home.from, error))
        brought = FILING_FAILED;
    if (home.damaged != NULL)
        alert_add(mended, "damaged",
                  g_strdup_printf("mail %" G_GINT64_FORMAT ": %s", filing->message, home.damaged));
    filing_home_clear(&home);
    return brought;
}

/* False when the ledger fails. */
static bool filing_mend(const struct config *config, struct ledger *ledger,
                        const struct ledger_filing *filing, struct mended *mended, GError **error)
{
    g_autoptr(GError) trouble = NULL;
    bool there = false;
    if (mended->closed != NULL)
        return filing_put_off(filing, mended, mended->closed);
    char *named = filing->from == NULL ? whereabouts_named(config, filing) : NULL;
    enum filing_brought brought = filing_fetch(config, filing, named, &trouble);
    if (brought == FILING_NOWHERE)
        brought = filing_search(config, filing, mended, &there, &trouble);
    if (brought == FILING_NOWHERE)
        brought = filing_fetch(config, filing, whereabouts_find(config, filing), &trouble);
    if (brought == FILING_FAILED)
        return filing_put_off(filing, mended, trouble);
    if (brought == FILING_NOWHERE)
        return filing_lost(ledger, filing, mended, error);
    fault_point("recovery-mends");
    *(there ? &mended->found : &mended->filed) += 1;
    return ledger_set_filed(ledger, filing->message, filing->category, error);
}

/* That mail cannot be filed stands until all of it is. */
static bool lasts(const char *kind)
{
    return strcmp(kind, "filing") == 0;
}

static bool alerts_raise(struct ledger *ledger, const struct mended *mended, GError **error)
{
    bool fresh;
    int64_t now = time_now();
    for (guint i = 0; i < mended->alerts->len; i += 2) {
        const struct ledger_alert alert = {.kind = mended->alerts->pdata[i],
                                           .text = mended->alerts->pdata[i + 1],
                                           .about = lasts(mended->alerts->pdata[i]) ? "" : NULL,
                                           .at = now};
        if (!ledger_alert_raise(ledger, &alert, now, &fresh, error))
            return false;
    }
    g_ptr_array_set_size(mended->alerts, 0);
    return true;
}

static bool batch_mend(const struct config *config, struct ledger *ledger, GPtrArray *batch,
                       struct mended *mended, GError **error)
{
    if (!ledger_begin(ledger, error))
        return false;
    for (guint i = 0; i < batch->len; i++) {
        if (!filing_mend(config, ledger, batch->pdata[i], mended, error)) {
            ledger_rollback(ledger);
            return false;
        }
    }
    if (alerts_raise(ledger, mended, error))
        return ledger_commit(ledger, error);
    ledger_rollback(ledger);
    return false;
}

/* What lies in an archive that is not mounted is not missing, and what is filed in its place would be hidden.
 */
static bool archive_look(const struct config *config, struct ledger *ledger, struct mended *mended,
                         GError **error)
{
    bool has;
    if (!ledger_has_filed(ledger, &has, error))
        return false;
    if (has)
        filing_prove_archive(config->store, &mended->closed);
    return true;
}

static bool filings_mend(const struct config *config, struct ledger *ledger, struct mended *mended,
                         GError **error)
{
    if (!archive_look(config, ledger, mended, error))
        return false;
    for (int64_t after = 0;;) {
        g_autoptr(GPtrArray) batch = ledger_unfiled(ledger, after, BATCH, error);
        if (batch == NULL)
            return false;
        if (batch->len == 0)
            return true;
        after = ((const struct ledger_filing *)batch->pdata[batch->len - 1])->message;
        if (!batch_mend(config, ledger, batch, mended, error))
            return false;
    }
}

/* One transaction. */
static bool cut_end(struct ledger *ledger, int *cut, GError **error)
{
    if (!ledger_begin(ledger, error))
        return false;
    if (ledger_recover(ledger, time_now(), cut, error))
        return ledger_commit(ledger, error);
    ledger_rollback(ledger);
    return false;
}

/* ---- what is said of it ---- */

static const struct {
    const char *key, *words;
} findings[] = {
    {"cut", "actions that were cut are tried again with the same key"},
    {"in_place", "mails lay in the archive already"},
    {"filed", "mails were filed now"},
    {"missing", "mails are missing"},
    {"unmoved", "mails cannot be moved"},
    {"temporary", "half-written files were removed"},
    {"explained", "reason files were written again in unreadable/"},
    {"forgotten", "remains of mail that is filed by now were removed from unreadable/"},
    {"stray", "files in unreadable/ are of no mail that is unreadable"},
};

char *recovery_words(const json_t *found)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(findings); i++) {
        gint64 count = json_number(found, findings[i].key, 0);
        if (count > 0)
            g_string_append_printf(text, "%s%" G_GINT64_FORMAT " %s", text->len > 0 ? "; " : "", count,
                                   findings[i].words);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static json_t *found_by(int cut, const struct mended *mended, const struct leftovers *left)
{
    const unsigned counts[G_N_ELEMENTS(findings)] = {(unsigned)cut,   mended->found,   mended->filed,
                                                     mended->missing, mended->unmoved, left->temporary,
                                                     left->explained, left->forgotten, left->stray};
    json_t *found = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(findings); i++)
        if (counts[i] > 0)
            json_object_set_new(found, findings[i].key, json_integer(counts[i]));
    return found;
}

static bool stray_tell(struct ledger *ledger, const struct leftovers *left, GError **error)
{
    bool fresh;
    g_autofree char *text = g_strdup_printf(
        "%u files in unreadable/, such as %s, are of no mail that the ledger has as unreadable: "
        "awsift unreadable lists them",
        left->stray, left->first_stray);
    return ledger_raise(ledger, "recovery", text, false, time_now(), &fresh, error);
}

/* One transaction. */
static bool write_down(struct ledger *ledger, const json_t *found, const struct leftovers *left,
                       GError **error)
{
    if (!ledger_begin(ledger, error))
        return false;
    if (ledger_recovered(ledger, found, time_now(), error) &&
        (left->stray == 0 || stray_tell(ledger, left, error)))
        return ledger_commit(ledger, error);
    ledger_rollback(ledger);
    return false;
}

/* All of it could be filed: what an earlier life told of is over. */
static bool filing_is_well(struct ledger *ledger, GError **error)
{
    int64_t since, last;
    bool stood;
    if (!ledger_alert_stands(ledger, "filing", "", &since, &last, error))
        return false;
    if (since == 0)
        return true;
    if (ledger_begin(ledger, error)) {
        if (ledger_alert_over(ledger, "filing", "", time_now(), &stood, error))
            return ledger_commit(ledger, error);
        ledger_rollback(ledger);
    }
    return false;
}

bool recovery_run(const struct config *config, struct ledger *ledger, GError **error)
{
    struct mended mended = {.alerts = g_ptr_array_new_with_free_func(g_free)};
    struct leftovers left = {0};
    int cut = 0;
    fault_point("recovery-begins");
    bool good = cut_end(ledger, &cut, error);
    fault_point("cut-ended");
    good = good && filings_mend(config, ledger, &mended, error);
    fault_point("filings-mended");
    good = good && leftovers_tidy(config, ledger, &left, error);
    fault_point("leftovers-tidied");
    g_autoptr(json_t) found = found_by(cut, &mended, &left);
    g_autofree char *words = recovery_words(found);
    if (good && words[0] != '\0') {
        log_warning("recovery: %s", words);
        good = write_down(ledger, found, &left, error);
    }
    if (good && mended.unmoved == 0)
        good = filing_is_well(ledger, error);
    g_free(left.first_stray);
    fault_point("recovery-ends");
    g_clear_error(&mended.closed);
    g_ptr_array_unref(mended.alerts);
    return good;
}
