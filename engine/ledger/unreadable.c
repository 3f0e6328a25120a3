/* Mail that was set aside. Its row knows only where the file came from, its bytes and why; the rest comes
 * with the first decision. What fails is the ledger alone. */
#include "ledger/unreadable.h"
#include "ledger/statement.h"
#include "base/error.h"
#include "base/json.h"

#define COLUMNS "SELECT id, sha256, spool, file, size, seen, reason FROM messages WHERE state = 'unreadable'"

static json_t *row_read(sqlite3_stmt *statement)
{
    return json_pack(
        "{s:I, s:s, s:o, s:o, s:I, s:I, s:o}", "id", (json_int_t)sqlite3_column_int64(statement, 0), "sha256",
        column_text(statement, 1), "spool", json_text_new(column_text(statement, 2)), "file",
        json_text_new(column_text(statement, 3)), "size", (json_int_t)sqlite3_column_int64(statement, 4),
        "seen", (json_int_t)sqlite3_column_int64(statement, 5), "reason",
        json_text_new(column_text(statement, 6)));
}

bool ledger_unreadable(struct ledger *ledger, ledger_row each, void *data, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, COLUMNS " ORDER BY id", "");
    int step = SQLITE_ERROR;
    bool more = true;
    while (statement != NULL && more && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autoptr(json_t) row = row_read(statement);
        more = each(row, data);
    }
    if (statement != NULL)
        sqlite3_reset(statement);
    return step == SQLITE_DONE || step == SQLITE_ROW;
}

json_t *ledger_unreadable_one(struct ledger *ledger, int64_t message, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, COLUMNS " AND id = ?", "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "mail %" G_GINT64_FORMAT " is not unreadable",
                    message);
    if (step != SQLITE_ROW)
        return NULL;
    json_t *row = row_read(statement);
    sqlite3_reset(statement);
    return row;
}

bool ledger_still_unreadable(struct ledger *ledger, int64_t message, const char *reason, GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE messages SET reason = ? WHERE id = ? AND state = 'unreadable'", "ti", reason,
                         message);
}

/* The recipient says whether a later copy is the same mail; where one of this recipient is known already,
 * each keeps its own row. */
bool ledger_make_readable(struct ledger *ledger, int64_t message, const char *recipient,
                          const json_t *decision, GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE messages SET state = 'decided', reason = NULL, message_id = ?, subject = ?,"
                         " sender = ?, date = ? WHERE id = ? AND state = 'unreadable'",
                         "tttti", json_text(decision, "message_id"), json_text(decision, "subject"),
                         json_text(decision, "from"), json_text(decision, "date"), message) &&
           statement_run(ledger, error,
                         "UPDATE OR IGNORE messages SET recipient = ?1 WHERE id = ?2 AND ?1 <> ''", "ti",
                         recipient, message);
}
