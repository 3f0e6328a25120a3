/* Recovery by looking. A message in state "decided" lies in the archive already (the crash came after the
 * move), in the folder of its earlier category (a new decision), or still in its spool, under its name or
 * another one. Running it twice, or being killed within it, does no harm. It fails only when the ledger does:
 * a mail that cannot be moved stays "decided", is told of, and is tried again at the next start or when its
 * spool offers it. */
#include "keeper/recovery.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/filing.h"
#include "keeper/whereabouts.h"
#include "ledger/alerts.h"

#include <string.h>

#define BATCH 500

struct mended {
    unsigned found, filed, missing, unmoved;
    GPtrArray *alerts; /* of char *: what the operators must know, {kind, text} by turns */
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
    g_autofree char *text = filing_waits_text(filing->message, filing->file, filing->spool, why->message);
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

/* From the spool. */
static enum filing_brought filing_fetch(const struct config *config, const struct ledger_filing *filing,
                                        GError **error)
{
    g_autofree char *from = whereabouts_find(config, filing);
    if (from == NULL)
        return FILING_NOWHERE;
    g_autofree char *folder = g_path_get_dirname(from);
    bool good =
        filing_file(config->store, filing->category, filing->message, filing->sha256, from, true, error) &&
        filing_sync(config->store, filing->category, folder, error);
    return good ? FILING_HOME : FILING_FAILED;
}

/* False when the ledger fails. */
static bool filing_mend(const struct config *config, struct ledger *ledger,
                        const struct ledger_filing *filing, struct mended *mended, GError **error)
{
    g_autoptr(GError) trouble = NULL;
    struct filing_home home = {.store = config->store,
                               .category = filing->category,
                               .sha256 = filing->sha256,
                               .elsewhere = {filing->from, NULL},
                               .message = filing->message};
    enum filing_brought brought = filing_bring_home(&home, &trouble);
    bool there = brought == FILING_HOME && home.from == NULL;
    if (there && !filing_renew(config->store, filing->category, filing->message, filing->sha256, &trouble))
        brought = FILING_FAILED; /* an earlier life may have ended because it could not sync it */
    if (brought == FILING_HOME && !filing_sync(config->store, filing->category, home.from, &trouble))
        brought = FILING_FAILED;
    if (home.damaged != NULL)
        alert_add(mended, "damaged",
                  g_strdup_printf("mail %" G_GINT64_FORMAT ": %s", filing->message, home.damaged));
    filing_home_clear(&home);
    if (brought == FILING_NOWHERE)
        brought = filing_fetch(config, filing, &trouble);
    if (brought == FILING_FAILED)
        return filing_put_off(filing, mended, trouble);
    if (brought == FILING_NOWHERE)
        return filing_lost(ledger, filing, mended, error);
    fault_point("recovery-mends");
    *(there ? &mended->found : &mended->filed) += 1;
    return ledger_set_filed(ledger, filing->message, filing->category, error);
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
    return ledger_commit(ledger, error);
}

static bool filings_mend(const struct config *config, struct ledger *ledger, struct mended *mended,
                         GError **error)
{
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

/* That mail cannot be filed stands until all of it is. */
static bool lasts(const char *kind)
{
    return strcmp(kind, "filing") == 0;
}

static bool alerts_raise(struct ledger *ledger, const struct mended *mended, GError **error)
{
    bool fresh, stood, good = true;
    int64_t now = time_now();
    if (!ledger_begin(ledger, error))
        return false;
    for (guint i = 0; good && i < mended->alerts->len; i += 2) {
        const struct ledger_alert alert = {.kind = mended->alerts->pdata[i],
                                           .text = mended->alerts->pdata[i + 1],
                                           .about = lasts(mended->alerts->pdata[i]) ? "" : NULL,
                                           .at = now};
        good = ledger_alert_raise(ledger, &alert, now, &fresh, error);
    }
    if (good && mended->unmoved == 0)
        good = ledger_alert_over(ledger, "filing", "", now, &stood, error);
    if (!good) {
        ledger_rollback(ledger);
        return false;
    }
    return ledger_commit(ledger, error);
}

static void mended_tell(const struct mended *mended, int cut)
{
    if (cut > 0)
        log_warning("%d actions were cut when awsift ended last time; they are tried again with the same key",
                    cut);
    if (mended->found + mended->filed + mended->missing + mended->unmoved > 0)
        log_warning(
            "recovery: %u mails were filed already, %u were filed now, %u are missing, %u cannot be moved",
            mended->found, mended->filed, mended->missing, mended->unmoved);
}

bool recovery_run(const struct config *config, struct ledger *ledger, GError **error)
{
    struct mended mended = {.alerts = g_ptr_array_new_with_free_func(g_free)};
    int cut = 0;
    fault_point("recovery-begins");
    bool good = cut_end(ledger, &cut, error) && filings_mend(config, ledger, &mended, error) &&
                alerts_raise(ledger, &mended, error);
    if (good)
        mended_tell(&mended, cut);
    fault_point("recovery-ends");
    g_ptr_array_unref(mended.alerts);
    return good;
}
