/* Making folders so that they are there after a power cut too: a mail that was synced into a folder whose own
 * name was not is gone with it. A folder that is found is synced once as well, for whoever made it may have
 * been cut off before that. What makes it fail: a full disk, a place that is no folder, a parent that may not
 * be written. */
#include "base/files.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Folders whose names this process has synced. Whoever made one may have been killed, or the power cut,
 * before it was, so each is synced once, whoever made it. Past the limit all are forgotten, and synced once
 * more. */
enum { SETTLED_MOST = 4096 };
G_LOCK_DEFINE_STATIC(settled);
static GHashTable *settled;

static bool is_settled(const char *path)
{
    G_LOCK(settled);
    bool found = settled != NULL && g_hash_table_contains(settled, path);
    G_UNLOCK(settled);
    return found;
}

static void settled_add(const char *path)
{
    G_LOCK(settled);
    if (settled == NULL)
        settled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (g_hash_table_size(settled) >= SETTLED_MOST)
        g_hash_table_remove_all(settled);
    g_hash_table_add(settled, g_strdup(path));
    G_UNLOCK(settled);
}

/* Makes the names of folders in their parent durable. Those that we made go again where that fails: the next
 * try would take them for durable. A parent that we may not read is the affair of whoever made them. */
static bool names_settle(const char *parent, char *const *paths, const bool *made, size_t count,
                         GError **error)
{
    bool any = false;
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        any = any || made[i];
    int descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) != 0)
        failed = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (failed == EACCES && !any)
        failed = 0;
    for (size_t i = 0; i < count; i++) {
        if (failed == 0)
            settled_add(paths[i]);
        else if (made[i])
            rmdir(paths[i]);
    }
    return failed == 0 || error_set_errno(error, failed, "cannot sync %s", parent);
}

/* One that is there already is success. */
static bool folder_make_one(const char *path, bool *made, GError **error)
{
    struct stat status;
    *made = mkdir(path, 0700) == 0;
    if (*made || (errno == EEXIST && stat(path, &status) == 0 && S_ISDIR(status.st_mode)))
        return true;
    int number = errno;
    error_set_errno(error, number, "cannot make the folder %s", path);
    if (number == EACCES && error != NULL) {
        g_autofree char *remedy = g_strdup_printf(
            "%s: run this as the user of awsift, or give the folder it lies in to the user %u, as whom this runs (chown -R)",
            (*error)->message, (unsigned)geteuid());
        g_free((*error)->message);
        (*error)->message = g_steal_pointer(&remedy);
    }
    return false;
}

static bool is_folder(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_DIR);
}

bool folder_make(const char *path, GError **error)
{
    bool there = is_folder(path), made = false;
    if (there && is_settled(path))
        return true;
    g_autofree char *parent = g_path_get_dirname(path), *copy = g_strdup(path);
    if (!there && strcmp(parent, path) != 0 && !g_file_test(parent, G_FILE_TEST_EXISTS) &&
        !folder_make(parent, error))
        return false;
    return (there || folder_make_one(path, &made, error)) && names_settle(parent, &copy, &made, 1, error);
}

bool maildir_make(const char *path, GError **error)
{
    static const char *const names[] = {"tmp", "new", "cur"};
    enum { INNER = G_N_ELEMENTS(names) };
    g_auto(GStrv) inner = g_new0(char *, INNER + 1);
    bool made[INNER] = {false}, good = folder_make(path, error), known = true;
    for (size_t i = 0; good && i < INNER; i++) {
        inner[i] = g_build_filename(path, names[i], NULL);
        good = is_folder(inner[i]) || folder_make_one(inner[i], &made[i], error);
        known = known && !made[i] && is_settled(inner[i]);
    }
    return good && (known || names_settle(path, inner, made, INNER, error));
}
