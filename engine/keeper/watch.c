/* The watch of a folder: a raw inotify descriptor under uv_poll_t. libuv's own uv_fs_event_t drops the
 * kernel's overflow notice and does not know IN_CLOSE_WRITE, so it would lose mail without a word.
 *
 * It fails where the system's limits of inotify instances or watches are reached, and on file systems without
 * inotify it succeeds and stays silent. What is in the folder, and finding what was missed, is the spool's.
 */
#include "keeper/watch.h"
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { READS_A_TURN = 64 }; /* so that a flood of events does not keep the loop from everything else */

/* IN_CREATE: what link(2) puts into a Maildir tells nothing else. */
static const uint32_t watched =
    IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
/* A folder that somebody holds open gets no IN_DELETE_SELF when it is removed; its parent's IN_DELETE tells.
 */
static const uint32_t watched_above = IN_DELETE | IN_MOVED_FROM | IN_ONLYDIR | IN_MASK_CREATE;

struct watch {
    uv_poll_t poll;
    int descriptor;
    int folder;      /* its watch descriptor; all others are the parent's */
    watch_told told; /* NULL once closed */
    void *data;
};

static void tell(struct watch *watch, const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW)
        watch->told(WATCH_LOST, NULL, watch->data);
    else if (event->wd != watch->folder && (event->mask & IN_ISDIR))
        watch->told(WATCH_DOUBT, NULL, watch->data);
    else if (event->wd != watch->folder)
        return;
    else if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
        watch->told(WATCH_GONE, NULL, watch->data);
    else if (event->len > 0 && !(event->mask & IN_ISDIR))
        watch->told(event->mask & IN_CREATE ? WATCH_MADE : WATCH_FILE, event->name, watch->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = poll->data;
    _Alignas(struct inotify_event) char buffer[16384];

    for (int turn = 0; turn < READS_A_TURN && watch->told != NULL; turn++) {
        ssize_t size = read(watch->descriptor, buffer, sizeof buffer);
        if (size <= 0) {
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0 && errno != EAGAIN)
                watch->told(WATCH_GONE, NULL, watch->data);
            return;
        }
        const struct inotify_event *event;
        for (char *at = buffer; at < buffer + size && watch->told != NULL; at += sizeof *event + event->len) {
            event = (const void *)at;
            tell(watch, event);
        }
    }
}

/* The inotify descriptor, -1 on failure; *watched_folder is the folder's number in it. */
static int watch_start(int folder, int *watched_folder, GError **error)
{
    int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) {
        g_set_error(error, AWSIFT_ERROR, errno == EMFILE ? AWSIFT_ERROR_LIMIT : AWSIFT_ERROR_IO,
                    "no inotify instance (raise fs.inotify.max_user_instances): %s", g_strerror(errno));
        return -1;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", folder);
    *watched_folder = inotify_add_watch(descriptor, path, watched);
    if (*watched_folder < 0) {
        g_set_error(error, AWSIFT_ERROR, errno == ENOSPC ? AWSIFT_ERROR_LIMIT : AWSIFT_ERROR_IO,
                    "no inotify watch%s: %s", errno == ENOSPC ? " (raise fs.inotify.max_user_watches)" : "",
                    g_strerror(errno));
        close(descriptor);
        return -1;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d/..", folder);
    (void)inotify_add_watch(descriptor, path,
                            watched_above); /* without it, the spool's rescan notices later */
    return descriptor;
}

struct watch *watch_open(uv_loop_t *loop, int folder, watch_told told, void *data, GError **error)
{
    int watched_folder = -1, descriptor = watch_start(folder, &watched_folder, error);
    if (descriptor < 0)
        return NULL;
    struct watch *watch = g_new0(struct watch, 1);
    *watch = (struct watch){.descriptor = descriptor, .folder = watched_folder, .told = told, .data = data};
    int failed = uv_poll_init(loop, &watch->poll, descriptor);
    if (failed != 0) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "no place in the loop: %s", uv_strerror(failed));
        close(descriptor);
        g_free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    if (uv_poll_start(&watch->poll, UV_READABLE, on_readable) != 0)
        g_error("uv_poll_start refused a fresh inotify descriptor");
    return watch;
}

static void on_closed(uv_handle_t *handle)
{
    struct watch *watch = handle->data;
    close(watch->descriptor);
    g_free(watch);
}

void watch_close(struct watch *watch)
{
    if (watch == NULL)
        return;
    watch->told = NULL;
    uv_close((uv_handle_t *)&watch->poll, on_closed);
}
