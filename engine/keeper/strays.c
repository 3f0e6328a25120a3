/* Walking the archive for mail that the ledger does not know. A file is of ours when its name says so
 * (filing_name); its number and the beginning of its hash tell whether the ledger knows it. Numbers are never
 * given twice, so what a ledger has lost is beyond its last number, and the look at each start costs no more
 * than reading the folders' names.
 *
 * What lies in the archive and is unreadable for an older ledger goes back to unreadable/.
 *
 * A file is moved, whole, and the folders are synced in the end: being killed within it does no harm. Its
 * name is its own, or that with a number where the spool has such a file, as after a move across file systems
 * that was cut: a mail in both is one arrival more. It fails where the ledger, the archive or the spool
 * cannot be read or written. */
#include "keeper/strays.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/aside.h"
#include "keeper/filing.h"
#include "ledger/alerts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MOST = 1000 }; /* of one mail in the spool */

struct walk {
    const struct config *config;
    struct ledger *ledger;
    const struct config_spool *spool;
    int64_t beyond;      /* numbers that are looked at */
    bool counts;         /* and moves nothing */
    char *into;          /* the spool's folder; NULL until it is needed */
    char *way;           /* where what is not whole is no mail: tmp/, or that folder */
    GHashTable *folders; /* that mail was taken from */
    struct strays found;
};

/* ---- into which spool ---- */

static json_t *trust_of(const struct config *config, guint spool)
{
    const json_t *entry = json_array_get(json_object_get(config->json, "spools"), spool);
    json_t *own = json_object_get(entry, "trust");
    return json_is_object(own) ? own : json_object_get(config->json, "trust");
}

static bool prove_alike(const struct config *config, guint one, guint other)
{
    const struct config_spool *left = config->spools->pdata[one], *right = config->spools->pdata[other];
    const json_t *trust = trust_of(config, one), *others = trust_of(config, other);
    return (trust == others || json_equal(trust, others)) &&
           g_strcmp0(left->recipient, right->recipient) == 0;
}

const struct config_spool *strays_spool(const struct config *config, const char *name, GError **error)
{
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *spool = config->spools->pdata[i];
        if (name != NULL && strcmp(spool->name, name) == 0)
            return spool;
        if (name == NULL && !prove_alike(config, 0, i)) {
            g_set_error(
                error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                "the archive holds mail that the ledger does not know, and the spools trust different servers "
                "or have recipients of their own: name the one that such mail came through: "
                "awsift restore --spool NAME");
            return NULL;
        }
    }
    if (name == NULL)
        return config->spools->pdata[0];
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, "there is no spool '%s' in the configuration",
                name);
    return NULL;
}

static bool spool_prepare(struct walk *walk, GError **error)
{
    if (walk->into != NULL)
        return true;
    if (walk->spool == NULL && (walk->spool = strays_spool(walk->config, NULL, error)) == NULL)
        return false;
    bool maildir = walk->spool->kind == SPOOL_MAILDIR;
    if (maildir ? !maildir_make(walk->spool->path, error) : !folder_make(walk->spool->path, error))
        return false;
    walk->into = maildir ? g_build_filename(walk->spool->path, "new", NULL) : g_strdup(walk->spool->path);
    walk->way = maildir ? g_build_filename(walk->spool->path, "tmp", NULL) : g_strdup(walk->spool->path);
    return true;
}

/* ---- one file ---- */

static char *path_in_spool(const struct walk *walk, const char *name)
{
    struct stat status;
    g_autofree char *plain = g_strndup(name, strcspn(name, ":"));
    char *path = g_build_filename(walk->into, plain, NULL);
    for (int number = 1; number < NAMES_MOST && lstat(path, &status) == 0; number++) {
        g_free(path);
        path = g_strdup_printf("%s/%s.%d", walk->into, plain, number);
    }
    return path;
}

static bool stray_move(struct walk *walk, const char *folder, const char *name, GError **error)
{
    if (!spool_prepare(walk, error))
        return false;
    walk->found.returned++;
    if (walk->counts)
        return true;
    g_autofree char *from = g_build_filename(folder, name, NULL), *to = path_in_spool(walk, name),
                    *plain = g_path_get_basename(to),
                    *temporary = g_strdup_printf("%s/%s.tmp", walk->way, plain);
    fault_point("stray-found");
    if (!file_move_by_way(from, temporary, to, error))
        return false;
    log_warning("%s is unknown to the ledger and went back to the spool: %s", from, to);
    g_hash_table_add(walk->folders, g_strdup(folder));
    g_autofree char *reason = g_strconcat(from, ".reason", NULL); /* of what lay in unreadable/ */
    file_remove(reason, NULL);
    return true;
}

/* Decided or released since the ledger was as it is: for it, nobody read it yet. */
static bool unreadable_return(struct walk *walk, const char *folder, const char *name,
                              const struct ledger_filing *filing, GError **error)
{
    const char *store = walk->config->store;
    g_autofree char *to = aside_path(store, filing->message, filing->sha256), *aside = aside_folder(store),
                    *from = g_build_filename(folder, name, NULL);
    struct stat status;
    if (lstat(to, &status) == 0)
        return stray_move(walk, folder, name, error); /* an arrival more */
    if (!file_move(from, to, error) || !folder_sync(aside, error))
        return false;
    log_warning("%s is unreadable for the ledger and went back to %s", from, to);
    g_hash_table_add(walk->folders, g_strdup(folder));
    walk->found.elsewhere++;
    return true;
}

/* By the beginning of its hash, which its name has. What cannot be read is no proof. */
static bool is_damaged(struct walk *walk, const char *folder, const char *name, const char *hex)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct stat status;
    int file = file_open_regular(AT_FDCWD, path, &status, NULL);
    g_autofree char *found = file >= 0 ? file_sha256(file, NULL) : NULL;
    if (file >= 0)
        close(file);
    if (found == NULL || g_str_has_prefix(found, hex))
        return false;
    walk->found.damaged++;
    log_warning("%s is unknown to the ledger and has other bytes than came: it stays there", path);
    return true;
}

/* category: NULL for the folder unreadable/; what deciders failed over goes there again, and is told of. */
static bool file_look(struct walk *walk, const char *category, const char *folder, const char *name,
                      GError **error)
{
    g_autoptr(GError) failure = NULL;
    char hex[FILING_HEX + 1];
    int64_t message;
    const char *rest = filing_name_parse(name, &message, hex);
    if (rest == NULL || (*rest != '\0' && *rest != ':') || message <= walk->beyond)
        return true;
    struct ledger_filing *filing = ledger_find_filing(walk->ledger, message, &failure);
    if (filing == NULL && !g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    bool known = filing != NULL && g_str_has_prefix(filing->sha256, hex);
    bool moved = known && category != NULL && g_strcmp0(filing->from, category) != 0, good = true;
    if (!known) {
        good = is_damaged(walk, folder, name, hex) || stray_move(walk, folder, name, error);
    } else if (moved && strcmp(filing->state, "unreadable") == 0) {
        good = unreadable_return(walk, folder, name, filing, error);
    } else if (moved) {
        walk->found.elsewhere++;
        good = ledger_set_filed(walk->ledger, message, category, error);
    }
    ledger_filing_free(filing);
    return good;
}

/* ---- all of them ---- */

static bool folder_walk(struct walk *walk, const char *category, const char *folder, GError **error)
{
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    const char *name;
    while (names != NULL && (name = g_dir_read_name(names)) != NULL)
        if (!file_look(walk, category, folder, name, error))
            return false;
    return true;
}

static bool archive_walk(struct walk *walk, GError **error)
{
    static const char *const subs[] = {"cur", "new"};
    g_autofree char *archive = g_build_filename(walk->config->store, "archive", NULL),
                    *aside = g_build_filename(walk->config->store, "unreadable", NULL);
    g_autoptr(GDir) categories = g_dir_open(archive, 0, NULL);
    const char *category;
    while (categories != NULL && (category = g_dir_read_name(categories)) != NULL) {
        for (size_t i = 0; i < G_N_ELEMENTS(subs); i++) {
            g_autofree char *folder = g_build_filename(archive, category, subs[i], NULL);
            if (!folder_walk(walk, category, folder, error))
                return false;
        }
    }
    return folder_walk(walk, NULL, aside, error);
}

/* The spool first: a mail in both is one arrival more, a mail in neither is lost. */
static bool folders_sync(const struct walk *walk, GError **error)
{
    GHashTableIter iterator;
    void *folder;
    if (walk->into != NULL && !folder_sync(walk->into, error))
        return false;
    g_hash_table_iter_init(&iterator, walk->folders);
    while (g_hash_table_iter_next(&iterator, &folder, NULL))
        if (!folder_sync(folder, error))
            return false;
    return true;
}

static bool walk_run(struct walk *walk, GError **error)
{
    walk->folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool good = archive_walk(walk, error) && folders_sync(walk, error);
    g_hash_table_unref(walk->folders);
    g_clear_pointer(&walk->into, g_free);
    g_clear_pointer(&walk->way, g_free);
    if (good && walk->found.returned > 0 && !walk->counts)
        fault_point("strays-returned");
    return good;
}

char *strays_damaged(const struct strays *strays)
{
    return strays->damaged == 0
               ? g_strdup("")
               : g_strdup_printf(
                     "; %u have other bytes than came and stay where they are: the log names them",
                     strays->damaged);
}

bool strays_return(const struct config *config, struct ledger *ledger, const struct config_spool *spool,
                   struct strays *strays, GError **error)
{
    struct walk walk = {.config = config, .ledger = ledger, .spool = spool};
    bool good = walk_run(&walk, error);
    *strays = walk.found;
    return good;
}

static bool tell(struct ledger *ledger, const char *text, GError **error)
{
    bool fresh;
    if (ledger_begin(ledger, error) &&
        ledger_raise(ledger, "restored", text, false, time_now(), &fresh, error) &&
        ledger_commit(ledger, error))
        return true;
    ledger_rollback(ledger);
    return false;
}

/* Where nothing but such files is left: they are found at each start, and told of at the first. */
static bool tell_damaged(struct ledger *ledger, const struct strays *found, GError **error)
{
    bool known;
    g_autofree char *text =
        g_strdup_printf("%u files of the archive are unknown to the ledger, have other bytes "
                        "than came, and stay where they are: the log names them",
                        found->damaged);
    return ledger_alert_known(ledger, "restored", text, &known, error) &&
           (known || tell(ledger, text, error));
}

/* Told before it is so: whoever is cut in between tells once more, and nobody never. */
bool strays_mend(const struct config *config, struct ledger *ledger, GError **error)
{
    struct walk walk = {.config = config, .ledger = ledger, .counts = true};
    int64_t seen;
    if (!ledger_newest(ledger, &walk.beyond, &seen, error) || !walk_run(&walk, error))
        return false;
    if (walk.found.returned == 0)
        return walk.found.damaged == 0 || tell_damaged(ledger, &walk.found, error);
    g_autofree char *damaged = strays_damaged(&walk.found);
    g_autofree char *text = g_strdup_printf(
        "the ledger had lost %u mails that lie in the archive: they go back to the spool %s, are "
        "decided again, and may be told twice%s",
        walk.found.returned, walk.spool->name, damaged);
    log_error("%s", text);
    walk.counts = false;
    walk.found = (struct strays){0};
    return tell(ledger, text, error) && walk_run(&walk, error);
}
