/* Mail that another program moved on. A mail reader that is opened on a spool moves what it sees from new/ to
 * cur/, and there it would lie undecided: so it is put back into new/, and taken from there as any other.
 * What lay in cur/ before the spool was one is a person's mailbox and stays; so does what cannot be moved,
 * with a word. A name that exists in new/ already is tried again once that one was taken. */
#include "keeper/spool_inside.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/times.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOOKS = 2048, TIMES_DIFFER = 2 /* s: a change within them may not show in a folder's time */ };

void spool_watched_since(struct spool *spool, int64_t since)
{
    spool->cur.since = MAX(since, 1);
    spool_rescan(spool);
}

void spool_cur_end(struct spool *spool)
{
    if (spool->cur.stream != NULL)
        closedir(g_steal_pointer(&spool->cur.stream));
    spool->cur.seen = (struct stat){0};
}

/* False where nothing was put in or taken out since the last walk. */
static bool has_changed(const struct stat *seen, const struct stat *now)
{
    return seen->st_dev != now->st_dev || seen->st_ino != now->st_ino ||
           seen->st_mtim.tv_sec != now->st_mtim.tv_sec || seen->st_mtim.tv_nsec != now->st_mtim.tv_nsec ||
           now->st_mtim.tv_sec + TIMES_DIFFER > g_get_real_time() / G_USEC_PER_SEC;
}

static void walk_begin(struct spool *spool)
{
    struct stat now;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(spool->config->path, "cur", NULL);
    int folder = g_file_test(path, G_FILE_TEST_EXISTS) ? folder_open(path, &error) : -1;
    if (folder < 0) {
        spool->cur.seen = (struct stat){0}; /* the next walk says whether it is well */
        spool_trouble(spool, &spool->trouble.cur, error != NULL ? error->message : NULL);
        return;
    }
    if (fstat(folder, &now) != 0 || !has_changed(&spool->cur.seen, &now)) {
        close(folder);
        return;
    }
    spool->cur.stream = fdopendir(folder);
    spool->cur.seen = now;
    spool->cur.counted = 0;
    spool->cur.failed = false;
    if (spool->cur.stream == NULL)
        close(folder);
}

static void walk_end(struct spool *spool)
{
    closedir(g_steal_pointer(&spool->cur.stream));
    if (!spool->cur.failed)
        spool_trouble(spool, &spool->trouble.cur, NULL);
    if (spool->cur.counted > 0 && spool->cur.counted != spool->cur.old)
        log_info(
            "spool %s: %u mails in cur/ are older than this spool and stay there; move into new/ what is to "
            "be decided",
            spool->config->name, spool->cur.counted);
    spool->cur.old = spool->cur.counted;
}

static bool is_old(const struct spool *spool, const struct stat *status)
{
    return time_of_file(&status->st_mtim) < spool->cur.since;
}

/* The flags behind the colon are of cur/ alone. */
static void put_back(struct spool *spool, const char *name)
{
    struct stat status;
    int folder = dirfd(spool->cur.stream);
    if (name[0] == '.' || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode))
        return;
    if (is_old(spool, &status)) {
        spool->cur.counted++;
        return;
    }
    g_autofree char *plain = name[0] == ':' ? g_strdup(name) : g_strndup(name, strcspn(name, ":"));
    if (faccessat(spool->descriptor, plain, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        spool->cur.seen = (struct stat){0};
        return;
    }
    g_autofree char *escaped = name_escape(name);
    g_autoptr(GError) error = NULL;
    if (file_move_at((struct file_at){folder, name}, (struct file_at){spool->descriptor, plain}, &error)) {
        fault_point("mail-put-back");
        log_warning(
            "spool %s: %s had been moved to cur/ before it was decided, and was put back: no mail reader "
            "may be used on a spool",
            spool->config->name, escaped);
        names_hint(spool->names, plain, true);
        return;
    }
    spool->cur.seen = (struct stat){0};
    spool->cur.failed = true;
    g_autofree char *text =
        g_strdup_printf("mail was moved to cur/ and cannot be put back: %s", error->message);
    spool_trouble(spool, &spool->trouble.cur, text);
}

bool spool_cur_look(struct spool *spool)
{
    if (spool->config->kind != SPOOL_MAILDIR || spool->descriptor < 0 || spool->cur.since == 0)
        return false;
    if (spool->cur.stream == NULL)
        walk_begin(spool);
    for (int looks = 0; spool->cur.stream != NULL && looks < LOOKS; looks++) {
        const struct dirent *found = readdir(spool->cur.stream);
        if (found == NULL)
            walk_end(spool);
        else
            put_back(spool, found->d_name);
    }
    return spool->cur.stream != NULL;
}
