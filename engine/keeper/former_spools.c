/* A spool that left the configuration, or lies elsewhere now, while mail waits in it, or whose deliveries
 * still go there: nobody looks into it any more, so the next start says so. The folder is only counted. It
 * stays known until it was told of, for it may be empty now, and not for ever. What fails is the ledger. */
#include "keeper/former_spools.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "keeper/backlog.h"
#include "ledger/life.h"

#include <string.h>
#include <sys/stat.h>

/* By whichever name: a link may lead there. */
static bool is_same_folder(const char *one, const char *other)
{
    struct stat left, right;
    return strcmp(one, other) == 0 || (stat(one, &left) == 0 && stat(other, &right) == 0 &&
                                       left.st_dev == right.st_dev && left.st_ino == right.st_ino);
}

static bool is_of_today(const struct config *config, const char *path)
{
    for (guint i = 0; i < config->spools->len; i++)
        if (is_same_folder(((const struct config_spool *)config->spools->pdata[i])->path, path))
            return true;
    return false;
}

/* Of which kind it was is what it looks like. */
static struct backlog count(char *path)
{
    g_autofree char *new_mail = g_build_filename(path, "new", NULL);
    const struct config_spool spool = {
        .path = path,
        .kind = g_file_test(new_mail, G_FILE_TEST_IS_DIR) ? SPOOL_MAILDIR : SPOOL_DIRECTORY,
    };
    return backlog_look(&spool);
}

/* One transaction. */
static bool tell(struct ledger *ledger, const char *name, const char *text, GError **error)
{
    bool fresh;
    log_warning("%s", text);
    if (!ledger_begin(ledger, error))
        return false;
    if (ledger_raise(ledger, "spool", text, false, time_now(), &fresh, error) &&
        ledger_spool_end(ledger, name, error) && ledger_commit(ledger, error))
        return true;
    ledger_rollback(ledger);
    return false;
}

static bool look(struct ledger *ledger, const char *name, const char *path, GError **error)
{
    g_autofree char *folder = g_strdup(path);
    const struct backlog waiting = count(folder);
    if (waiting.files == 0)
        return true;
    g_autofree char *text =
        g_strdup_printf("%" G_GINT64_FORMAT
                        "%s files wait in %s, which was the spool %s and is none any more: name it in the "
                        "configuration again, or move them into a spool",
                        waiting.files, waiting.more ? "+" : "", path, name);
    return tell(ledger, name, text, error);
}

bool former_spools_tell(const struct config *config, struct ledger *ledger, GError **error)
{
    g_autoptr(json_t) known = ledger_spools(ledger, error);
    const char *name;
    json_t *path;
    bool good = known != NULL;
    json_object_foreach(known, name, path)
        if (good && !is_of_today(config, json_string_value(path)))
            good = look(ledger, name, json_string_value(path), error);
    return good;
}
