/* What a delivery that was killed has left behind: temporary files that nobody has written to, read or
 * renamed for long. Only regular files directly in the folder are looked at, links are not followed, and one
 * look goes through a limited number of names: the next one finds the rest. */
#include "base/files.h"
#include "base/error.h"
#include "base/folder.h"
#include "base/times.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LOOKS_MOST = 100000 };

static bool is_stale(int folder, const char *name, int64_t before)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
        return false;
    int64_t last = MAX(time_of_file(&status.st_mtim), time_of_file(&status.st_ctim));
    return MAX(last, time_of_file(&status.st_atim)) < before;
}

static unsigned remove_stale(DIR *stream, bool (*wanted)(const char *name), int64_t before, int *failed)
{
    unsigned removed = 0;
    const struct dirent *found;
    int folder = dirfd(stream);
    for (unsigned looks = 0; looks < LOOKS_MOST && (found = readdir(stream)) != NULL; looks++) {
        if (!wanted(found->d_name) || !is_stale(folder, found->d_name, before))
            continue;
        if (unlinkat(folder, found->d_name, 0) == 0)
            removed++;
        else if (errno != ENOENT)
            *failed = errno;
    }
    return removed;
}

bool folder_remove_stale(const char *path, bool (*wanted)(const char *name), int64_t before,
                         unsigned *removed, GError **error)
{
    g_autofree char *above = g_path_get_dirname(path), *name = g_path_get_basename(path);
    *removed = 0;
    if (access(above, F_OK) != 0 && errno == ENOENT)
        return true;
    int parent = folder_open(above, error);
    if (parent < 0)
        return false;
    int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), failed = errno;
    close(parent);
    DIR *stream = descriptor >= 0 ? fdopendir(descriptor) : NULL;
    if (stream == NULL) {
        if (descriptor >= 0) {
            failed = errno;
            close(descriptor);
        }
        return failed == ENOENT || error_set_errno(error, failed, "cannot list %s", path);
    }
    failed = 0;
    *removed = remove_stale(stream, wanted, before, &failed);
    closedir(stream);
    return failed == 0 || error_set_errno(error, failed, "cannot remove old files from %s", path);
}
