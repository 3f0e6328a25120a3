/* Laying out indented text. However deep the indent, a text keeps LEAST columns, so that nothing is lost on a
 * narrow terminal. */
#include "commands/page.h"
#include "commands/output.h"
#include "commands/terminal.h"
#include "mail/text.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80, LEAST = 24, LINES = 3 };

struct page page_new(bool whole)
{
    int columns = terminal_columns();
    return (struct page){columns > 0 ? columns : COLUMNS, terminal_has_color(), whole ? G_MAXINT : LINES};
}

static void print_colored(const struct page *page, enum page_color color, const char *text)
{
    static const char *const codes[] = {
        [PAGE_BOLD] = "\033[1m", [PAGE_GREEN] = "\033[32m", [PAGE_RED] = "\033[31m", [PAGE_DIM] = "\033[2m"};
    bool on = page->color && color != PAGE_PLAIN;
    printf("%s%s%s", on ? codes[color] : "", text, on ? "\033[0m" : "");
}

static void print(const struct page *page, int indent, const char *mark, enum page_color color,
                  const char *text)
{
    printf("%*s", indent, "");
    print_colored(page, color, mark);
    print_colored(page, *mark != '\0' ? PAGE_PLAIN : color, text);
    printf("\n");
    output_check();
}

void page_line(const struct page *page, int indent, const char *mark, enum page_color color, const char *text)
{
    int behind = indent + text_columns(mark), room = MAX(page->columns - behind, LEAST);
    g_autofree char *line = text_one_line(text);
    g_autoptr(GPtrArray) lines = text_wrap(line, room);
    for (int i = 0; i < (int)lines->len && i < page->lines; i++) {
        bool cut = i == page->lines - 1 && (int)lines->len > page->lines;
        g_autofree char *marked = cut ? g_strconcat(lines->pdata[i], " …", NULL) : g_strdup(lines->pdata[i]);
        g_autofree char *shown = text_clip_columns(marked, room);
        print(page, i == 0 ? indent : behind, i == 0 ? mark : "",
              *mark == '\0' || i == 0 ? color : PAGE_PLAIN, shown);
    }
}

void page_short(const struct page *page, int indent, const char *mark, enum page_color color,
                const char *text)
{
    g_autofree char *line = text_one_line(text);
    g_autofree char *shown = text_clip_columns(line, MAX(page->columns - indent - text_columns(mark), LEAST));
    print(page, indent, mark, color, shown);
}

void page_value(const struct page *page, int indent, int width, const char *name, const char *value)
{
    g_autofree char *key = text_one_line(name);
    g_autofree char *padded = g_strdup_printf("%s%*s", key, MAX(width - text_columns(key), 1), "");
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    int behind = indent + text_columns(padded);
    for (int i = 0; i < page->lines && lines[i] != NULL; i++) {
        bool last = i == page->lines - 1 && lines[i + 1] != NULL;
        g_autofree char *marked = last ? g_strconcat(lines[i], " …", NULL) : NULL;
        page_line(page, i == 0 ? indent : behind, i == 0 ? padded : "", PAGE_PLAIN, last ? marked : lines[i]);
    }
}
