/* What becomes of a recorded mail's file, in the pool and after the commit: into the archive, into
 * unreadable/, or, for a copy of a known mail, away. A copy is removed only once the first one was read again
 * and has the same bytes; one that is damaged is set aside, and the copy takes its place. Each step may be
 * repeated. */
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/aside.h"
#include "keeper/astray.h"
#include "keeper/drop.h"
#include "keeper/filing.h"
#include "keeper/record_inside.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct filing_source source_of(const struct record *record)
{
    const struct spool_entry *entry = record->delivery->entry;
    return (struct filing_source){*entry->folder, entry->name, record->path, &entry->status};
}

static bool is_same_file(const struct filing_source *source)
{
    return file_is_seen((struct file_at){source->folder, source->name}, source->seen);
}

/* Before it is decided: a decision that is acted on must not outlive its mail. Who delivers into a Maildir
 * has synced the bytes; who writes into a drop directory may not have. Where a sync failed the mail is
 * written anew, bytes and name, or waits. */
bool record_prepare(struct commit_job *job, GError **error)
{
    const struct record *record = (const struct record *)job;
    struct spool_entry *entry = record->delivery->entry;
    enum spool_kind kind = record->delivery->spool->kind;
    bool doubted = filing_is_doubted(record->folder, &entry->status);
    if (!doubted && (kind == SPOOL_MAILDIR || file_sync(entry->descriptor, record->path, NULL)))
        return true;
    if (!doubted)
        filing_doubt(record->folder);
    g_autofree char *temporary = drop_temporary_name(kind);
    if (file_write_anew_at((struct file_at){*entry->folder, entry->name}, temporary, record->sha256,
                           &entry->status, error))
        return true;
    g_prefix_error(error, "%s could not be synced and has to be written anew: ", record->path);
    return false;
}

/* ---- set aside ---- */

/* A copy of what was set aside before: where that one is whole, this one need not be kept. */
static bool is_set_aside(const struct record *record)
{
    int file = aside_open(record->keeper->config->store, record->recorded.message, record->sha256);
    if (file >= 0)
        close(file);
    return file >= 0;
}

static json_t *row_of(const struct record *record)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:I, s:I, s:o}", "id", (json_int_t)record->recorded.message,
                     "sha256", json_text_new(record->sha256), "spool",
                     json_text_new(record->delivery->spool->name), "file",
                     json_text_new(json_text(record->delivery->request, "file")), "size",
                     (json_int_t)record->size, "seen", (json_int_t)time_now(), "reason",
                     json_text_new(record->reason != NULL ? record->reason : "it was set aside before"));
}

static void set_aside(struct record *record)
{
    if (record->recorded.duplicate && is_set_aside(record)) {
        record->remove = true;
        return;
    }
    g_autoptr(json_t) row = row_of(record);
    g_autofree char *text = aside_text(row);
    const struct filing_source from = source_of(record);
    record->moved = filing_set_aside(record->keeper->config->store, record->recorded.message, record->sha256,
                                     &from, text, &record->trouble);
}

/* ---- archived ---- */

/* Where the archive has the mail, as it came: in its place then, and made durable with the batch. False with
 * trouble when that cannot be said; false without when it is to be filed from here. */
static bool first_is_home(struct record *record)
{
    const struct ledger_recorded *recorded = &record->recorded;
    struct filing_home home = {.store = record->keeper->config->store,
                               .category = recorded->category,
                               .sha256 = record->sha256,
                               .elsewhere = {recorded->folder, NULL},
                               .message = recorded->message};
    record->in_place = filing_bring_home(&home, &record->trouble) == FILING_HOME;
    if (record->in_place && record->unsynced)
        record->in_place =
            filing_renew(home.store, recorded->category, recorded->message, record->sha256, &record->trouble);
    if (record->in_place && (home.from != NULL || !recorded->filed)) {
        record->job.sync_category = g_strdup(recorded->category);
        record->job.sync_from = g_steal_pointer(&home.from);
    }
    if (home.damaged != NULL) {
        g_free(record->damaged);
        record->damaged = g_steal_pointer(&home.damaged);
    }
    filing_home_clear(&home);
    return record->in_place;
}

static void file_into_archive(struct record *record)
{
    const struct ledger_recorded *recorded = &record->recorded;
    const struct filing_source from = source_of(record);
    record->moved = record->in_place =
        filing_file_from(record->keeper->config->store, recorded->category, recorded->message, record->sha256,
                         &from, false, &record->trouble);
    if (!record->moved)
        return;
    record->keeper->archived = true;
    record->job.sync_category = g_strdup(recorded->category);
    record->job.sync_from = g_strdup(record->folder);
}

/* It is not there any more as it was decided: moved by an earlier try, or taken away. */
static void settle_without(struct record *record)
{
    record->moved = record->recorded.category[0] != '\0' && first_is_home(record);
    if (!record->moved && record->trouble == NULL)
        g_set_error(&record->trouble, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "%s was changed or taken away while it was decided", record->path);
}

/* A link or a mount can make the archive look like a spool; its own mail would be removed as copies of
 * itself. */
static bool is_archive(struct record *record)
{
    const struct ledger_recorded *recorded = &record->recorded;
    const char *store = record->keeper->config->store;
    int folder = *record->delivery->entry->folder;
    if (!filing_is_archive(store, recorded->category, folder) &&
        (recorded->folder[0] == '\0' || !filing_is_archive(store, recorded->folder, folder)))
        return false;
    g_set_error(&record->trouble, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "the folder %s is one of the archive itself: correct spool \"%s\"", record->folder,
                record->delivery->spool->name);
    return true;
}

void record_settle(struct commit_job *job)
{
    struct record *record = (struct record *)job;
    g_clear_error(&record->trouble);
    record->remove = record->moved = record->in_place = false;
    bool archived = record->recorded.category[0] != '\0';
    if (!store_is_here(record->keeper, &record->trouble) ||
        (archived && !archive_is_here(record->keeper, &record->trouble)))
        return;
    const struct filing_source source = source_of(record);
    if (!is_same_file(&source)) {
        settle_without(record);
        return;
    }
    if (!archived) {
        set_aside(record);
        return;
    }
    if (is_archive(record))
        return;
    record->remove = (record->recorded.duplicate || record->tries > 0) && first_is_home(record);
    if (!record->remove && record->trouble == NULL)
        file_into_archive(record);
}

void record_tidy(struct commit_job *job)
{
    struct record *record = (struct record *)job;
    const struct filing_source source = source_of(record);
    if (record->remove && job->sync_error == NULL)
        file_remove_at((struct file_at){source.folder, source.name}, &record->trouble);
    if (record->moved && record->recorded.was_unreadable && job->sync_error == NULL)
        aside_forget(record->keeper->config->store, record->recorded.message, record->sha256);
}
