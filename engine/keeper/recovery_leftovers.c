/* Temporaries and unreadable/. A folder is read name by name, never as a list, and the archive's own folders
 * not at all: what was being copied there is copied to the same name again when its mail is filed. Removed is
 * only what has a name that awsift gives, and whose loss costs nothing: bytes that are written again, or that
 * were proven to lie in the archive. Everything else is counted and left to a person. */
#include "keeper/recovery_leftovers.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "keeper/aside.h"
#include "keeper/filing.h"
#include "ledger/unreadable.h"

#include <string.h>
#include <unistd.h>

static void temporary_remove(const char *folder, const char *name, struct leftovers *left)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    left->temporary += file_remove(path, NULL);
}

/* Copies for people that were being delivered: the attempt is made again, under the same name. */
static void outbox_tidy(const char *store, struct leftovers *left)
{
    g_autofree char *folder = g_build_filename(store, "outbox", "tmp", NULL);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL)
        if (name[0] != '.')
            temporary_remove(folder, name, left);
}

/* ---- unreadable/ ---- */

struct aside_walk {
    const char *store, *folder;
    struct ledger *ledger;
    struct leftovers *left;
};

static void stray(struct leftovers *left, const char *name)
{
    if (left->stray++ == 0)
        left->first_stray = g_strescape(name, NULL);
}

static bool lies_beside(const struct aside_walk *walk, const char *name, const char *suffix, bool add)
{
    g_autofree char *other =
        add ? g_strconcat(name, suffix, NULL) : g_strndup(name, strlen(name) - strlen(suffix));
    g_autofree char *path = g_build_filename(walk->folder, other, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* In the archive, with these bytes. */
static bool is_filed(const struct aside_walk *walk, const struct ledger_filing *filing)
{
    if (strcmp(filing->state, "filed") != 0)
        return false;
    int file = filing_open(walk->store, filing->category, filing->message, filing->sha256);
    g_autofree char *found = file >= 0 ? file_sha256(file, NULL) : NULL;
    if (file >= 0)
        close(file);
    return g_strcmp0(found, filing->sha256) == 0;
}

/* False when the ledger fails. */
static bool explain(const struct aside_walk *walk, int64_t message, GError **error)
{
    g_autoptr(json_t) row = ledger_unreadable_one(walk->ledger, message, error);
    if (row == NULL)
        return false;
    walk->left->explained += aside_explain(walk->store, row, NULL);
    return true;
}

static void forget(const struct aside_walk *walk, const struct ledger_filing *filing)
{
    aside_forget(walk->store, filing->message, filing->sha256);
    walk->left->forgotten++;
}

/* A mail, or a reason of a mail, that the ledger has as unreadable is as it should be. So is one that was
 * damaged in the archive, by its name, or, in an older store, with other bytes and a reason. */
static bool look_at(const struct aside_walk *walk, const char *name, const struct aside_name *parsed,
                    GError **error)
{
    g_autoptr(GError) failure = NULL;
    struct ledger_filing *filing = ledger_find_filing(walk->ledger, parsed->message, &failure);
    if (filing == NULL && !g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    bool own = filing != NULL && g_str_has_prefix(filing->sha256, parsed->hex);
    bool unreadable = own && strcmp(filing->state, "unreadable") == 0, good = true;
    bool reason = parsed->reason || lies_beside(walk, name, ".reason", true);
    if (parsed->reason && lies_beside(walk, name, ".reason", false))
        ; /* told with its mail */
    else if (unreadable)
        good = reason || explain(walk, parsed->message, error);
    else if (own && is_filed(walk, filing))
        forget(walk, filing);
    else if (own || !reason || parsed->reason)
        stray(walk->left, name);
    ledger_filing_free(filing);
    return good;
}

static bool aside_tidy(const char *store, struct ledger *ledger, struct leftovers *left, GError **error)
{
    g_autofree char *folder = aside_folder(store);
    const struct aside_walk walk = {.store = store, .folder = folder, .ledger = ledger, .left = left};
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL) {
        struct aside_name parsed;
        if (!aside_parse(name, &parsed))
            stray(left, name);
        else if (parsed.temporary)
            temporary_remove(folder, name, left);
        else if (!parsed.damaged && !look_at(&walk, name, &parsed, error))
            return false;
    }
    return true;
}

bool leftovers_tidy(const struct config *config, struct ledger *ledger, struct leftovers *left,
                    GError **error)
{
    outbox_tidy(config->store, left);
    return aside_tidy(config->store, ledger, left, error);
}
