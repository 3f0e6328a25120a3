/* Looking at the rule folders and taking a snapshot of them. A snapshot is of one moment: the fingerprints
 * before and after it are equal, or it is taken anew; a git that is changing them gets a second to be done,
 * since half a checkout may hold still for as long as a snapshot takes. It fails with everything that could
 * not be read, named at once, and when the folders do not hold still. */
#include "keeper/rules_source.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "keeper/checkout.h"

enum { TRIES = 10, PAUSE = 100 /* ms */ };

static char *shipped_scripts(void)
{
    return g_build_filename(path_data(), "scripts", "awsift", NULL);
}

/* Borrows the paths; NULL-terminated. */
static GPtrArray *folders_of(const struct config *config)
{
    GPtrArray *folders = g_ptr_array_new();
    for (guint i = 0; i < config->rules->len; i++)
        g_ptr_array_add(folders, ((const struct config_rules *)config->rules->pdata[i])->path);
    g_ptr_array_add(folders, NULL);
    return folders;
}

/* The lock of a git that is changing one of them, or NULL; the caller frees. */
static char *lock_of(const GPtrArray *folders)
{
    char *lock = NULL;
    for (guint i = 0; i + 1 < folders->len && lock == NULL; i++)
        lock = checkout_lock(folders->pdata[i]);
    return lock;
}

static bool is_locked(const GPtrArray *folders)
{
    g_autofree char *lock = lock_of(folders);
    return lock != NULL;
}

void rules_look_at(const struct config *config, struct rules_look *look)
{
    g_autofree char *scripts = shipped_scripts();
    g_autoptr(GPtrArray) folders = folders_of(config);
    look->checkout = lock_of(folders);
    look->fingerprint = snapshot_fingerprint(scripts, (const char *const *)folders->pdata, &look->empty);
}

static void add_error(json_t *errors, const char *file, const char *message, bool again)
{
    json_t *entry = json_pack("{s:o}", "message", json_text_new(message));
    if (file != NULL)
        json_object_set_new(entry, "file", json_text_new(file));
    if (again)
        json_object_set_new(entry, "again", json_true());
    json_array_append_new(errors, entry);
}

static void note_unread(const char *path, const char *why, void *data)
{
    add_error(data, path, why, false);
}

static void take_once(const char *scripts, const char *const *folders, struct rules_taken *taken)
{
    g_autoptr(GError) error = NULL;
    taken->snapshot = snapshot_take_readable(scripts, folders, note_unread, taken->errors, &error);
    if (taken->snapshot == NULL)
        add_error(taken->errors, NULL, error->message,
                  !g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT));
    if (json_array_size(taken->errors) > 0)
        g_clear_pointer(&taken->snapshot, snapshot_free);
    if (taken->snapshot != NULL)
        snapshot_revision(taken->snapshot); /* here, off the loop: of many files it takes a while */
}

void rules_take(const struct config *config, struct rules_taken *taken)
{
    g_autofree char *scripts = shipped_scripts();
    g_autoptr(GPtrArray) folders = folders_of(config);
    const char *const *paths = (const char *const *)folders->pdata;
    *taken = (struct rules_taken){.errors = json_array()};
    for (int tries = 1;; tries++, g_usleep(PAUSE * 1000)) {
        bool patient = tries < TRIES;
        if (patient && is_locked(folders))
            continue;
        taken->look.fingerprint = snapshot_fingerprint(scripts, paths, &taken->look.empty);
        take_once(scripts, paths, taken);
        if (snapshot_fingerprint(scripts, paths, NULL) == taken->look.fingerprint &&
            !(patient && is_locked(folders)))
            return;
        g_clear_pointer(&taken->snapshot, snapshot_free);
        json_array_clear(taken->errors);
        if (!patient)
            break;
    }
    add_error(taken->errors, NULL,
              "the rule files were written again and again while they were read; try again when that is over",
              true);
}

struct snapshot *rules_take_shipped(void)
{
    g_autofree char *scripts = shipped_scripts();
    return snapshot_take(scripts, (const char *const[]){NULL}, NULL);
}
