/* Mail that lies in the archive, as commands decide it again: what no rule knew, and what one decided
 * exactly.
 */
#include "ledger/statement.h"

bool ledger_archived(struct ledger *ledger, bool unknown, int64_t since, int64_t limit, ledger_row each,
                     void *data, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT m.id, m.spool, coalesce(m.folder, d.category), m.sha256, m.arrived FROM messages m"
        " JOIN decisions d ON d.id = m.decision WHERE d.by = 'rules' AND m.state = 'filed'"
        " AND CASE WHEN ?1 THEN d.category = 'unmatched' OR d.certainty = 'general'"
        " ELSE d.certainty = 'exact' END AND m.arrived >= ?2 ORDER BY m.id DESC LIMIT ?3",
        "iii", (int64_t)unknown, since, limit);
    int step = SQLITE_ERROR;
    bool more = true;
    while (statement != NULL && more && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        json_t *row =
            json_pack("{s:I, s:s, s:s, s:s, s:I}", "id", (json_int_t)sqlite3_column_int64(statement, 0),
                      "spool", column_text(statement, 1), "folder", column_text(statement, 2), "sha256",
                      column_text(statement, 3), "arrived", (json_int_t)sqlite3_column_int64(statement, 4));
        more = each(row, data);
        json_decref(row);
    }
    if (statement != NULL)
        sqlite3_reset(statement);
    return step == SQLITE_DONE || step == SQLITE_ROW;
}
