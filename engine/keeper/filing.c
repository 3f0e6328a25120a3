/* Filing decided mail into the archive's Maildirs, and setting aside what could not be decided.
 *
 * Each function can be repeated after a crash at any point and comes to the same end: a mail that is there
 * already is success, one that is there and still in the spool (a copy across file systems that was cut
 * before its end) is removed from the spool once both are proven equal. Names follow from ledger id and
 * content alone.
 *
 * A mail whose bytes could not be synced where they lie is written anew, from what was read of it and has its
 * hash: a second fsync of the same file says success whether or not the bytes are on the disk.
 *
 * It fails on full or read-only disks and on folders it may not enter; the mail is then still in the spool.
 * Which mail is filed, and whether it is still the one that was decided, is the caller's. */
#include "keeper/filing.h"
#include "keeper/filing_inside.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- proving that the store can be written ---- */

static bool prove_writable(const char *folder, GError **error)
{
    static const char bytes[] = "awsift tries whether it can write here; this file may be removed\n";
    g_autofree char *path = g_build_filename(folder, ".awsift-tries", NULL); /* one name: none piles up */
    g_autoptr(GError) cause = NULL;

    if (file_write_durable(path, bytes, sizeof bytes - 1, &cause) && file_remove(path, &cause))
        return true;
    bool full = g_error_matches(cause, AWSIFT_ERROR, AWSIFT_ERROR_FULL);
    g_set_error(error, cause->domain, cause->code, "the store cannot be written (%s): %s",
                full ? "make room on its disk" : "give its folders to this user, or correct `store`",
                cause->message);
    return false;
}

bool filing_prepare(const char *store, GError **error)
{
    g_autofree char *archive = g_build_filename(store, "archive", NULL);
    g_autofree char *unreadable = g_build_filename(store, "unreadable", NULL);
    g_autofree char *outbox = g_build_filename(store, "outbox", NULL);
    g_autofree char *outbox_new = g_build_filename(outbox, "new", NULL);

    return folder_make(store, error) && folder_make(archive, error) && folder_make(unreadable, error) &&
           maildir_make(outbox, error) && prove_writable(store, error) && prove_writable(archive, error) &&
           prove_writable(unreadable, error) && prove_writable(outbox_new, error);
}

/* ---- moving one mail ---- */

static bool sync_content_of(struct file_at file, const char *path, GError **error)
{
    struct stat status;
    int descriptor = file_open_regular(file.folder, file.name, &status, error);
    if (descriptor < 0)
        return false;
    bool done = file_sync(descriptor, path, error);
    close(descriptor);
    return done;
}

static bool has_content(struct file_at file, const char *sha256)
{
    struct stat status;
    int descriptor = file_open_regular(file.folder, file.name, &status, NULL);
    if (descriptor < 0)
        return false;
    g_autofree char *found = file_sha256(descriptor, NULL);
    close(descriptor);
    return g_strcmp0(found, sha256) == 0;
}

static bool is_there_at(struct file_at file)
{
    struct stat status;
    return fstatat(file.folder, file.name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The name exists already: the same mail by all that a name can say. It is one by its bytes too, or an error.
 * Whoever made it may not have come to sync its folder. */
static bool finish_cut_move(struct file_at from, struct file_at to, const char *path, const char *sha256,
                            GError **error)
{
    if (has_content(to, sha256) && has_content(from, sha256))
        return sync_content_of(to, path, error) && file_sync(to.folder, path, error) &&
               file_remove_at(from, error);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "%s exists with other bytes: move it away by hand",
                path);
    return false;
}

/* When a sync last failed of a folder's mail, or of the folder: what lay there by then is proven by no later
 * sync. Past the limit it is all folders. */
enum { DOUBTED_MOST = 256 };
G_LOCK_DEFINE_STATIC(doubted);
static GHashTable *doubted; /* folder, "" for all → struct timespec */

void filing_doubt(const char *folder)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    G_LOCK(doubted);
    if (doubted == NULL)
        doubted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    bool some = g_hash_table_size(doubted) < DOUBTED_MOST || g_hash_table_contains(doubted, folder);
    g_hash_table_insert(doubted, g_strdup(some ? folder : ""), g_memdup2(&now, sizeof now));
    G_UNLOCK(doubted);
}

static bool is_before(const struct timespec *time, const struct timespec *end)
{
    return end != NULL &&
           (time->tv_sec != end->tv_sec ? time->tv_sec < end->tv_sec : time->tv_nsec <= end->tv_nsec);
}

bool filing_is_doubted(const char *folder, const struct stat *status)
{
    G_LOCK(doubted);
    bool found = doubted != NULL && (is_before(&status->st_ctim, g_hash_table_lookup(doubted, folder)) ||
                                     is_before(&status->st_ctim, g_hash_table_lookup(doubted, "")));
    G_UNLOCK(doubted);
    return found;
}

/* *proven: its bytes are on the disk. False when it cannot even be opened. */
static bool sync_or_doubt(struct file_at file, const char *path, bool *proven, GError **error)
{
    struct stat status;
    g_autofree char *folder = g_path_get_dirname(path);
    int descriptor = file_open_regular(file.folder, file.name, &status, error);
    if (descriptor < 0)
        return false;
    *proven = !filing_is_doubted(folder, &status);
    if (*proven && !file_sync(descriptor, path, NULL)) {
        filing_doubt(folder);
        *proven = false;
    }
    close(descriptor);
    return true;
}

static bool write_anew(struct file_at from, struct file_at to, const char *from_path, const char *sha256,
                       GError **error)
{
    if (has_content(from, sha256))
        return file_move_by_copy_at(from, to, error);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "%s could not be synced, and cannot be read as it came any more", from_path);
    return false;
}

/* Between the last look at a file and its move another one can be put under its name: what was moved is
 * looked at, and a stranger goes back, under a name of its own where its old one is taken again. */
static bool prove_moved(const struct filing_source *from, struct file_at to, const char *sha256,
                        GError **error)
{
    if (from->seen == NULL || file_is_seen(to, from->seen) || has_content(to, sha256))
        return true;
    g_autofree char *other = g_strdup_printf("%s.%.16s.again", to.name, sha256);
    if (file_move_at(to, (struct file_at){from->folder, from->name}, NULL) ||
        file_move_at(to, (struct file_at){from->folder, other}, error))
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "%s was exchanged while it was filed",
                    from->path);
    return false;
}

static bool move_whole(const struct filing_source *source, struct file_at to, const char *to_path,
                       const char *sha256, bool sync_content, GError **error)
{
    const struct file_at from = {source->folder, source->name};
    if (is_there_at(to))
        return !is_there_at(from) || finish_cut_move(from, to, to_path, sha256, error);
    bool proven = true;
    if (sync_content && !sync_or_doubt(from, source->path, &proven, error))
        return false;
    if (!proven)
        return write_anew(from, to, source->path, sha256, error);
    g_autoptr(GError) failure = NULL;
    if (file_move_at(from, to, &failure))
        return prove_moved(source, to, sha256, error);
    /* One text, by whichever folder it was opened: what is told once is known by it. */
    const char *why = strrchr(failure->message, ':');
    g_set_error(error, failure->domain, failure->code, "%s cannot be moved to %s%s", source->path, to_path,
                why != NULL ? why : "");
    return false;
}

/* Into <folder>/<name>, where the folder is opened once. */
static bool move_into(const struct filing_source *source, const char *folder, const char *name,
                      const char *sha256, bool sync_content, GError **error)
{
    int descriptor = folder_open(folder, error);
    if (descriptor < 0)
        return false;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    bool good = move_whole(source, (struct file_at){descriptor, name}, path, sha256, sync_content, error);
    close(descriptor);
    return good;
}

bool filing_file_from(const char *store, const char *category, int64_t message, const char *sha256,
                      const struct filing_source *from, bool sync_content, GError **error)
{
    g_autofree char *folder = filing_folder(store, category, error);
    if (folder == NULL || !maildir_make(folder, error))
        return false;
    if (!is_there_at((struct file_at){from->folder, from->name})) {
        g_autofree char *filed = filing_find(store, category, message, sha256);
        if (filed != NULL)
            return true;
    }
    g_autofree char *current = g_build_filename(folder, "cur", NULL);
    g_autofree char *plain = filing_name(message, sha256);
    g_autofree char *name = g_strconcat(plain, ":2,", NULL);
    if (!move_into(from, current, name, sha256, sync_content, error))
        return false;
    if (sync_content) { /* an earlier life may have been copying it here from another file system */
        g_autofree char *copy = g_strdup_printf("%s/%s.tmp", current, name);
        file_remove(copy, NULL);
    }
    return true;
}

bool filing_file(const char *store, const char *category, int64_t message, const char *sha256,
                 const char *from_path, bool sync_content, GError **error)
{
    const struct filing_source from = {AT_FDCWD, from_path, from_path, NULL};
    return filing_file_from(store, category, message, sha256, &from, sync_content, error);
}

/* With and without ":2," it is the same mail, and both are found. One whose flags a mail reader has set has a
 * newer name than the one that was not synced. */
bool filing_renew(const char *store, const char *category, int64_t message, const char *sha256,
                  GError **error)
{
    g_autofree char *path = filing_find(store, category, message, sha256);
    if (path == NULL || !g_str_has_suffix(path, ".awsift:2,"))
        return true;
    g_autofree char *other = g_strndup(path, strlen(path) - strlen(":2,"));
    return file_name_anew(path, other, error);
}

bool filing_sync(const char *store, const char *category, const char *from_folder, GError **error)
{
    g_autofree char *folder = filing_folder(store, category, error);
    if (folder == NULL)
        return false;
    g_autofree char *current = g_build_filename(folder, "cur", NULL);
    return folder_sync(current, error) && (from_folder == NULL || folder_sync(from_folder, error));
}

/* ---- what could not be decided ---- */

static bool set_aside_as(const char *store, const char *name, const char *sha256,
                         const struct filing_source *from, const char *reason, GError **error)
{
    g_autofree char *folder = g_build_filename(store, "unreadable", NULL);
    g_autofree char *from_folder = g_path_get_dirname(from->path);
    g_autofree char *reason_path = g_strdup_printf("%s/%s.reason", folder, name);
    g_autofree char *line = g_strconcat(reason, g_str_has_suffix(reason, "\n") ? "" : "\n", NULL);

    if (!folder_make(folder, error) || !file_write_durable(reason_path, line, strlen(line), error))
        return false;
    fault_point("reason-written");
    return move_into(from, folder, name, sha256, true, error) && folder_sync(folder, error) &&
           folder_sync(from_folder, error);
}

bool filing_set_aside(const char *store, int64_t message, const char *sha256,
                      const struct filing_source *from, const char *reason, GError **error)
{
    g_autofree char *name = filing_name(message, sha256);
    return set_aside_as(store, name, sha256, from, reason, error);
}

/* ---- bringing it to its place ---- */

enum { TRIES = 5 }; /* while a mail reader renames it */
enum lying { LIES_NOT, LIES_WHOLE, LIES_DAMAGED, LIES_UNKNOWN };

/* What one folder holds under the mail's name. *found is its hash. A mail reader may rename it between two
 * steps, so it is looked for once more. */
static enum lying look_into(const struct filing_home *home, const char *folder, char **path, char **found,
                            GError **error)
{
    g_autoptr(GError) failure = NULL;
    for (int tries = 0; tries < TRIES; tries++) {
        g_clear_error(&failure);
        g_free(*path);
        *path = filing_find(home->store, folder, home->message, home->sha256);
        if (*path == NULL)
            return filing_prove_absent(home->store, folder, error) ? LIES_NOT : LIES_UNKNOWN;
        int descriptor = filing_open_path(*path, &failure);
        if (descriptor < 0)
            continue;
        *found = file_sha256(descriptor, &failure);
        close(descriptor);
        if (*found != NULL)
            return strcmp(*found, home->sha256) == 0 ? LIES_WHOLE : LIES_DAMAGED;
    }
    g_propagate_prefixed_error(error, g_steal_pointer(&failure), "%s cannot be read: ", *path);
    return LIES_UNKNOWN;
}

/* Under a name that is no mail's: whoever brings back what the ledger lost would have it decided. */
static bool damaged_set_aside(struct filing_home *home, const char *path, const char *found, GError **error)
{
    g_autofree char *plain = filing_name(home->message, found),
                    *name = g_strconcat(plain, FILING_DAMAGED, NULL);
    g_autofree char *reason = g_strdup_printf(
        "it lay in the archive as %s, and these are not the bytes of the mail that came", path);
    const struct filing_source from = {AT_FDCWD, path, path, NULL};
    if (!set_aside_as(home->store, name, found, &from, reason, error))
        return false;
    g_free(home->damaged);
    home->damaged = g_strdup_printf(
        "%s had other bytes than the mail that came, and was moved to unreadable/%s", path, name);
    return true;
}

/* *renamed: a mail reader was faster, and it has to be looked for once more. */
static enum filing_brought bring_once(struct filing_home *home, const char *folder, bool *renamed,
                                      GError **error)
{
    g_autofree char *path = NULL, *found = NULL;
    switch (look_into(home, folder, &path, &found, error)) {
    case LIES_NOT:
        return FILING_NOWHERE;
    case LIES_UNKNOWN:
        return FILING_FAILED;
    case LIES_DAMAGED:
        return damaged_set_aside(home, path, found, error) ? FILING_NOWHERE : FILING_FAILED;
    case LIES_WHOLE:
        break;
    }
    if (strcmp(folder, home->category) == 0)
        return FILING_HOME;
    if (!filing_file(home->store, home->category, home->message, home->sha256, path, false, error)) {
        *renamed = !g_file_test(path, G_FILE_TEST_EXISTS);
        return FILING_FAILED;
    }
    home->from = g_path_get_dirname(path);
    return FILING_HOME;
}

static enum filing_brought bring_from(struct filing_home *home, const char *folder, GError **error)
{
    enum filing_brought brought = FILING_FAILED;
    g_autoptr(GError) failure = NULL;
    bool renamed = true;
    for (int tries = 0; tries < TRIES && brought == FILING_FAILED && renamed; tries++) {
        g_clear_error(&failure);
        renamed = false;
        brought = bring_once(home, folder, &renamed, &failure);
    }
    if (brought == FILING_FAILED)
        g_propagate_error(error, g_steal_pointer(&failure));
    return brought;
}

enum filing_brought filing_bring_home(struct filing_home *home, GError **error)
{
    enum filing_brought brought = bring_from(home, home->category, error);
    for (size_t i = 0; i < G_N_ELEMENTS(home->elsewhere) && brought == FILING_NOWHERE; i++) {
        const char *folder = home->elsewhere[i];
        if (folder != NULL && folder[0] != '\0' && strcmp(folder, home->category) != 0)
            brought = bring_from(home, folder, error);
    }
    return brought;
}

void filing_home_clear(struct filing_home *home)
{
    g_clear_pointer(&home->from, g_free);
    g_clear_pointer(&home->damaged, g_free);
}

/* ---- removing what is old ---- */

/* A mail reader may rename it between the two steps, so it is looked for once more. */
bool filing_remove(const char *store, const char *category, int64_t message, const char *sha256,
                   char **folder, GError **error)
{
    *folder = NULL;
    for (int tries = 0; tries < 3 && *folder == NULL; tries++) {
        bool there = false;
        g_autofree char *path = filing_find(store, category, message, sha256);
        if (path == NULL)
            return filing_prove_archive(store, error) && filing_prove_absent(store, category, error);
        if (!file_remove_known(path, &there, error))
            return false;
        *folder = there ? g_path_get_dirname(path) : NULL;
    }
    return *folder != NULL ||
           error_set_errno(error, EBUSY, "mail %" G_GINT64_FORMAT " is renamed all the time", message);
}
