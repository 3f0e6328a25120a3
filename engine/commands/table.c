/* Laying a table out by display width. Nothing is printed before table_print, as the widths are those of all
 * rows. */
#include "commands/table.h"
#include "commands/output.h"
#include "commands/terminal.h"
#include "mail/text.h"

#include <stdbool.h>
#include <stdio.h>

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

void table_add(struct table *table, const char *const *cells)
{
    for (guint i = 0; i < table->columns; i++) {
        char *cell = text_one_line(cells[i] != NULL ? cells[i] : "-");
        table->widths[i] = MAX(table->widths[i], text_columns(cell));
        g_ptr_array_add(table->cells, cell);
    }
}

static void print_row(const struct table *table, const char *const *cells, int terminal)
{
    int used = 0;
    for (guint i = 0; i + 1 < table->columns; i++) {
        printf("%s%*s", cells[i], table->widths[i] - text_columns(cells[i]) + GAP, "");
        used += table->widths[i] + GAP;
    }
    const char *last = cells[table->columns - 1];
    g_autofree char *clipped =
        terminal > 0 ? text_clip_columns(last, MAX(terminal - used, CLIPPED_LEAST)) : g_strdup(last);
    printf("%s\n", clipped);
    output_check();
}

void table_print(struct table *table)
{
    int terminal = terminal_columns();
    bool bold = terminal_has_color();
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
