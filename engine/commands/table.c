/* Laying a table out by display width. Nothing is printed before table_print, as the widths are those of all
 * rows. */
#include "commands/table.h"
#include "commands/output.h"
#include "mail/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP 2
#define CLIPPED_LEAST 20

struct table {
    const char *const *titles;
    guint columns;
    GPtrArray *cells; /* of char *, row after row */
    int *widths;
};

struct table *table_new(const char *const *titles)
{
    struct table *table = g_new0(struct table, 1);
    table->titles = titles;
    table->columns = g_strv_length((char **)titles);
    table->cells = g_ptr_array_new_with_free_func(g_free);
    table->widths = g_new0(int, table->columns);
    for (guint i = 0; i < table->columns; i++)
        table->widths[i] = text_columns(titles[i]);
    return table;
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

void table_add(struct table *table, const char *const *cells)
{
    for (guint i = 0; i < table->columns; i++) {
        char *cell = text_one_line(cells[i] != NULL ? cells[i] : "-");
        table->widths[i] = MAX(table->widths[i], text_columns(cell));
        g_ptr_array_add(table->cells, cell);
    }
}

/* The width of the terminal, 0 when standard output is none. */
static int terminal_columns(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO))
        return 0;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void print_clipped(const char *text, int room)
{
    const char *at = text;
    if (text_columns(text) <= room) {
        fputs(text, stdout);
        return;
    }
    for (int used = 1; *at != '\0'; at = g_utf8_next_char(at)) {
        used += character_columns(g_utf8_get_char(at));
        if (used > room)
            break;
    }
    printf("%.*s…", (int)(at - text), text);
}

static void print_row(const struct table *table, const char *const *cells, int terminal)
{
    int used = 0;
    for (guint i = 0; i + 1 < table->columns; i++) {
        printf("%s%*s", cells[i], table->widths[i] - text_columns(cells[i]) + GAP, "");
        used += table->widths[i] + GAP;
    }
    const char *last = cells[table->columns - 1];
    if (terminal > 0)
        print_clipped(last, MAX(terminal - used, CLIPPED_LEAST));
    else
        fputs(last, stdout);
    printf("\n");
    output_check();
}

void table_print(struct table *table)
{
    int terminal = terminal_columns();
    const char *no_color = g_getenv("NO_COLOR");
    bool bold = terminal > 0 && (no_color == NULL || *no_color == '\0');
    if (terminal > 0 && table->cells->len > 0) {
        fputs(bold ? "\033[1m" : "", stdout);
        print_row(table, table->titles, terminal);
        fputs(bold ? "\033[0m" : "", stdout);
    }
    for (guint i = 0; i < table->cells->len; i += table->columns)
        print_row(table, (const char *const *)table->cells->pdata + i, terminal);
    g_ptr_array_unref(table->cells);
    g_free(table->widths);
    g_free(table);
}
