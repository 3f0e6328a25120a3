/* The next file of a spool, and those in hand. Two sources say which file may be next: hints (the watch's
 * events, waits that ended) and the walk (a directory stream that is read on as files are asked for). Each
 * name goes through take(), which decides by looking at the file alone, so a wrong, late or repeated hint
 * does no harm. Hints and walk take turns: a mail that arrives now does not wait behind a million old ones,
 * nor they behind it.
 *
 * In a Maildir what stands in new/ is whole. In a drop directory a file is whole when it was renamed in or
 * closed by its writer (and is not empty: many writers create first and write later), or when it did not
 * change for the settle time. A clock that is wrong delays a file by no more than that time. Either way, a
 * file that a program holds open for writing is left until it is closed, where the file system can tell.
 *
 * What cannot be opened, is too large, or may be another's file is reported and left; where descriptors or
 * memory are short, everything waits a second. */
#include "keeper/spool_inside.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/log.h"
#include "base/times.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    STARVED_PAUSE = 1000, /* ms */
    LINKS_PAUSE = 1000,
    CHANGED_PAUSE = 500,
    CHANGED_PAUSE_MOST = 60000,
    CHANGES_TOLD = 4,
    RESCANS_HELD = 20,   /* as long as these take a program may have a file open before somebody is told */
    LOOKS_A_CALL = 2048, /* names looked at before the loop gets its turn again, */
    LOOKS_A_BREATH = 32,
    BREATH = 20 /* or ms: on a slow disk each look is a read */
};

enum found_by { BY_WALK, BY_HINT, BY_EVENT };

/* Larger is no mail, and reading it to its end (a sparse file may be as large as it likes) would keep a
 * decider from all others. */
static const off_t size_most = (off_t)1 << 30;

/* What lies there beyond may be mail, and none of it is named any more. */
static void overrun_tell(struct spool *spool)
{
    g_autofree char *text =
        g_strdup_printf("more files are left lying in %s than are named one by one, and mail "
                        "may be among them: move away what is no mail",
                        spool->folder);
    log_warning("spool %s: %s", spool->config->name, text);
    if (spool->told != NULL)
        spool->told(spool, text, false, spool->data);
}

/* False: it was said already. */
static bool report(struct spool *spool, const char *name, const char *reason)
{
    bool fresh = names_report(spool->names, name, reason);
    if (names_overran(spool->names))
        overrun_tell(spool);
    if (!fresh)
        return false;
    g_autofree char *escaped = name_escape(name);
    log_warning("spool %s: %s is left where it is: %s", spool->config->name, escaped, reason);
    return true;
}

/* As report, and the operators hear of it: it may be mail. remedy: one for all files of the kind. */
static void report_mail(struct spool *spool, const char *name, const char *reason, const char *remedy)
{
    if (!report(spool, name, reason) || spool->told == NULL)
        return;
    g_autofree char *text =
        g_strdup_printf("mail is left lying in %s, %s: %s", spool->folder, reason, remedy);
    spool->told(spool, text, false, spool->data);
}

/* ---- one file ---- */

static bool is_same(const struct stat *left, const struct stat *right)
{
    return file_is_unchanged(left, right) && left->st_ctim.tv_sec == right->st_ctim.tv_sec &&
           left->st_ctim.tv_nsec == right->st_ctim.tv_nsec;
}

/* How long a file must stay as it is until it counts as whole, 0: it does. Anybody can set mtime, so one in
 * the future says nothing; a ctime in the future means that the clocks differ, and then the whole time is
 * waited. */
static int64_t unsettled_for(const struct spool *spool, const struct stat *status)
{
    int64_t now = time_now(), settle = spool->config->settle;
    int64_t modified = time_of_file(&status->st_mtim), changed = time_of_file(&status->st_ctim);

    if (modified <= now)
        changed = MAX(changed, modified);
    if (changed > now)
        return settle;
    return MAX(settle - (now - changed), 0);
}

static const char *kind_refused(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFLNK:
        return "a symbolic link, never followed";
    case S_IFDIR:
        return "a folder, not a mail";
    case S_IFIFO:
        return "a FIFO, never opened";
    case S_IFSOCK:
        return "a socket, never opened";
    default:
        return "a device, never opened";
    }
}

static struct spool_entry *entry_new(struct spool *spool, const char *name, int descriptor,
                                     const struct stat *status, unsigned changes)
{
    struct held *held = g_new0(struct held, 1);
    struct spool_entry *entry = g_new0(struct spool_entry, 1);
    g_autofree char *escaped = name_escape(name);
    entry->name = g_strdup(name);
    entry->path = g_strconcat(spool->config->kind == SPOOL_MAILDIR ? "new/" : "", escaped, NULL);
    entry->descriptor = descriptor;
    entry->status = *status;
    entry->spool = spool;
    entry->folder = g_atomic_rc_box_acquire(spool->shared);
    held->changes = changes;
    g_hash_table_insert(spool->held, g_strdup(name), held);
    if (changes < CHANGES_TOLD)
        names_report_end(spool->names, name);
    fault_point("mail-seen");
    return entry;
}

static bool is_shortage(int number)
{
    return number == EMFILE || number == ENFILE || number == ENOMEM;
}

static void starve(struct spool *spool)
{
    spool->starved_until = spool_clock() + STARVED_PAUSE;
    spool_wake(spool, STARVED_PAUSE);
}

static void open_failed(struct spool *spool, const char *name, int number)
{
    if (number == ENOENT)
        return;
    if (!is_shortage(number)) {
        g_autofree char *reason = g_strdup_printf("it cannot be opened: %s", g_strerror(number));
        g_autofree char *remedy = g_strdup_printf("give the files to the user %s", g_get_user_name());
        report_mail(spool, name, reason, remedy);
        return;
    }
    g_autofree char *text =
        g_strdup_printf("no mail can be opened: %s (raise LimitNOFILE)", g_strerror(number));
    spool_trouble(spool, &spool->trouble.take, text);
    starve(spool);
    const struct name_wait wait = {.due = spool->starved_until, .whole = true};
    names_wait(spool->names, name, &wait);
}

/* File systems of this machine, whose leases know every writer. Others say EAGAIN for reasons of their own.
 */
static bool knows_writers(int descriptor)
{
    static const unsigned long local[] = {0xef53 /* ext */, 0x58465342 /* XFS */, 0x9123683e /* Btrfs */,
                                          0x01021994 /* tmpfs */, 0x794c7630 /* overlay */};
    struct statfs system;
    if (fstatfs(descriptor, &system) != 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(local); i++)
        if ((unsigned long)system.f_type == local[i])
            return true;
    return false;
}

/* Whether a program has the file open for writing: while one has, a lease for reading is refused (fcntl(2)),
 * as it is for a file of another user's without CAP_LEASE, with another error. Ours ends at once. */
static bool has_writer(int descriptor)
{
    if (!knows_writers(descriptor))
        return false;
    if (fcntl(descriptor, F_SETLEASE, F_RDLCK) != 0)
        return errno == EAGAIN;
    fcntl(descriptor, F_SETLEASE, F_UNLCK);
    return false;
}

/* Its closing is an event; should that be lost, the next look is a settle time away. A writer takes its time;
 * one that never ends, or a program that got the descriptor by mistake, has to be found by a person. */
static void wait_for_writer(struct spool *spool, const char *name, const struct stat *status,
                            const struct name_wait *ended)
{
    int64_t pause = MAX(spool->config->settle, STARVED_PAUSE), now = spool_clock();
    int64_t since = ended->held_since != 0 ? ended->held_since : now;
    if (now - since >= RESCANS_HELD * spool_rescan_interval(spool))
        report_mail(spool, name, "a program has had it open for long and may still write to it",
                    "end that program (fuser -v shows it)");
    else
        report(spool, name, "a program has it open and may still write to it");
    const struct name_wait wait = {
        .due = now + pause, .held_open = true, .held_since = since, .status = *status};
    names_wait(spool->names, name, &wait);
    spool_wake(spool, pause);
}

/* Whether it may have been another's file that was linked in, by somebody who cannot read it himself. Where
 * the folder's owner alone can make names, and the file is his, it was his to give. */
static bool may_be_anothers(const struct spool *spool, const struct stat *status)
{
    struct stat folder;
    return status->st_nlink > 1 &&
           (fstat(spool->descriptor, &folder) != 0 || (folder.st_mode & (S_IWGRP | S_IWOTH)) != 0 ||
            folder.st_uid != status->st_uid);
}

/* A delivery agent that links a mail into new/ and then removes its name in tmp/ needs a moment; no event
 * tells when. After that, the next walk looks again. */
static void links_refuse(struct spool *spool, const char *name, const struct stat *status,
                         const struct name_wait *ended)
{
    if (ended->linked) {
        report_mail(spool, name, "it has further names (hard links), and may be another's file",
                    "put a copy in its place, and remove it");
        return;
    }
    const struct name_wait wait = {
        .due = spool_clock() + LINKS_PAUSE, .whole = ended->whole, .linked = true, .status = *status};
    names_wait(spool->names, name, &wait);
    spool_wake(spool, LINKS_PAUSE);
}

/* O_NONBLOCK and the second look are for a file that is replaced between fstatat and openat. */
static struct spool_entry *open_entry(struct spool *spool, const char *name, const struct name_wait *ended)
{
    struct stat status;
    int descriptor =
        openat(spool->descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (descriptor < 0) {
        open_failed(spool, name, errno);
        return NULL;
    }
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(descriptor);
        report(spool, name, "not a regular file");
        return NULL;
    }
    if (may_be_anothers(spool, &status)) {
        close(descriptor);
        links_refuse(spool, name, &status, ended);
        return NULL;
    }
    if (status.st_size > size_most) {
        close(descriptor);
        report_mail(spool, name, "it is larger than 1 GiB, and no mail is", "move it away");
        return NULL;
    }
    if (has_writer(descriptor)) {
        close(descriptor);
        wait_for_writer(spool, name, &status, ended);
        return NULL;
    }
    spool_trouble(spool, &spool->trouble.take, NULL);
    return entry_new(spool, name, descriptor, &status, ended->changes);
}

/* Whether the drop directory's file may be taken now; when not, it waits. ended: the wait that
 * is over, or zeros. */
static bool is_whole(struct spool *spool, const char *name, const struct stat *status, enum found_by by,
                     const struct name_wait *ended)
{
    if (spool->config->kind == SPOOL_MAILDIR || ended->whole)
        return true;
    if (by == BY_EVENT && status->st_size > 0)
        return true;
    if (is_same(&ended->status, status))
        return true;
    int64_t left = unsettled_for(spool, status);
    if (left == 0)
        return true;
    const struct name_wait wait = {
        .due = spool_clock() + left, .status = *status, .linked = ended->linked, .changes = ended->changes};
    names_wait(spool->names, name, &wait);
    spool_wake(spool, left);
    return false;
}

static struct spool_entry *take(struct spool *spool, const char *name, enum found_by by)
{
    if (name_is_ignored(name, spool->config->kind == SPOOL_MAILDIR) ||
        g_hash_table_contains(spool->held, name))
        return NULL;

    const struct name_wait *waiting = names_waiting(spool->names, name);
    struct name_wait ended = {0};
    if (waiting != NULL) {
        if (waiting->due > spool_clock() && (waiting->delayed || by != BY_EVENT))
            return NULL;
        if (waiting->due <= spool_clock() || waiting->whole)
            ended = *waiting; /* else an event cut it short, and it proves nothing */
        names_wait_end(spool->names, name);
    }

    struct stat status;
    if (fstatat(spool->descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        open_failed(spool, name, errno);
        return NULL;
    }
    if (!S_ISREG(status.st_mode)) {
        report(spool, name, kind_refused(status.st_mode));
        return NULL;
    }
    if (!is_whole(spool, name, &status, by, &ended))
        return NULL;
    return open_entry(spool, name, &ended);
}

/* ---- which is next ---- */

static void list_failed(struct spool *spool, int number)
{
    g_autofree char *text = g_strdup_printf("%s cannot be listed: %s", spool->folder, g_strerror(number));
    spool_trouble(spool, &spool->trouble.list, text);
    if (is_shortage(number)) { /* otherwise the rescan tries again */
        spool->walk_wanted = true;
        starve(spool);
    }
}

static bool walk_start(struct spool *spool)
{
    spool->walk_wanted = false;
    int descriptor = openat(spool->descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0)
        spool->stream = fdopendir(descriptor);
    if (spool->stream != NULL)
        return true;
    list_failed(spool, errno);
    if (descriptor >= 0)
        close(descriptor);
    return false;
}

/* The walk's next name, NULL: it ended or could not start. */
static const char *walk_next(struct spool *spool)
{
    if (spool->stream == NULL && !walk_start(spool))
        return NULL;
    errno = 0;
    const struct dirent *found = readdir(spool->stream);
    if (found != NULL)
        return found->d_name;
    if (errno != 0) {
        list_failed(spool, errno);
    } else {
        spool_trouble(spool, &spool->trouble.list, NULL);
        names_walked(spool->names);
        spool->walked = true;
    }
    closedir(g_steal_pointer(&spool->stream));
    return NULL;
}

static bool hint_next(struct spool *spool, struct spool_entry **entry)
{
    bool whole = false;
    g_autofree char *name = names_hinted(spool->names, &whole);
    if (name != NULL)
        *entry = take(spool, name, whole ? BY_EVENT : BY_HINT);
    return name != NULL;
}

static bool walk_step(struct spool *spool, struct spool_entry **entry)
{
    if (spool->stream == NULL && !spool->walk_wanted)
        return false;
    const char *name = walk_next(spool);
    if (name != NULL)
        *entry = take(spool, name, BY_WALK);
    return true;
}

bool spool_next(struct spool *spool, struct spool_entry **entry)
{
    int64_t began = spool_clock();
    *entry = NULL;
    for (int looks = 0; looks < LOOKS_A_CALL; looks++) {
        if (looks % LOOKS_A_BREATH == LOOKS_A_BREATH - 1 && spool_clock() - began >= BREATH)
            break;
        if (spool->descriptor < 0 || spool->starved_until > spool_clock())
            return false;
        if (names_lost(spool->names))
            spool->walk_wanted = true;
        spool->hint_turn = !spool->hint_turn;
        bool more = spool->hint_turn ? hint_next(spool, entry) || walk_step(spool, entry)
                                     : walk_step(spool, entry) || hint_next(spool, entry);
        if (*entry != NULL)
            return true;
        if (!more)
            return false;
    }
    spool_wake(spool, 0);
    return false;
}

bool spool_drained(const struct spool *spool)
{
    return spool->descriptor >= 0 && spool->stream == NULL && spool->cur.stream == NULL &&
           !spool->walk_wanted && names_quiet(spool->names) && g_hash_table_size(spool->held) == 0;
}

bool spool_walked(const struct spool *spool)
{
    return spool->descriptor >= 0 && spool->walked;
}

/* ---- in hand ---- */

void spool_entry_free(struct spool_entry *entry)
{
    if (entry == NULL)
        return;
    if (entry->descriptor >= 0)
        close(entry->descriptor);
    spool_folder_drop(entry->folder);
    g_free(entry->name);
    g_free(entry->path);
    g_free(entry);
}

bool spool_entry_unchanged(const struct spool_entry *entry)
{
    struct stat now;
    return fstatat(*entry->folder, entry->name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
           is_same(&now, &entry->status);
}

/* A file that changes each time that it is looked at takes less and less of a decider's time. */
static int64_t changed_pause(struct spool *spool, const char *name, unsigned changes)
{
    if (changes >= CHANGES_TOLD)
        report_mail(spool, name, "it changes all the time", "end the program that writes to it");
    return MIN((int64_t)CHANGED_PAUSE << MIN(changes - 1, 16U), CHANGED_PAUSE_MOST);
}

/* A file that is offered again need not settle again, unless it changed since without being closed. */
void spool_release(struct spool *spool, struct spool_entry *entry, enum spool_outcome outcome, int64_t delay)
{
    const struct held *held = g_hash_table_lookup(spool->held, entry->name);
    bool stirred = held != NULL && held->stirred, same = spool_entry_unchanged(entry);
    bool changed = !same && faccessat(*entry->folder, entry->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    unsigned changes = changed && held != NULL ? held->changes + 1 : 0;

    g_hash_table_remove(spool->held, entry->name);
    if (outcome == SPOOL_AGAIN) {
        int64_t pause = changes > 0 ? changed_pause(spool, entry->name, changes) : 0;
        const struct name_wait wait = {.due = spool_clock() + CLAMP(delay, pause, G_MAXINT32),
                                       .delayed = true,
                                       .whole = stirred || same,
                                       .held_open = changes >= CHANGES_TOLD,
                                       .changes = changes};
        names_wait(spool->names, entry->name, &wait);
    } else {
        names_report_end(spool->names, entry->name);
        if (stirred)
            names_hint(spool->names, entry->name, true);
    }
    if (outcome == SPOOL_AGAIN || stirred)
        spool_wake(spool, 0);
    spool_entry_free(entry);
}
