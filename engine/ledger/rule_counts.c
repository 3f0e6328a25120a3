/* What became of rules. A mail that was decided again counts for the rule of its present decision alone. */
#include "ledger/statement.h"
#include "base/json.h"

json_t *ledger_rule_counts(struct ledger *ledger, GError **error)
{
    static const char sql[] = "SELECT d.rule, count(*), max(m.arrived) FROM decisions d"
                              " JOIN messages m ON m.id = d.message AND m.decision = d.id"
                              " WHERE d.rule IS NOT NULL GROUP BY d.rule";
    g_autoptr(json_t) counts = json_object();
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "");
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_object_set_new(counts, column_text(statement, 0),
                            json_pack("{s:I, s:I}", "count", (json_int_t)sqlite3_column_int64(statement, 1),
                                      "last", (json_int_t)sqlite3_column_int64(statement, 2)));
    return step == SQLITE_DONE ? g_steal_pointer(&counts) : NULL;
}
