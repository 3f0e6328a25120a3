/* What is owed, for people. */
#include "ledger/owed.h"
#include "ledger/statement.h"
#include "base/json.h"

#define COLUMNS                                                                                                                                                                       \
    "SELECT o.message, o.kind, json_extract(o.plan, '$.name'), json_extract(o.plan, '$.hours'), d.account, d.rule, d.category,"                                                       \
    " m.subject, o.began, o.until, o.due, o.step, (SELECT count(*) FROM json_each(o.plan, '$.steps') e WHERE NOT coalesce(json_extract(e.value, '$.alert'), 0)), o.ended, o.outcome," \
    " o.by, o.note, o.reason, o.decision FROM owed o JOIN decisions d ON d.id = o.decision JOIN messages m ON"                                                                        \
    " m.id = o.message "

/* In their order: whether it is a number, a time or a text; the last ones only of what has ended. */
static const struct {
    const char *name;
    enum { NUMBER, TIME, TEXT } kind;
} columns[] = {{"id", NUMBER}, {"kind", TEXT},     {"name", TEXT},    {"hours", TEXT},     {"account", TEXT},
               {"rule", TEXT}, {"category", TEXT}, {"subject", TEXT}, {"since", TIME},     {"until", TIME},
               {"next", TIME}, {"step", NUMBER},   {"steps", NUMBER}, {"ended", TIME},     {"outcome", TEXT},
               {"by", TEXT},   {"note", TEXT},     {"reason", TEXT},  {"decision", NUMBER}};
enum { COLUMNS_OPEN = 13 };

static json_t *row_json(sqlite3_stmt *statement, size_t count)
{
    json_t *row = json_object();
    for (size_t i = 0; i < count; i++) {
        int column = (int)i;
        bool is_number = columns[i].kind == NUMBER && sqlite3_column_type(statement, column) != SQLITE_NULL;
        json_t *value = columns[i].kind == TIME ? column_time(statement, column)
                        : is_number             ? json_integer(sqlite3_column_int64(statement, column))
                                                : json_text_new(column_text(statement, column));
        json_object_set_new(row, columns[i].name, value);
    }
    return row;
}

bool owed_list(struct ledger *ledger, int64_t limit, ledger_row each, void *data, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error,
                                             COLUMNS "WHERE o.ended IS NULL AND o.kind <> 'page'"
                                                     " ORDER BY coalesce(o.until, o.began), o.id LIMIT ?",
                                             "i", limit > 0 ? limit : (int64_t)-1);
    int step = SQLITE_ERROR;
    bool more = true;
    while (statement != NULL && more && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autoptr(json_t) row = row_json(statement, COLUMNS_OPEN);
        more = each(row, data);
    }
    if (statement != NULL)
        sqlite3_reset(statement);
    return step == SQLITE_DONE || step == SQLITE_ROW;
}

static bool add(json_t *row, void *data)
{
    json_array_append(data, row);
    return true;
}

json_t *owed_summary(struct ledger *ledger, GError **error)
{
    g_autoptr(json_t) first = json_array();
    if (!owed_list(ledger, OWED_SHOWN_MOST, add, first, error))
        return NULL;
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT count(*) FROM owed WHERE ended IS NULL AND kind <> 'page'", "");
    int64_t count;
    if (!statement_number(ledger, statement, &count, error))
        return NULL;
    return json_pack("{s:I, s:O}", "count", (json_int_t)count, "first", first);
}

json_t *owed_of(struct ledger *ledger, int64_t message, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement =
        statement_bind(ledger, error, COLUMNS "WHERE o.message = ? ORDER BY o.id", "i", message);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, row_json(statement, G_N_ELEMENTS(columns)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}
