/* Opening a folder where others may write on the way to it. The path is walked name by name from open folder
 * to open folder, so that each is looked at as it is taken. It fails on a symbolic link of a stranger's, on a
 * circle of links, and as open(2) does. Whose the folders themselves are is not judged: whoever may replace a
 * folder on the way may as well write what stands in it. */
#include "base/folder.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40 };

/* What a symbolic link that we trust says, NULL: it is another's, or none. */
static char *link_read(int link, const char *path, GError **error)
{
    struct stat status;
    char target[PATH_MAX];
    if (fstat(link, &status) != 0 || !S_ISLNK(status.st_mode)) {
        error_set_errno(error, ENOTDIR, "%s", path);
        return NULL;
    }
    if (status.st_uid != 0 && status.st_uid != geteuid()) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                    "%s leads over a symbolic link of the user %u, which is not followed: name the folder "
                    "that is meant, or let root make the link",
                    path, (unsigned)status.st_uid);
        return NULL;
    }
    ssize_t size = readlinkat(link, "", target, sizeof target - 1);
    if (size > 0)
        return g_strndup(target, (gsize)size);
    error_set_errno(error, errno, "%s", path);
    return NULL;
}

/* One name further than *folder, which is replaced. *rest: what is still to go; a link's target is put before
 * it. */
static bool folder_step(int *folder, const char *name, char **rest, const char *path, GError **error)
{
    int next = openat(*folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 && errno == EACCES) /* may be passed through, and not listed */
        next = openat(*folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 && (errno == ELOOP || errno == ENOTDIR)) {
        int link = openat(*folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        g_autofree char *target = link >= 0 ? link_read(link, path, error) : NULL;
        if (link < 0)
            return error_set_errno(error, errno, "%s", path);
        close(link);
        if (target == NULL)
            return false;
        char *further = g_strconcat(target, "/", *rest, NULL);
        g_free(*rest);
        *rest = further;
        next = openat(*folder, target[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    if (next < 0)
        return error_set_errno(error, errno, "%s", path);
    close(*folder);
    *folder = next;
    return true;
}

/* The first name of *rest, which is taken off it; NULL: none is left. */
static char *name_take(char **rest)
{
    const char *start = *rest + strspn(*rest, "/");
    size_t length = strcspn(start, "/");
    char *name = length > 0 ? g_strndup(start, length) : NULL;
    char *left = g_strdup(start + length);
    g_free(*rest);
    *rest = left;
    return name;
}

int folder_open(const char *path, GError **error)
{
    g_autofree char *rest = g_strdup(path);
    int folder = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC), links = 0;
    char *name;
    while (folder >= 0 && (name = name_take(&rest)) != NULL) {
        size_t left = strlen(rest);
        bool good = folder_step(&folder, name, &rest, path, error);
        g_free(name);
        if (good && strlen(rest) > left && ++links > LINKS_MOST)
            good = error_set_errno(error, ELOOP, "%s", path);
        if (!good) {
            close(folder);
            return -1;
        }
    }
    int listed = folder >= 0 ? openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (listed < 0)
        error_set_errno(error, errno, "%s", path);
    if (folder >= 0)
        close(folder);
    return listed;
}
