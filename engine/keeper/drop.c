/* Delivery into a spool from a stream, safely: into a temporary file that the spool does not look at, synced,
 * and only then renamed to where it counts, synced again. Killed at any point, it leaves the whole mail or a
 * temporary file, never half a mail.
 *
 * It fails on a full disk, a folder that it may not write, an input that breaks off with an error or holds
 * nothing, and a signal. It does not parse: the bytes arrive as they came, but for the envelope line and the
 * recipient. */
#include "keeper/drop.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

enum { BLOCK = 64 << 10, RECIPIENT_LONGEST = 900 /* a line of RFC 5322 has at most 998 */ };

struct drop {
    int input, output;
    const volatile sig_atomic_t *interrupted;
    const char *path; /* of the output, for errors */
    int64_t size;
    char block[BLOCK];
};

/* ---- names (https://cr.yp.to/proto/maildir.html) ---- */

static char *host_name(void)
{
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    g_autoptr(GString) name = g_string_new(host);
    for (gsize i = 0; i < name->len; i++)
        if (g_ascii_iscntrl(name->str[i]) || name->str[i] == ' ' || (name->str[i] & 0x80))
            name->str[i] = '_';
    g_string_replace(name, "/", "\\057", 0);
    g_string_replace(name, ":", "\\072", 0);
    return g_string_free(g_steal_pointer(&name), FALSE);
}

/* The random part is for containers, where host name and process id repeat. */
static char *unique_name(void)
{
    static unsigned count;
    struct timeval now;
    uint64_t random = 0;

    gettimeofday(&now, NULL);
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random)
        random = (uint64_t)g_get_monotonic_time();
    g_autofree char *host = host_name();
    return g_strdup_printf(
        "%" G_GINT64_FORMAT ".M%06" G_GINT64_FORMAT "P%dQ%uR%016" G_GINT64_MODIFIER "x.%.150s",
        (gint64)now.tv_sec, (gint64)now.tv_usec, (int)getpid(), count++, (guint64)random, host);
}

char *drop_temporary_name(enum spool_kind kind)
{
    g_autofree char *name = unique_name();
    return g_strconcat(kind == SPOOL_MAILDIR ? "../tmp/" : ".", name, NULL);
}

bool drop_is_temporary(const char *name)
{
    int length = 0;
    return sscanf(name, ".%*[0-9].M%*6[0-9]P%*[0-9]Q%*[0-9]R%*16[0-9a-f].%n", &length) == 0 && length > 0;
}

/* ---- bytes ---- */

bool drop_recipient_valid(const char *recipient)
{
    size_t size = strlen(recipient);
    if (size == 0 || size > RECIPIENT_LONGEST || !g_utf8_validate(recipient, -1, NULL))
        return false;
    for (const char *at = recipient; *at != '\0'; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return false;
    return true;
}

static bool was_interrupted(const struct drop *drop, GError **error)
{
    if (drop->interrupted == NULL || *drop->interrupted == 0)
        return false;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "stopped by signal %d", (int)*drop->interrupted);
    return true;
}

/* Fills the block from `filled` on, until it is full or the input ends; -1 on failure, else the bytes in it.
 */
static ssize_t read_block(struct drop *drop, GError **error)
{
    size_t filled = 0;

    while (filled < sizeof drop->block) {
        if (was_interrupted(drop, error))
            return -1;
        ssize_t got = read(drop->input, drop->block + filled, sizeof drop->block - filled);
        if (got == 0)
            break;
        if (got > 0) {
            filled += (size_t)got;
        } else if (errno != EINTR) {
            if (!was_interrupted(drop, error))
                error_set_errno(error, errno, "the mail cannot be read from standard input");
            return -1;
        }
    }
    return (ssize_t)filled;
}

static bool write_all(struct drop *drop, const char *bytes, size_t size, GError **error)
{
    while (size > 0) {
        if (was_interrupted(drop, error))
            return false;
        ssize_t put = write(drop->output, bytes, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_set_errno(error, errno, "%s cannot be written", drop->path);
        bytes += put;
        size -= (size_t)put;
        drop->size += put;
    }
    return true;
}

/* The length of an mbox envelope line at the start, 0: there is none. "From : x" is an old form of a header
 * field. */
static size_t envelope_length(const char *bytes, size_t size)
{
    static const char mark[] = "From ";
    if (size < sizeof mark - 1 || memcmp(bytes, mark, sizeof mark - 1) != 0)
        return 0;
    const char *end = memchr(bytes, '\n', size);
    if (end == NULL)
        return 0;
    const char *after = bytes + sizeof mark - 1;
    after += strspn(after, " \t"); /* stops at the line's end */
    return *after == ':' ? 0 : (size_t)(end + 1 - bytes);
}

static const char *line_end(const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\n', size);
    return end != NULL && end > bytes && end[-1] == '\r' ? "\r\n" : "\n";
}

static bool copy(struct drop *drop, const char *recipient, GError **error)
{
    ssize_t got = read_block(drop, error);
    if (got < 0)
        return false;
    size_t skipped = envelope_length(drop->block, (size_t)got);
    if ((size_t)got == skipped) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "standard input held no mail: nothing was put into the spool");
        return false;
    }
    if (recipient != NULL) {
        g_autofree char *field =
            g_strconcat("Delivered-To: ", recipient, line_end(drop->block, (size_t)got), NULL);
        if (!write_all(drop, field, strlen(field), error))
            return false;
    }
    for (; got > 0; skipped = 0) {
        if (!write_all(drop, drop->block + skipped, (size_t)got - skipped, error))
            return false;
        if ((size_t)got < sizeof drop->block)
            return true; /* read_block stops early at the end only */
        got = read_block(drop, error);
    }
    return got == 0;
}

/* ---- the delivery ---- */

static bool fill(struct drop *drop, const char *path, const char *recipient, GError **error)
{
    drop->path = path;
    drop->output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (drop->output < 0)
        return error_set_errno(error, errno, "%s cannot be made", path);
    bool done = copy(drop, recipient, error);
    if (done)
        fault_point("mail-taken-in");
    done = done && file_sync(drop->output, path, error);
    if (close(drop->output) != 0 && done)
        done = error_set_errno(error, errno, "%s cannot be closed", path);
    if (!done)
        file_remove(path, NULL);
    return done;
}

static bool publish(const char *temporary, const char *path, const char *folder, GError **error)
{
    if (!file_move(temporary, path, error)) {
        file_remove(temporary, NULL);
        return false;
    }
    /* Not yet durable, and the sender will try again: better no copy than two, but never none. */
    if (folder_sync(folder, error)) {
        fault_point("mail-delivered");
        return true;
    }
    file_remove(path, NULL);
    return false;
}

bool drop_mail(const struct config_spool *spool, int input, const char *recipient,
               const volatile sig_atomic_t *interrupted, int64_t *size, GError **error)
{
    bool maildir = spool->kind == SPOOL_MAILDIR;
    if (recipient != NULL && !drop_recipient_valid(recipient)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_USAGE,
                    "the recipient's address is empty, too long, or has "
                    "characters that no header field may have");
        return false;
    }
    if (maildir && !maildir_make(spool->path, error))
        return false;

    g_autofree char *name = unique_name();
    g_autofree char *folder = g_build_filename(spool->path, maildir ? "new" : NULL, NULL);
    g_autofree char *path = g_strdup_printf("%s/%s%s", folder, name, maildir ? "" : ".eml");
    g_autofree char *unfinished = drop_temporary_name(spool->kind),
                    *temporary = g_build_filename(folder, unfinished, NULL);
    g_autofree struct drop *drop = g_new0(struct drop, 1);
    drop->input = input;
    drop->interrupted = interrupted;
    if (!fill(drop, temporary, recipient, error) || !publish(temporary, path, folder, error))
        return false;
    if (size != NULL)
        *size = drop->size;
    return true;
}
