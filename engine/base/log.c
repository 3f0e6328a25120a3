/* The log. Writes each line with one write(2) of at most PIPE_BUF bytes, so that lines of several processes
 * do not mix, whatever a mail makes them say. It fails silently: a full log disk must not stop mail, nor must
 * a reader that stands still (a pager, a terminal that was stopped, a journal that hangs). What had no room
 * by then is lost, and counted in the next line that has. */
#include "base/log.h"
#include "base/mask.h"
#include "base/times.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE = 100 /* ms, for a reader that is only slow */ };

static char process_name[64] = "awsift";
static int output = STDERR_FILENO;
static int lost; /* lines since the last that was written */
/* Whether stderr is the journal's, found once: a jailed process may no longer look. */
static enum { UNKNOWN, JOURNAL, ELSEWHERE } destination;

struct level {
    const char *name;
    int syslog; /* sd-daemon(3) */
};
static const struct level level_info = {"info", 6}, level_warning = {"warning", 4},
                          level_error = {"error", 3};

/* systemd.exec(5): the variable is inherited by far; it counts only where it names this very stderr. */
static void find_destination(void)
{
    const char *stream = g_getenv("JOURNAL_STREAM");
    struct stat status;
    destination = ELSEWHERE;
    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
        return;
    g_autofree char *own = g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    if (strcmp(stream, own) == 0)
        destination = JOURNAL;
}

static bool is_printable(gunichar letter)
{
    GUnicodeType type = g_unichar_type(letter);
    return type != G_UNICODE_CONTROL && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* One printable line, cut between two letters so that it fits into `most` bytes. */
static void append_printable(GString *line, const char *text, size_t most)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        size_t length = (size_t)(g_utf8_next_char(at) - at);
        if (line->len + length + strlen("…") > most) {
            g_string_append(line, "…");
            return;
        }
        if (is_printable(g_utf8_get_char(at)))
            g_string_append_len(line, at, (gssize)length);
        else
            g_string_append_c(line, '?');
    }
}

/* Other processes have the same pipe, and may take the room between a look for it and a write: so it is
 * opened once more, for us alone and never to wait. Where it is another user's the look must do. */
static void find_output(void)
{
    struct stat status;
    if (output != STDERR_FILENO)
        close(output);
    output = STDERR_FILENO;
    if (fstat(STDERR_FILENO, &status) != 0 || !S_ISFIFO(status.st_mode))
        return;
    int own = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (own >= 0)
        output = own;
}

static bool write_patiently(const GString *line, int patience)
{
    struct pollfd room = {.fd = output, .events = POLLOUT};
    ssize_t put;
    if (poll(&room, 1, patience) == 0)
        return false;
    do
        put = write(output, line->str, line->len);
    while (put < 0 && errno == EINTR);
    return put >= 0 || errno != EAGAIN;
}

static GString *make_line(const struct level *level, const char *text)
{
    GString *line = g_string_new(NULL);
    g_autofree char *now = time_format(time_now());
    if (destination == UNKNOWN)
        find_destination();
    if (destination == JOURNAL)
        g_string_printf(line, "<%d>", level->syslog);
    else
        g_string_printf(line, "%s %s ", now, level->name);
    append_printable(line, process_name, PIPE_BUF - 1);
    g_string_append(line, ": ");
    append_printable(line, text, PIPE_BUF - 1);
    g_string_append_c(line, '\n');
    return line;
}

static void write_line(const struct level *level, const char *text)
{
    int missing = g_atomic_int_get(&lost);
    if (missing > 0) {
        g_autofree char *told =
            g_strdup_printf("%d lines of the log are lost here: its reader stood still", missing);
        g_autoptr(GString) line = make_line(&level_warning, told);
        if (write_patiently(line, 0))
            g_atomic_int_add(&lost, -missing);
    }
    g_autoptr(GString) line = make_line(level, text);
    if (!write_patiently(line, missing > 0 ? 0 : PATIENCE))
        g_atomic_int_inc(&lost);
}

/* Whatever is logged may quote a mail: a subject, what an error says, what the other side answered. */
static void write_formatted(const struct level *level, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments), *masked = mask_secrets(text);
    write_line(level, masked);
}

static void from_glib(const char *domain, GLogLevelFlags flags, const char *message, void *data)
{
    const struct level *level = flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL) ? &level_error
                                : flags & G_LOG_LEVEL_WARNING                      ? &level_warning
                                                                                   : &level_info;
    if ((flags & G_LOG_LEVEL_DEBUG) == 0)
        write_line(level, message);
    if (flags & G_LOG_FLAG_FATAL)
        abort();
}

void log_open(const char *who)
{
    g_strlcpy(process_name, who, sizeof process_name);
    g_log_set_default_handler(from_glib, NULL);
    find_destination();
    find_output();
}

#define DEFINE_LEVEL(name)                                                                                   \
    void log_##name(const char *format, ...)                                                                 \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        write_formatted(&level_##name, format, arguments);                                                   \
        va_end(arguments);                                                                                   \
    }
DEFINE_LEVEL(info)
DEFINE_LEVEL(warning)
DEFINE_LEVEL(error)
