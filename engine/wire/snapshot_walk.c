/* Walking the folders of which a snapshot is taken. Each walk resolves the configured paths anew, so that a
 * folder that is swapped by its symlink is followed; links inside a folder may lead anywhere below it (as
 * those of a mounted ConfigMap do), and nowhere else: what a rule folder holds must be seen by looking at it.
 * A folder that is missing or unreadable, and a link that leads out, make it fail. */
#include "wire/snapshot_walk.h"
#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAXIMUM = 5 };

/* One of the folders, while it is walked. */
struct root {
    const struct walk *walk;
    const char *resolved; /* where it lies; NULL: links may lead anywhere */
};

bool walk_goes_on(const struct walk *walk, const char *path, GError *why, GError **error)
{
    if (walk->unread == NULL) {
        g_propagate_prefixed_error(error, why, "%s: ", path);
        return false;
    }
    walk->unread(path, why->message, walk->unread_data);
    g_error_free(why);
    return true;
}

static bool is_ignored(const char *name)
{
    return name[0] == '.' || name[0] == '#' || g_str_has_suffix(name, "~") ||
           g_str_has_suffix(name, ".swp") || g_str_has_suffix(name, ".tmp");
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == '\0' || folder[length - 1] == '/');
}

/* Whether path is no link, or one that stays inside; else *why says where it leads. */
static bool stays_inside(const struct root *root, const char *path, GError **why)
{
    struct stat status;
    if (root->resolved == NULL || lstat(path, &status) != 0 || !S_ISLNK(status.st_mode))
        return true;
    char *target = realpath(path, NULL);
    bool inside = target == NULL || is_below(target, root->resolved);
    if (!inside)
        g_set_error(why, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
                    "cannot be read: it is a link to %s, outside its rule folder: put a copy in its place",
                    target);
    free(target);
    return inside;
}

static bool walk_folder(const struct root *root, const char *prefix, const char *path, int depth,
                        GError **error);

static bool walk_below(const struct root *root, const char *name, const char *path, int depth, GError **error)
{
    g_autofree char *below = g_strconcat(name, "/", NULL);
    if (depth < DEPTH_MAXIMUM)
        return walk_folder(root, below, path, depth + 1, error);
    if (root->walk->passed != NULL)
        root->walk->passed(path, "passed over, a rule folder is read five folders deep; move it up",
                           root->walk->unread_data);
    return true;
}

static bool walk_entry(const struct root *root, const char *prefix, const char *folder, const char *entry,
                       int depth, GError **error)
{
    g_autofree char *name = g_strconcat(prefix, entry, NULL), *path = g_build_filename(folder, entry, NULL);
    struct stat status;
    GError *why = NULL;
    if (stat(path, &status) != 0)
        return true; /* gone between listing and looking: the next fingerprint tells */
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
        return true;
    if (!stays_inside(root, path, &why))
        return walk_goes_on(root->walk, path, why, error);
    return S_ISDIR(status.st_mode) ? walk_below(root, name, path, depth, error)
                                   : root->walk->each(root->walk, name, path, &status, error);
}

static bool walk_folder(const struct root *root, const char *prefix, const char *path, int depth,
                        GError **error)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    bool good = true;
    if (folder == NULL) {
        GError *why = NULL;
        error_set_errno(&why, errno, "cannot be read");
        return walk_goes_on(root->walk, path, why, error);
    }
    while (good && (entry = readdir(folder)) != NULL)
        if (!is_ignored(entry->d_name))
            good = walk_entry(root, prefix, path, entry->d_name, depth, error);
    closedir(folder);
    return good;
}

bool walk_all(const char *scripts, const char *const *folders, const struct walk *walk, GError **error)
{
    const struct root shipped = {walk, NULL}; /* where packages and stores put links is their business */
    if (!walk_folder(&shipped, "awsift/", scripts, 1, error))
        return false;
    for (size_t i = 0; folders[i] != NULL; i++) {
        g_autofree char *prefix = g_strdup_printf("rules/%zu/", i);
        char *resolved = realpath(folders[i], NULL);
        const struct root root = {walk, resolved};
        bool good = walk_folder(&root, prefix, folders[i], 1, error);
        free(resolved);
        if (!good)
            return false;
    }
    return true;
}
