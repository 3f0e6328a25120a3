/* Finding a mail in its spool. A name proves nothing, for anybody may have put another file there; the hash
 * of what was opened does. */
#include "keeper/whereabouts.h"
#include "base/files.h"
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

static bool has_content(const char *folder, const char *name, const char *sha256)
{
    int file = content_open(folder, name, sha256);
    if (file >= 0)
        close(file);
    return file >= 0;
}

/* The ledger has the name as people read it: "new/NAME" in a Maildir, escaped. The caller frees. */
static char *name_of(const struct ledger_filing *filing)
{
    const char *slash = strrchr(filing->file, '/');
    return name_unescape(slash != NULL ? slash + 1 : filing->file);
}

static char *content_find(const char *folder, const char *name, const char *sha256)
{
    if (has_content(folder, name, sha256))
        return g_build_filename(folder, name, NULL);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *entry;
    while (listing != NULL && (entry = g_dir_read_name(listing)) != NULL)
        if (has_content(folder, entry, sha256))
            return g_build_filename(folder, entry, NULL);
    return NULL;
}

char *whereabouts_find(const struct config *config, const struct ledger_filing *filing)
{
    static const char *const maildir[] = {"new", "cur"};
    const struct config_spool *spool = spool_by_name(config, filing->spool);
    if (spool == NULL)
        return NULL;
    g_autofree char *name = name_of(filing);
    if (spool->kind != SPOOL_MAILDIR)
        return content_find(spool->path, name, filing->sha256);
    char *path = NULL;
    for (size_t i = 0; path == NULL && i < G_N_ELEMENTS(maildir); i++) {
        g_autofree char *folder = g_build_filename(spool->path, maildir[i], NULL);
        path = content_find(folder, name, filing->sha256);
    }
    return path;
}

int whereabouts_open(const struct config *config, const struct ledger_filing *filing)
{
    const struct config_spool *spool = spool_by_name(config, filing->spool);
    if (spool == NULL)
        return -1;
    g_autofree char *folder =
        g_build_filename(spool->path, spool->kind == SPOOL_MAILDIR ? "new" : NULL, NULL);
    g_autofree char *name = name_of(filing);
    return content_open(folder, name, filing->sha256);
}
