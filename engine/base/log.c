/* The log. Writes each line with one write(2), so that lines of several processes do not mix. It fails
 * silently: a full log disk must not stop mail. */
#include "base/log.h"
#include "base/times.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char process_name[64] = "awsift";

struct level {
    const char *name;
    int syslog; /* sd-daemon(3) */
};
static const struct level level_info = {"info", 6}, level_warning = {"warning", 4},
                          level_error = {"error", 3};

static void write_line(const struct level *level, const char *text)
{
    g_autoptr(GString) line = g_string_new(NULL);
    if (g_getenv("JOURNAL_STREAM") != NULL) {
        g_string_printf(line, "<%d>%s: %s", level->syslog, process_name, text);
    } else {
        g_autofree char *now = time_format(time_now());
        g_string_printf(line, "%s %s %s: %s", now, level->name, process_name, text);
    }
    for (size_t i = 0; i < line->len; i++)
        if ((unsigned char)line->str[i] < 0x20 || line->str[i] == 0x7f)
            line->str[i] = '?';
    g_string_append_c(line, '\n');
    ssize_t ignored = write(STDERR_FILENO, line->str, line->len);
    (void)ignored;
}

static void write_formatted(const struct level *level, const char *format, va_list arguments)
{
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    write_line(level, text);
}

static void from_glib(const char *domain, GLogLevelFlags flags, const char *message, void *data)
{
    write_line(flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL) ? &level_error : &level_warning, message);
    if (flags & G_LOG_FLAG_FATAL)
        abort();
}

void log_open(const char *who)
{
    g_strlcpy(process_name, who, sizeof process_name);
    g_log_set_default_handler(from_glib, NULL);
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
