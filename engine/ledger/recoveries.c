/* Starts that had something to mend, for `status`: what a log that was rotated away no longer tells. */
#include "ledger/recoveries.h"
#include "ledger/statement.h"

enum { KEPT = 100 };

bool ledger_recovered(struct ledger *ledger, const json_t *found, int64_t now, GError **error)
{
    return statement_run(ledger, error, "INSERT INTO recoveries (at, found) VALUES (?, ?)", "ij", now,
                         found) &&
           statement_run(ledger, error,
                         "DELETE FROM recoveries WHERE id <= (SELECT max(id) FROM recoveries) - ?", "i",
                         (int64_t)KEPT);
}

json_t *ledger_last_recovery(struct ledger *ledger, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT at, found FROM recoveries WHERE id = (SELECT max(id) FROM recoveries)", "");
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step != SQLITE_ROW)
        return step == SQLITE_DONE ? json_null() : NULL;
    json_t *last =
        json_pack("{s:o, s:o}", "at", column_time(statement, 0), "found", column_json(statement, 1));
    sqlite3_reset(statement);
    return last;
}
