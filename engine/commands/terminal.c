/* Text by display width. A character that is wider than all the room there is still gets a line. */
#include "commands/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

int terminal_columns(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool terminal_has_color(void)
{
    const char *no_color = g_getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
}

static int character_columns(gunichar character)
{
    return g_unichar_iszerowidth(character) ? 0 : g_unichar_iswide(character) ? 2 : 1;
}

int text_columns(const char *text)
{
    int columns = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        columns += character_columns(g_utf8_get_char(at));
    return columns;
}

/* The end of what fits into so many columns. */
static const char *end_of(const char *text, int columns)
{
    int used = 0;
    const char *at = text;
    for (; *at != '\0'; at = g_utf8_next_char(at)) {
        used += character_columns(g_utf8_get_char(at));
        if (used > columns)
            break;
    }
    return at;
}

char *text_clip_columns(const char *text, int columns)
{
    if (text_columns(text) <= columns)
        return g_strdup(text);
    g_autofree char *kept = g_strndup(text, (gsize)(end_of(text, columns - 1) - text));
    return g_strconcat(kept, "…", NULL);
}

/* Where to cut a text of which the part up to end fits. */
static const char *break_before(const char *text, const char *end)
{
    for (const char *at = end; at > text; at = g_utf8_prev_char(at)) {
        const char *before = g_utf8_prev_char(at);
        if (*before == ' ' || *at == ' ' || g_unichar_iswide(g_utf8_get_char(before)))
            return at;
    }
    return end > text ? end : g_utf8_next_char(text);
}

GPtrArray *text_wrap(const char *text, int columns)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    do {
        const char *end = end_of(text, columns);
        if (*end != '\0')
            end = break_before(text, end);
        char *line = g_strndup(text, (gsize)(end - text));
        g_ptr_array_add(lines, g_strchomp(line));
        text = end;
        while (*text == ' ')
            text++;
    } while (*text != '\0');
    return lines;
}
