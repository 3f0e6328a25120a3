/* The log. Writes each line with one write(2) of at most PIPE_BUF bytes, so that lines of several processes
 * do not mix, whatever a mail makes them say. It fails silently: a full log disk must not stop mail. */
#include "base/log.h"
#include "base/mask.h"
#include "base/times.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char process_name[64] = "awsift";
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

static void write_line(const struct level *level, const char *text)
{
    g_autoptr(GString) line = g_string_new(NULL);
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
    while (write(STDERR_FILENO, line->str, line->len) < 0 && errno == EINTR)
        ;
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
