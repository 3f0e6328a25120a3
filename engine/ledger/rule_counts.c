/* What became of rules. A mail that was decided again counts for the rule of its present decision alone. */
#include "ledger/statement.h"
#include "base/json.h"

/* Regularly: so many mails, at least one a month; silent: for months, and many times as long as usual. */
enum { SILENT_LEAST = 4, SILENT_GAPS = 3 };

json_t *ledger_rule_counts(struct ledger *ledger, GError **error)
{
    static const char sql[] =
        "SELECT d.rule, count(*), max(m.arrived), min(m.arrived) FROM decisions d"
        " JOIN messages m ON m.id = d.message AND m.decision = d.id"
        " WHERE d.rule IS NOT NULL AND NOT EXISTS (SELECT 1 FROM drills WHERE message = m.id)"
        " GROUP BY d.rule";
    g_autoptr(json_t) counts = json_object();
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "");
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_object_set_new(counts, column_text(statement, 0),
                            json_pack("{s:I, s:I, s:I}", "count",
                                      (json_int_t)sqlite3_column_int64(statement, 1), "last",
                                      (json_int_t)sqlite3_column_int64(statement, 2), "first",
                                      (json_int_t)sqlite3_column_int64(statement, 3)));
    return step == SQLITE_DONE ? g_steal_pointer(&counts) : NULL;
}

bool ledger_rule_is_silent(const json_t *count, int64_t months, int64_t now)
{
    int64_t mails = json_number(count, "count", 0), first = json_number(count, "first", 0),
            last = json_number(count, "last", 0);
    if (mails < SILENT_LEAST)
        return false;
    int64_t gap = (last - first) / (mails - 1);
    return gap <= LEDGER_MONTH && now - last >= MAX(months * LEDGER_MONTH, SILENT_GAPS * gap);
}
