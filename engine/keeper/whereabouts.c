/* Finding a mail in its spool, or where it was set aside until it could be decided. A name proves nothing,
 * for anybody may have put another file there; the hash of what was opened does. */
#include "keeper/whereabouts.h"
#include "base/files.h"
#include "keeper/aside.h"
#include "keeper/filing.h"
#include "keeper/names.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct config_spool *spool_by_name(const struct config *config, const char *name)
{
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *spool = config->spools->pdata[i];
        if (strcmp(spool->name, name) == 0)
            return spool;
    }
    return NULL;
}

/* The file of that name with those bytes, or -1. */
static int content_open(const char *folder, const char *name, const char *sha256)
{
    struct stat status;
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return -1;
    int file = file_open_regular(directory, name, &status, NULL);
    close(directory);
    if (file < 0)
        return -1;
    g_autofree char *hash = file_sha256(file, NULL);
    if (g_strcmp0(hash, sha256) == 0)
        return file;
    close(file);
    return -1;
}

static char *path_of_content(const char *folder, const char *name, const char *sha256)
{
    int file = content_open(folder, name, sha256);
    if (file < 0)
        return NULL;
    close(file);
    return g_build_filename(folder, name, NULL);
}

/* The ledger has the name as people read it: "new/NAME" in a Maildir, escaped. The caller frees. */
static char *name_of(const struct ledger_filing *filing)
{
    const char *slash = strrchr(filing->file, '/');
    return name_unescape(slash != NULL ? slash + 1 : filing->file);
}

/* The folders of a spool that may hold it; the second is NULL in a drop directory. */
static void folders_of(const struct config_spool *spool, char *folders[2])
{
    bool maildir = spool->kind == SPOOL_MAILDIR;
    folders[0] = g_build_filename(spool->path, maildir ? "new" : NULL, NULL);
    folders[1] = maildir ? g_build_filename(spool->path, "cur", NULL) : NULL;
}

/* Under any name. What has another size is not read: the spool may hold a million. */
static char *content_find(const char *folder, const struct ledger_filing *filing)
{
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        struct stat status;
        if (lstat(path, &status) != 0 || status.st_size != filing->size)
            continue;
        char *found = path_of_content(folder, name, filing->sha256);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static char *find_in_spool(const struct config *config, const struct ledger_filing *filing,
                           bool under_its_name)
{
    const struct config_spool *spool = spool_by_name(config, filing->spool);
    g_autofree char *name = name_of(filing);
    char *folders[2] = {NULL, NULL}, *path = NULL;
    if (spool != NULL)
        folders_of(spool, folders);
    for (size_t i = 0; i < 2 && path == NULL && folders[i] != NULL; i++)
        path = under_its_name ? path_of_content(folders[i], name, filing->sha256)
                              : content_find(folders[i], filing);
    g_free(folders[0]);
    g_free(folders[1]);
    return path;
}

char *whereabouts_named(const struct config *config, const struct ledger_filing *filing)
{
    char *path = find_in_spool(config, filing, true);
    if (path != NULL)
        return path;
    g_autofree char *folder = aside_folder(config->store),
                    *name = filing_name(filing->message, filing->sha256);
    return path_of_content(folder, name, filing->sha256);
}

char *whereabouts_find(const struct config *config, const struct ledger_filing *filing)
{
    char *path = whereabouts_named(config, filing);
    return path != NULL ? path : find_in_spool(config, filing, false);
}

int whereabouts_open(const struct config *config, const struct ledger_filing *filing)
{
    g_autofree char *path = whereabouts_named(config, filing);
    if (path == NULL)
        return -1;
    g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
    return content_open(folder, name, filing->sha256);
}
