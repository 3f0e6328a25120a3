/* Giving up root. Groups first, then all three ids of both kinds, for what is left over could be taken back:
 * afterwards that is tried, and must fail. Folders are made before, where the user may not make them, each
 * from the open folder above, and given away by descriptor, so that nothing that was there before changes
 * hands.
 *
 * It fails in a container without CAP_SETUID, and where files of an earlier run as root lie in the store. */
#include "base/privileges.h"
#include "base/error.h"
#include "base/files.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct identity {
    uid_t user;
    gid_t group;
    char *name, *home; /* NULL: the system knows no such user */
};

static void identity_clear(struct identity *identity)
{
    g_free(identity->name);
    g_free(identity->home);
}

static void identity_take(struct identity *identity, const struct passwd *known)
{
    identity->user = known->pw_uid;
    identity->group = known->pw_gid;
    identity->name = g_strdup(known->pw_name);
    identity->home = g_strdup(known->pw_dir);
}

static bool identity_of_user(const char *wanted, struct identity *identity, GError **error)
{
    guint64 number = 0;
    const struct passwd *known = getpwnam(wanted);
    if (known == NULL && g_ascii_string_to_unsigned(wanted, 10, 0, G_MAXINT32, &number, NULL))
        known = getpwuid((uid_t)number);
    if (known != NULL) {
        identity_take(identity, known);
    } else if (number > 0) { /* as containers have them */
        identity->user = (uid_t)number;
        identity->group = (gid_t)number;
    } else {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                    "this system has no user '%s': make it (useradd --system %s), or correct `user` in the "
                    "configuration",
                    wanted, wanted);
        return false;
    }
    return true;
}

/* The store's owner; root's where it is missing. */
static void identity_of_owner(const char *store, struct identity *identity)
{
    struct stat status = {0};
    int folder = folder_open(store, NULL);
    if (folder >= 0 && fstat(folder, &status) == 0 && status.st_uid != 0) {
        const struct passwd *known = getpwuid(status.st_uid);
        identity->user = status.st_uid;
        identity->group = status.st_gid;
        if (known != NULL)
            identity_take(identity, known);
    }
    if (folder >= 0)
        close(folder);
}

static bool identity_find(const struct config *config, struct identity *identity, GError **error)
{
    *identity = (struct identity){0};
    if (config->user != NULL)
        return identity_of_user(config->user, identity, error);
    identity_of_owner(config->store, identity);
    return true;
}

/* ---- folders ---- */

/* Those that are made here alone are given away. */
static bool folder_give(const char *path, const struct identity *identity, GError **error)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return true;
    g_autofree char *above = g_path_get_dirname(path), *name = g_path_get_basename(path);
    if (strcmp(above, path) == 0 || !folder_give(above, identity, error))
        return false;
    int parent = folder_open(above, error);
    if (parent < 0)
        return false;
    int made = mkdirat(parent, name, 0700) == 0
                   ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                   : -1;
    bool good = made >= 0 && fchown(made, identity->user, identity->group) == 0;
    if (!good)
        error_set_errno(error, errno, "cannot make the folder %s", path);
    good = good && file_sync(parent, above, error);
    if (made >= 0)
        close(made);
    close(parent);
    return good;
}

static bool folders_give(const struct config *config, const struct identity *identity, GError **error)
{
    static const char *const inner[] = {"tmp", "new", "cur"};
    if (!folder_give(config->store, identity, error))
        return false;
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *spool = config->spools->pdata[i];
        for (size_t j = 0; spool->kind == SPOOL_MAILDIR && j < G_N_ELEMENTS(inner); j++) {
            g_autofree char *path = g_build_filename(spool->path, inner[j], NULL);
            if (!folder_give(path, identity, error))
                return false;
        }
    }
    return true;
}

/* Left by a run as root, they would fail one by one, later and less clearly. */
static bool store_is_ours(const struct config *config, const struct identity *identity, GError **error)
{
    static const char *const names[] = {"", "lock", "ledger.db", "ledger.db-wal", "ledger.db-shm", "archive"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(config->store, names[i], NULL);
        if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || errno == ENOENT)
            continue;
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                    "%s cannot be written by the user %u, as whom awsift runs: chown -R %u:%u %s, or correct "
                    "`user` in the configuration",
                    path, (unsigned)identity->user, (unsigned)identity->user, (unsigned)identity->group,
                    config->store);
        return false;
    }
    return true;
}

/* ---- rights ---- */

static bool ids_change(const struct identity *identity)
{
    bool grouped = identity->name != NULL ? initgroups(identity->name, identity->group) == 0
                                          : setgroups(1, &identity->group) == 0;
    return grouped && setresgid(identity->group, identity->group, identity->group) == 0 &&
           setresuid(identity->user, identity->user, identity->user) == 0;
}

static bool has_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &header, data) != 0)
        return true;
    return (data[0].effective | data[1].effective | data[0].permitted | data[1].permitted) != 0;
}

static bool is_given_up(void)
{
    uid_t real, effective, saved;
    return setresuid((uid_t)-1, 0, (uid_t)-1) != 0 && setresuid(0, 0, 0) != 0 && !has_capabilities() &&
           getresuid(&real, &effective, &saved) == 0 && real != 0 && effective != 0 && saved != 0;
}

/* A sendmail may need another group's rights, and gets them by its file's mode: see actor/launch.c. */
static bool starts_sendmail(const struct config *config)
{
    return json_object_get(json_object_get(config->json, "smtp"), "sendmail") != NULL;
}

static bool rights_end(const struct config *config, const struct identity *identity, GError **error)
{
    if (!ids_change(identity))
        return error_set_errno(error, errno, "cannot become the user %u (start awsift as that user)",
                               (unsigned)identity->user);
    /* A process that changed its user may not look at its own descriptors in /proc, as the watch does. */
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 ||
        (!starts_sendmail(config) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) || !is_given_up()) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                    "rights of root are left after awsift became the user %u: start it as that user",
                    (unsigned)identity->user);
        return false;
    }
    g_setenv("HOME", identity->home != NULL ? identity->home : "/", TRUE);
    g_setenv("USER", identity->name != NULL ? identity->name : "", TRUE);
    g_setenv("LOGNAME", identity->name != NULL ? identity->name : "", TRUE);
    return true;
}

bool privileges_drop(const struct config *config, GError **error)
{
    struct identity identity;
    if (geteuid() != 0)
        return true;
    bool good = identity_find(config, &identity, error);
    if (good && identity.user != 0)
        good = folders_give(config, &identity, error) && rights_end(config, &identity, error) &&
               store_is_ours(config, &identity, error);
    identity_clear(&identity);
    return good;
}

char *privileges_doubt(const struct config *config)
{
    struct identity identity;
    g_autoptr(GError) error = NULL;
    bool good = identity_find(config, &identity, &error), root = good && identity.user == 0;
    identity_clear(&identity);
    if (!good)
        return g_strdup(error->message);
    if (!root || geteuid() != 0)
        return NULL;
    return g_strdup(
        "awsift runs as root, which it has no need of: make a user for it (useradd --system awsift), "
        "give it the store and the spools (chown -R), and write user \"awsift\" into the configuration");
}
