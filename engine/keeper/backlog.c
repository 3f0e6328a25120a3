/* Looking at a backlog. Nothing is remembered of what is seen and no list of names is made. A folder of a
 * million is read in the order that its file system has, so "the oldest" is that of the first few hundred,
 * and exact only where there are no more. */
#include "keeper/backlog.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/names.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static DIR *open_folder(const struct config_spool *spool)
{
    g_autofree char *folder =
        g_build_filename(spool->path, spool->kind == SPOOL_MAILDIR ? "new" : NULL, NULL);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (stream == NULL && descriptor >= 0)
        close(descriptor);
    return stream;
}

static void look_at(struct backlog *backlog, int folder, const char *name)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    int64_t written = time_of_file(&status.st_mtim);
    if (backlog->oldest == 0 || written < backlog->oldest)
        backlog->oldest = MAX(written, 1);
}

struct backlog backlog_look(const struct config_spool *spool)
{
    struct backlog backlog = {0};
    DIR *stream = open_folder(spool);
    const struct dirent *found;
    while (stream != NULL && !backlog.more && (found = readdir(stream)) != NULL) {
        if (name_is_ignored(found->d_name, spool->kind == SPOOL_MAILDIR))
            continue;
        backlog.more = backlog.files == BACKLOG_COUNTED_MOST;
        backlog.files += !backlog.more;
        if (backlog.files <= BACKLOG_LOOKED_AT_MOST)
            look_at(&backlog, dirfd(stream), found->d_name);
    }
    if (stream != NULL)
        closedir(stream);
    return backlog;
}

void backlog_tell(const struct backlog *backlog, json_t *status)
{
    g_autofree char *oldest = backlog->oldest != 0 ? time_format(backlog->oldest) : NULL;
    json_object_set_new(status, "waiting", json_integer(backlog->files));
    json_object_set_new(status, "waiting_more", json_boolean(backlog->more));
    json_object_set_new(status, "oldest", json_text_new(oldest));
}

/* ---- how fast it goes ---- */

static void rate_advance(struct rate *rate, int64_t second)
{
    int64_t most = (int64_t)G_N_ELEMENTS(rate->counts);
    for (int64_t passed = MAX(rate->second + 1, second - most + 1); passed <= second; passed++)
        rate->counts[passed % most] = 0;
    rate->second = MAX(rate->second, second);
}

void rate_note(struct rate *rate, int64_t second)
{
    rate_advance(rate, second);
    rate->counts[rate->second % (int64_t)G_N_ELEMENTS(rate->counts)]++;
}

unsigned rate_of_minute(struct rate *rate, int64_t second)
{
    unsigned sum = 0;
    rate_advance(rate, second);
    for (size_t i = 0; i < G_N_ELEMENTS(rate->counts); i++)
        sum += rate->counts[i];
    return sum;
}
