/* Walking the folders of which a snapshot is taken. Each walk resolves the configured path anew, once: a
 * folder that is swapped by its symlink is followed, and a walk during the swap sees one of the two. Links
 * inside a folder may lead anywhere below it (as those of a mounted ConfigMap do), and nowhere else: what a
 * rule folder holds must be seen by looking at it. A folder that is missing or unreadable, a file
 * that cannot be looked at, and a link that leads out, make it fail. */
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

/* Whether the place is no link, or one that stays inside; else *why says where it leads. */
static bool stays_inside(const struct root *root, const struct place *place, GError **why)
{
    struct stat status;
    if (root->resolved == NULL || lstat(place->real, &status) != 0 || !S_ISLNK(status.st_mode))
        return true;
    char *target = realpath(place->real, NULL);
    bool inside = target == NULL || is_below(target, root->resolved);
    if (!inside)
        g_set_error(why, AWSIFT_ERROR, AWSIFT_ERROR_RULES,
                    "cannot be read: it is a link to %s, outside its rule folder: put a copy in its place",
                    target);
    free(target);
    return inside;
}

static bool walk_folder(const struct root *root, const struct place *folder, GError **error);

static bool walk_below(const struct root *root, const struct place *place, GError **error)
{
    g_autofree char *prefix = g_strconcat(place->name, "/", NULL);
    const struct place below = {prefix, place->path, place->real, place->depth + 1};
    if (place->depth < DEPTH_MAXIMUM)
        return walk_folder(root, &below, error);
    if (root->walk->passed != NULL)
        root->walk->passed(place->path, "passed over, a rule folder is read five folders deep; move it up",
                           root->walk->unread_data);
    return true;
}

/* What stands in a listing and cannot be looked at: a rule must not be missing without a word. */
static bool walk_unseen(const struct root *root, const struct place *place, int number, GError **error)
{
    struct stat status;
    GError *why = NULL;
    if (number == ENOENT || number == ELOOP) {
        /* No link: gone between listing and looking, the next fingerprint tells. */
        if (root->walk->passed != NULL && lstat(place->real, &status) == 0)
            root->walk->passed(
                place->path,
                "passed over, a link that leads nowhere: put a file in its place, or take it away",
                root->walk->unread_data);
        return true;
    }
    error_set_errno(&why, number, "cannot be read");
    return walk_goes_on(root->walk, place->path, why, error);
}

static bool walk_entry(const struct root *root, const struct place *folder, const char *entry, GError **error)
{
    g_autofree char *name = g_strconcat(folder->name, entry, NULL),
                    *path = g_build_filename(folder->path, entry, NULL),
                    *real = g_build_filename(folder->real, entry, NULL);
    const struct place place = {name, path, real, folder->depth};
    struct stat status;
    GError *why = NULL;
    if (stat(real, &status) != 0)
        return walk_unseen(root, &place, errno, error);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
        return true;
    if (!stays_inside(root, &place, &why))
        return walk_goes_on(root->walk, path, why, error);
    return S_ISDIR(status.st_mode) ? walk_below(root, &place, error)
                                   : root->walk->each(root->walk, &place, &status, error);
}

static bool walk_folder(const struct root *root, const struct place *folder, GError **error)
{
    DIR *listing = opendir(folder->real);
    const struct dirent *entry;
    bool good = true;
    if (listing == NULL) {
        GError *why = NULL;
        error_set_errno(&why, errno, "cannot be read");
        return walk_goes_on(root->walk, folder->path, why, error);
    }
    while (good && (entry = readdir(listing)) != NULL)
        if (!is_ignored(entry->d_name))
            good = walk_entry(root, folder, entry->d_name, error);
    closedir(listing);
    return good;
}

bool walk_all(const char *scripts, const char *const *folders, const struct walk *walk, GError **error)
{
    const struct root shipped = {walk, NULL}; /* where packages and stores put links is their business */
    if (!walk_folder(&shipped, &(struct place){"awsift/", scripts, scripts, 1}, error))
        return false;
    for (size_t i = 0; folders[i] != NULL; i++) {
        g_autofree char *prefix = g_strdup_printf("rules/%zu/", i);
        char *resolved = realpath(folders[i], NULL);
        const struct root root = {walk, resolved};
        const struct place folder = {prefix, folders[i], resolved != NULL ? resolved : folders[i], 1};
        bool good = walk_folder(&root, &folder, error);
        free(resolved);
        if (!good)
            return false;
    }
    return true;
}
