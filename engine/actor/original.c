/* Reading the original for a mail that takes it along: up to `smtp.attach`, and not for ever from a disk that
 * fails.
 */
#include "actor/original.h"
#include "base/error.h"
#include "base/json.h"

#include <sys/stat.h>

enum { ATTACH_DEFAULT = 10 << 20, READ_ATTEMPTS = 3 };

void original_clear(struct original *original)
{
    g_clear_pointer(&original->bytes, g_bytes_unref);
    g_clear_pointer(&original->why, g_free);
}

/* A few attempts, since a disk may come back; not the last one, since what is told without the original is
 * told, and what is given up is not. */
static bool may_try_again(const struct performance *performance)
{
    const json_t *outbox = json_object_get(performance->actor->config, "outbox");
    int64_t attempts = CLAMP(json_number(outbox, "attempts", READ_ATTEMPTS), 1, READ_ATTEMPTS);
    return json_number(performance->request, "attempt", 1) < attempts;
}

struct original original_read(const struct performance *performance)
{
    const json_t *smtp = json_object_get(performance->actor->config, "smtp");
    struct original original = {.maximum = CLAMP(json_number(smtp, "attach", ATTACH_DEFAULT), 0, INT32_MAX)};
    struct stat status;
    if (performance->original < 0 && json_number(performance->request, "mail", 0) == 0)
        return original;
    g_autoptr(GError) error = NULL;
    if (performance->original >= 0 && fstat(performance->original, &status) == 0)
        original.size = status.st_size;
    original.bytes = performance_original(performance, (size_t)original.maximum, &error);
    original.state = original.bytes != NULL                                     ? ORIGINAL_ATTACHED
                     : g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT) ? ORIGINAL_LARGE
                                                                                : ORIGINAL_GONE;
    original.again = original.state == ORIGINAL_GONE && may_try_again(performance);
    original.why = error != NULL ? g_strdup(error->message) : NULL;
    return original;
}
