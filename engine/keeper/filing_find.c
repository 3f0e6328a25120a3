/* Where a filed mail lies: its name and its folder, from what the ledger knows of it alone; and what proves
 * that it lies nowhere. Nothing is moved or written here.
 *
 * Not found is no proof: a folder may be closed to us, or a disk not mounted. Whoever concludes something
 * from an absence asks for the proof. */
#include "keeper/filing.h"
#include "keeper/filing_inside.h"
#include "base/error.h"
#include "base/files.h"
#include "base/times.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { CATEGORY_LONGEST = 100, TRIES = 5, CHANGED_JUST_NOW = 2000 /* ms */ };

/* Flags that mail readers set most; tried before a folder is listed. */
static const char *const usual_places[] = {"cur/%s:2,",   "cur/%s:2,S", "new/%s",
                                           "cur/%s:2,RS", "new/%s:2,",  "cur/%s"};

char *filing_name(int64_t message, const char *sha256)
{
    return g_strdup_printf("%" G_GINT64_FORMAT ".%.*s.awsift", message, FILING_HEX, sha256);
}

const char *filing_name_parse(const char *name, int64_t *message, char *hex)
{
    char *end = NULL;
    *message = g_ascii_strtoll(name, &end, 10);
    if (!g_ascii_isdigit(name[0]) || *message <= 0 || end[0] != '.' ||
        strspn(end + 1, "0123456789abcdef") != FILING_HEX ||
        !g_str_has_prefix(end + 1 + FILING_HEX, ".awsift"))
        return NULL;
    g_strlcpy(hex, end + 1, FILING_HEX + 1);
    return end + 1 + FILING_HEX + strlen(".awsift");
}

static bool category_is_folder(const char *category)
{
    if (category[0] == '\0' || category[0] == '.' || strlen(category) > CATEGORY_LONGEST)
        return false;
    for (const char *at = category; *at != '\0'; at++)
        if (*at == '/' || (unsigned char)*at < 0x20 || *at == 0x7f)
            return false;
    return true;
}

char *filing_folder(const char *store, const char *category, GError **error)
{
    if (!category_is_folder(category)) {
        g_autofree char *escaped = g_strescape(category, NULL);
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL,
                    "category \"%.*s\" cannot name a folder of the archive", CATEGORY_LONGEST, escaped);
        return NULL;
    }
    return g_build_filename(store, "archive", category, NULL);
}

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

int filing_open_path(const char *path, GError **error)
{
    struct stat status;
    return file_open_regular(AT_FDCWD, path, &status, error);
}

static char *find_usual(const char *folder, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(usual_places); i++) {
        g_autoptr(GString) place = g_string_new(usual_places[i]);
        g_string_replace(place, "%s", name, 1);
        g_autofree char *path = g_build_filename(folder, place->str, NULL);
        if (is_there(path))
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* A copy that is still being made ends in .tmp and is not the mail. */
static bool is_name_of(const char *found, const char *name, size_t length)
{
    return strncmp(found, name, length) == 0 && (found[length] == '\0' || found[length] == ':') &&
           !g_str_has_suffix(found, ".tmp");
}

enum listing { LISTING_ABSENT, LISTING_READ, LISTING_CLOSED };

static enum listing listing_of(const char *folder, const char *sub)
{
    g_autofree char *path = g_build_filename(folder, sub, NULL);
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return errno == ENOENT || errno == ENOTDIR ? LISTING_ABSENT : LISTING_CLOSED;
    close(descriptor);
    return LISTING_READ;
}

static char *find_listed(const char *folder, const char *sub, const char *name)
{
    g_autofree char *path = g_build_filename(folder, sub, NULL);
    g_autoptr(GDir) listing = g_dir_open(path, 0, NULL);
    size_t length = strlen(name);
    const char *found;

    /* cppcheck-suppress AssignmentIntegerToAddress ; it takes the name for a number */
    while (listing != NULL && (found = g_dir_read_name(listing)) != NULL)
        if (is_name_of(found, name, length))
            return g_build_filename(path, found, NULL);
    return NULL;
}

/* Whether something was made, removed or renamed in it just now. */
static bool is_changing(const char *folder)
{
    struct stat status;
    g_autofree char *path = g_build_filename(folder, "cur", NULL);
    return stat(path, &status) == 0 &&
           ABS(time_of_file(&status.st_mtim) - g_get_real_time() / 1000) < CHANGED_JUST_NOW;
}

/* A mail that is renamed while its folder is read may stand behind and before the reader, and be met nowhere.
 */
char *filing_find(const char *store, const char *category, int64_t message, const char *sha256)
{
    g_autofree char *folder = filing_folder(store, category, NULL);
    if (folder == NULL)
        return NULL;
    g_autofree char *name = filing_name(message, sha256);
    char *path = NULL;
    for (int tries = 0; path == NULL && (tries == 0 || (tries < TRIES && is_changing(folder))); tries++) {
        path = find_usual(folder, name);
        if (path == NULL)
            path = find_listed(folder, "cur", name);
        if (path == NULL)
            path = find_listed(folder, "new", name);
    }
    return path;
}

bool filing_is_gone(const char *store, const char *category, int64_t message, const char *sha256)
{
    g_autofree char *folder = filing_folder(store, category, NULL);
    if (folder == NULL || listing_of(folder, "cur") != LISTING_READ ||
        listing_of(folder, "new") != LISTING_READ)
        return false;
    g_autofree char *path = filing_find(store, category, message, sha256);
    return path == NULL;
}

int filing_open_usual(const char *store, const char *category, int64_t message, const char *sha256)
{
    g_autofree char *folder = filing_folder(store, category, NULL);
    g_autofree char *name = filing_name(message, sha256);
    g_autofree char *path = folder != NULL ? find_usual(folder, name) : NULL;
    return path != NULL ? filing_open_path(path, NULL) : -1;
}

/* A mail reader may rename it between the two steps, so it is looked for once more. */
int filing_open(const char *store, const char *category, int64_t message, const char *sha256)
{
    for (int tries = 0; tries < 2; tries++) {
        g_autofree char *path = filing_find(store, category, message, sha256);
        int descriptor = path != NULL ? filing_open_path(path, NULL) : -1;
        if (path == NULL || descriptor >= 0)
            return descriptor;
    }
    return -1;
}

bool filing_holds_mail(const char *store)
{
    static const char *const subs[] = {"cur", "new"};
    g_autofree char *archive = g_build_filename(store, "archive", NULL);
    g_autoptr(GDir) categories = g_dir_open(archive, 0, NULL);
    const char *category;
    while (categories != NULL && (category = g_dir_read_name(categories)) != NULL) {
        for (size_t i = 0; i < G_N_ELEMENTS(subs); i++) {
            g_autofree char *path = g_build_filename(archive, category, subs[i], NULL);
            g_autoptr(GDir) mails = g_dir_open(path, 0, NULL);
            if (mails != NULL && g_dir_read_name(mails) != NULL)
                return true;
        }
    }
    return false;
}

bool filing_prove_absent(const char *store, const char *category, GError **error)
{
    g_autofree char *folder = filing_folder(store, category, error);
    if (folder == NULL)
        return false;
    if (listing_of(folder, "cur") != LISTING_CLOSED && listing_of(folder, "new") != LISTING_CLOSED)
        return true;
    return error_set_errno(error, errno, "%s cannot be listed", folder);
}

bool filing_prove_archive(const char *store, GError **error)
{
    g_autofree char *archive = g_build_filename(store, "archive", NULL);
    g_autoptr(GDir) categories = g_dir_open(archive, 0, NULL);
    const char *name;
    while (categories != NULL && (name = g_dir_read_name(categories)) != NULL)
        if (name[0] != '.' && strcmp(name, "lost+found") != 0) /* these are of a disk that is new */
            return true;
    if (categories == NULL && errno != ENOENT && errno != ENOTDIR)
        return error_set_errno(error, errno, "%s cannot be listed", archive);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "%s is empty or gone: mount it, or make a folder in it where its mail was removed by hand",
                archive);
    return false;
}

bool filing_is_archive(const char *store, const char *category, int folder)
{
    static const char *const subs[] = {"cur", "new"};
    struct stat spool, archive;
    g_autofree char *path = filing_folder(store, category, NULL);
    for (size_t i = 0; path != NULL && i < G_N_ELEMENTS(subs); i++) {
        g_autofree char *sub = g_build_filename(path, subs[i], NULL);
        if (fstat(folder, &spool) == 0 && stat(sub, &archive) == 0 && file_is_same(&spool, &archive))
            return true;
    }
    return false;
}

/* ---- for people ---- */

/* Where the cause does not say it. */
static char *remedy_for(const GError *why)
{
    static const int closed[] = {EACCES, EPERM, EEXIST, ENOTDIR};
    if (g_error_matches(why, AWSIFT_ERROR, AWSIFT_ERROR_FULL))
        return g_strdup("make room on that disk, for files too (df, df -i); ");
    for (size_t i = 0; i < G_N_ELEMENTS(closed); i++)
        if (g_str_has_suffix(why->message, g_strerror(closed[i])))
            return g_strdup_printf("let the user %s move it and write the archive; ", g_get_user_name());
    return g_strdup("");
}

char *filing_waits_text(int64_t message, const char *file, const char *spool, const GError *why)
{
    g_autofree char *remedy = remedy_for(why);
    return g_strdup_printf("mail %" G_GINT64_FORMAT
                           " (%s in spool %s) is decided but cannot be filed: %s; %sit is told all the same, "
                           "and filing is tried again",
                           message, file, spool, why->message, remedy);
}

char *filing_lost_text(int64_t message, const char *category)
{
    return g_strdup_printf("the file of mail %" G_GINT64_FORMAT
                           " was removed from archive/%s; put it back, or let a "
                           "copy arrive, where it is still wanted (all such: awsift list --state missing)",
                           message, category);
}
