/* A spool on the loop: its folder, the watch on it, and the clock that stirs. Which file is next stands in
 * spool_take.c.
 *
 * It fails only to open what another daemon has. All else (folder gone or not there yet, no descriptors, no
 * watch) is said once in the log, stands in the status, and ends by itself. What becomes of a file is the
 * caller's; nothing is moved or removed here. */
#include "keeper/spool_inside.h"
#include "base/error.h"
#include "base/files.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

enum { /* ms */
       RESCAN = 30000,
       RESCAN_UNWATCHED = 2000,
       RESCAN_GONE = 1000,
       CUR_PAUSE = 10,
};

void spool_trouble(struct spool *spool, char **trouble, const char *text)
{
    if (g_strcmp0(*trouble, text) == 0)
        return;
    if (text != NULL && spool->told != NULL)
        spool->told(spool, text, true, spool->data);
    else if (text != NULL)
        log_warning("spool %s: %s", spool->config->name, text);
    else
        log_info("spool %s: no more: %s", spool->config->name, *trouble);
    g_free(*trouble);
    *trouble = g_strdup(text);
    if (text == NULL && spool->told != NULL && !spool_troubled(spool))
        spool->told(spool, NULL, true, spool->data);
}

/* ---- the loop ---- */

int64_t spool_clock(void)
{
    return g_get_monotonic_time() / 1000;
}

int64_t spool_rescan_interval(const struct spool *spool)
{
    const char *text = g_getenv("AWSIFT_RESCAN");
    int64_t wanted = text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;
    int64_t interval = wanted > 0 ? wanted : RESCAN;

    if (spool->descriptor < 0)
        return MIN(interval, RESCAN_GONE);
    return spool->watch == NULL ? MIN(interval, RESCAN_UNWATCHED) : interval;
}

static void on_wake(uv_timer_t *timer);

void spool_wake(struct spool *spool, int64_t delay)
{
    uint64_t wanted = (uint64_t)MAX(delay, 0);
    if (!uv_is_active((uv_handle_t *)&spool->wake) || uv_timer_get_due_in(&spool->wake) > wanted)
        uv_timer_start(&spool->wake, on_wake, wanted, 0);
}

static void on_wake(uv_timer_t *timer)
{
    struct spool *spool = timer->data;
    int64_t now = spool_clock(), next = names_wake(spool->names, now);
    if (spool->starved_until > now)
        next = next < 0 ? spool->starved_until - now : MIN(next, spool->starved_until - now);
    if (next >= 0)
        spool_wake(spool, next);
    spool->stirred(spool, spool->data);
}

/* ---- the folder and its watch ---- */

static void folder_close(struct spool *spool)
{
    watch_close(g_steal_pointer(&spool->watch));
    if (spool->stream != NULL)
        closedir(g_steal_pointer(&spool->stream));
    spool_cur_end(spool);
    if (spool->shared != NULL)
        spool_folder_drop(g_steal_pointer(&spool->shared));
    spool->descriptor = -1;
}

static void folder_lost(struct spool *spool)
{
    folder_close(spool);
    spool_trouble(spool, &spool->trouble.watch, NULL);
}

static void folder_close_last(void *shared)
{
    close(*(int *)shared);
}

void spool_folder_drop(int *shared)
{
    g_atomic_rc_box_release_full(shared, folder_close_last);
}

static bool folder_is_same(const struct spool *spool)
{
    struct stat open_one, named;
    return fstat(spool->descriptor, &open_one) == 0 && stat(spool->folder, &named) == 0 &&
           file_is_same(&open_one, &named);
}

static void on_watch(enum watch_event event, const char *name, void *data)
{
    struct spool *spool = data;

    if (event == WATCH_FILE) {
        struct held *held = g_hash_table_lookup(spool->held, name);
        if (held != NULL)
            held->stirred = true;
        else
            names_hint(spool->names, name, true);
    } else if (event == WATCH_MADE) {
        if (!g_hash_table_contains(spool->held, name))
            names_hint(spool->names, name, false);
    } else if (event == WATCH_LOST) {
        log_info("spool %s: the kernel dropped events, so the folder is read again", spool->config->name);
        spool->walk_wanted = true;
    } else if (event == WATCH_DOUBT) {
        if (!folder_is_same(spool))
            spool_rescan(spool);
        return;
    } else {
        watch_close(g_steal_pointer(&spool->watch));
        spool_rescan(spool);
        return;
    }
    spool_wake(spool, 0);
}

static void folder_watch(struct spool *spool)
{
    g_autoptr(GError) error = NULL;
    spool->watch = watch_open(spool->loop, spool->descriptor, on_watch, spool, &error);
    if (spool->watch != NULL) {
        spool_trouble(spool, &spool->trouble.watch, NULL);
        return;
    }
    g_autofree char *text =
        g_strdup_printf("%s; the folder is read every %d s instead", error->message, RESCAN_UNWATCHED / 1000);
    spool_trouble(spool, &spool->trouble.watch, text);
}

/* The watch is armed before the first walk, so nothing can arrive unseen between them. */
static bool folder_begin(struct spool *spool, GError **error)
{
    int folder = folder_open(spool->folder, error);
    if (folder < 0) {
        g_prefix_error(error,
                       "the folder cannot be read (make it, or correct spool \"%s\"): ", spool->config->name);
        return false;
    }
    /* Listed but not entered, or read but not emptied, every mail in it would fail one by one. */
    if (faccessat(folder, ".", R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
        error_set_errno(error, errno,
                        "%s cannot be read and emptied (its owner and mode must let this user in)",
                        spool->folder);
        close(folder);
        return false;
    }
    /* Two daemons with a store each would both decide, and tell, every mail. */
    if (!folder_lock(folder, spool->folder, error)) {
        close(folder);
        return false;
    }
    spool->descriptor = folder;
    spool->shared = g_atomic_rc_box_new(int);
    *spool->shared = folder;
    folder_watch(spool);
    spool->walk_wanted = true;
    spool->walked = false;
    return true;
}

/* Repairs what can be repaired: a folder that was removed, replaced or mounted over, a watch that ended. */
static void folder_check(struct spool *spool)
{
    if (spool->descriptor >= 0 && !folder_is_same(spool))
        folder_lost(spool);
    if (spool->descriptor >= 0) {
        if (spool->watch == NULL)
            folder_watch(spool);
        return;
    }
    g_autoptr(GError) error = NULL;
    bool back = folder_begin(spool, &error);
    spool_trouble(spool, &spool->trouble.folder, back ? NULL : error->message);
}

static void on_rescan(uv_timer_t *timer)
{
    struct spool *spool = timer->data;
    folder_check(spool);
    spool->walk_wanted = true;
    bool more = spool_cur_look(spool);
    uv_timer_start(&spool->rescan, on_rescan, more ? CUR_PAUSE : (uint64_t)spool_rescan_interval(spool), 0);
    spool_wake(spool, 0);
}

void spool_rescan(struct spool *spool)
{
    uv_timer_start(&spool->rescan, on_rescan, 0, 0);
}

/* ---- from birth to end ---- */

static void timer_open(struct spool *spool, uv_timer_t *timer)
{
    uv_timer_init(spool->loop, timer);
    timer->data = spool;
    spool->open_handles++;
}

static void spool_free(struct spool *spool)
{
    names_free(spool->names);
    g_hash_table_unref(spool->held);
    g_free(spool->folder);
    g_free(spool->trouble.folder);
    g_free(spool->trouble.watch);
    g_free(spool->trouble.list);
    g_free(spool->trouble.take);
    g_free(spool->trouble.cur);
    g_free(spool);
}

static bool path_prepare(const struct config_spool *wanted, GError **error)
{
    if (wanted->kind != SPOOL_MAILDIR)
        return true;
    g_autofree char *new_mail = g_build_filename(wanted->path, "new", NULL);
    bool there = g_file_test(new_mail, G_FILE_TEST_IS_DIR); /* somebody's, who need not want more of it */
    return there ? folder_make(wanted->path, error) && folder_make(new_mail, error)
                 : maildir_make(wanted->path, error);
}

static bool folder_first(struct spool *spool, GError **error)
{
    g_autoptr(GError) cause = NULL;
    if (path_prepare(spool->config, &cause) && folder_begin(spool, &cause))
        return true;
    if (g_error_matches(cause, AWSIFT_ERROR, AWSIFT_ERROR_BUSY)) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return false;
    }
    spool->trouble.folder = g_strdup(cause->message);
    return true;
}

struct spool *spool_open(uv_loop_t *loop, const struct config_spool *wanted, spool_stirred stirred,
                         void *data, GError **error)
{
    signal(SIGIO, SIG_IGN); /* of a lease that a writer broke in the moment it was ours: has_writer() */
    struct spool *spool = g_new0(struct spool, 1);
    *spool =
        (struct spool){.loop = loop, .config = wanted, .stirred = stirred, .data = data, .descriptor = -1};
    spool->folder = g_build_filename(wanted->path, wanted->kind == SPOOL_MAILDIR ? "new" : NULL, NULL);
    spool->names = names_new();
    spool->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!folder_first(spool, error)) {
        spool_free(spool);
        return NULL;
    }
    timer_open(spool, &spool->wake);
    timer_open(spool, &spool->rescan);
    uv_timer_start(&spool->rescan, on_rescan, (uint64_t)spool_rescan_interval(spool), 0);
    spool_wake(spool, 0);
    return spool;
}

void spool_tell(struct spool *spool, spool_told told)
{
    spool->told = told;
    if (spool->trouble.folder != NULL)
        told(spool, spool->trouble.folder, true, spool->data);
}

const char *spool_closed(const struct spool *spool)
{
    return spool->trouble.folder;
}

const char *spool_name(const struct spool *spool)
{
    return spool->config->name;
}

char *spool_folder(const struct spool *spool)
{
    return g_strdup(spool->folder);
}

static const char *first_trouble(const struct spool *spool)
{
    const char *const troubles[] = {spool->trouble.folder, spool->trouble.list, spool->trouble.take,
                                    spool->trouble.cur, spool->trouble.watch};
    const char *trouble = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(troubles) && trouble == NULL; i++)
        trouble = troubles[i];
    return trouble;
}

bool spool_troubled(const struct spool *spool)
{
    return first_trouble(spool) != NULL;
}

json_t *spool_status(struct spool *spool)
{
    const char *trouble = first_trouble(spool);
    json_t *status = json_object();
    json_object_set_new(status, "name", json_text_new(spool->config->name));
    json_object_set_new(status, "path", json_text_new(spool->config->path));
    json_object_set_new(status, "kind",
                        json_string(spool->config->kind == SPOOL_MAILDIR ? "maildir" : "directory"));
    json_object_set_new(status, "in_hand", json_integer(g_hash_table_size(spool->held)));
    json_object_set_new(status, "trouble", json_text_new(trouble));
    json_object_set_new(status, "reported", names_reported(spool->names));
    return status;
}

static void on_closed(uv_handle_t *handle)
{
    struct spool *spool = handle->data;
    if (--spool->open_handles == 0)
        spool_free(spool);
}

void spool_close(struct spool *spool)
{
    if (spool == NULL)
        return;
    folder_close(spool);
    uv_close((uv_handle_t *)&spool->wake, on_closed);
    uv_close((uv_handle_t *)&spool->rescan, on_closed);
}
