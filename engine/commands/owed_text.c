/* What is owed, in words. */
#include "commands/owed_text.h"
#include "commands/options.h"
#include "commands/table.h"
#include "base/json.h"
#include "ledger/owed.h"

#include <string.h>

static char *what_of(const json_t *row)
{
    if (strcmp(json_text_or(row, "kind", ""), "answer") == 0)
        return g_strdup("answer");
    const char *hours = json_text(row, "hours");
    int step = (int)json_number(row, "step", 0), steps = (int)json_number(row, "steps", 0);
    return g_strdup_printf("call %s%s%s%s, step %d of %d", json_text_or(row, "name", ""),
                           hours != NULL ? " (" : "", hours != NULL ? hours : "", hours != NULL ? ")" : "",
                           MIN(step, steps), steps); /* the alert that comes after the last one is none */
}

char *owed_line(const json_t *row)
{
    g_autofree char *what = what_of(row);
    const char *until = json_text(row, "until");
    return g_strdup_printf("mail %d (%s, %s): %s since %s%s%s", (int)json_number(row, "id", 0),
                           json_text_or(row, "rule", "no rule"), json_text_or(row, "account", "no account"),
                           what, json_text_or(row, "since", "?"), until != NULL ? ", until " : "",
                           until != NULL ? until : "");
}

struct listing {
    bool json;
    struct table *table;
};

static bool print_row(json_t *row, void *data)
{
    const struct listing *listing = data;
    if (listing->json) {
        print_json_line(row);
        return true;
    }
    g_autofree char *id = g_strdup_printf("%d", (int)json_number(row, "id", 0)), *what = what_of(row);
    const char *cells[] = {id,
                           json_text(row, "since"),
                           json_text(row, "until"),
                           what,
                           json_text(row, "account"),
                           json_text(row, "rule"),
                           json_text_or(row, "subject", "")};
    table_add(listing->table, cells);
    return true;
}

bool owed_print_all(const char *command, const struct config *config, bool as_json)
{
    static const char *const titles[] = {"ID", "SINCE", "UNTIL", "WHAT", "ACCOUNT", "RULE", "SUBJECT", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger(command, config);
    if (ledger == NULL)
        return false;
    struct listing listing = {.json = as_json, .table = table_new(titles)};
    bool good = owed_list(ledger, 0, print_row, &listing, &error);
    table_print(listing.table);
    if (!good)
        options_fail(command, error->message);
    return good;
}
