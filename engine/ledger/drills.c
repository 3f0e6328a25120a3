/* Drills in the ledger. Each stands there before its file lies in the spool, so that after a crash it is
 * still taken for one; of a file that never came the row is all that is left. */
#include "ledger/drills.h"
#include "ledger/statement.h"
#include "base/json.h"

bool ledger_drill_make(struct ledger *ledger, const char *file, const char *sha256, const char *rule,
                       const json_t *request, int64_t now, GError **error)
{
    return statement_run(ledger, error,
                         "INSERT INTO drills (file, sha256, rule, request, made) VALUES (?, ?, ?, ?, ?)",
                         "tttji", file, sha256, rule, request, now);
}

bool ledger_drill_came(struct ledger *ledger, const char *file, int64_t message, GError **error)
{
    return statement_run(ledger, error, "UPDATE drills SET message = ? WHERE file = ? AND message IS NULL",
                         "it", message, file);
}

json_t *ledger_drills_open(struct ledger *ledger, int64_t since, GError **error)
{
    g_autoptr(json_t) list = json_object();
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT file, sha256, request FROM drills WHERE message IS NULL AND made > ?", "i",
        since);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_object_set_new(list, column_text(statement, 0),
                            json_pack("{s:s, s:o}", "sha256", column_text(statement, 1), "request",
                                      column_json(statement, 2)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

bool ledger_is_drill(struct ledger *ledger, int64_t message, bool *drill, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT EXISTS (SELECT 1 FROM drills WHERE message = ?)", "i", message);
    int64_t exists = 0;
    bool good = statement_number(ledger, statement, &exists, error);
    *drill = exists != 0;
    return good;
}
