/* The lock of a store. Its file says who holds it, for people and for those who wait: the number of the
 * process, and below it "ends" where it need only be waited for. What it says is a hint; the lock is flock's.
 * It fails when somebody holds it, or when the store cannot be written. */
#include "keeper/store_lock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/times.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 30000 /* ms: longer than an end in good order takes */
#define LOOK 50
#define MOMENT 200 /* from taking the lock to saying so, and then more */

static bool ends_by_itself(const char *path)
{
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "\nends\n") != NULL;
}

/* False when a signal asks to end; libuv's handlers only note it. */
static bool pause_a_moment(void)
{
    const struct timespec pause = {.tv_nsec = LOOK * 1000000L};
    return nanosleep(&pause, NULL) == 0 || errno != EINTR;
}

static bool refuse(const char *store, int holder, GError **error)
{
    g_set_error(
        error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY,
        "another awsift (pid %d) holds %s: end it first, or name another `store` in the configuration",
        holder, store);
    return false;
}

/* False when it is not to be had. *lock stays -1 as long as it is worth waiting; who took it just now need
 * not have said yet who he is. */
static bool try_lock(const char *store, const char *path, int64_t waited, int *lock, int *holder,
                     GError **error)
{
    g_autoptr(GError) failure = NULL;
    *lock = file_lock(path, holder, &failure);
    if (failure == NULL)
        return true;
    if (g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_BUSY))
        return ends_by_itself(path) || waited < MOMENT || refuse(store, *holder, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

int store_lock(const char *store, bool decides, GError **error)
{
    g_autofree char *path = g_build_filename(store, "lock", NULL);
    int lock = -1, holder = 0;
    const int64_t since = g_get_monotonic_time() / 1000;
    for (int64_t waited = 0, told = false;; waited = g_get_monotonic_time() / 1000 - since) {
        if (!try_lock(store, path, waited, &lock, &holder, error))
            return -1;
        if (lock >= 0)
            break;
        if (!told && ends_by_itself(path)) {
            log_info("another awsift (pid %d) holds %s and is about to end: waiting for it", holder, store);
            told = true;
        }
        if (waited > PATIENCE || !pause_a_moment()) {
            refuse(store, holder, error);
            return -1;
        }
    }
    if (decides)
        store_lock_ending(lock);
    return lock;
}

void store_lock_ending(int lock)
{
    if (lock >= 0 && lseek(lock, 0, SEEK_END) >= 0 && write(lock, "ends\n", 5) != 5)
        log_warning("the store's lock cannot be written: %s", g_strerror(errno));
}
