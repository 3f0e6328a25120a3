/* Reading a ledger through by SQLite's quick_check. What makes it fail: damage, a disk that cannot be read.
 */
#include "ledger/proof.h"
#include "ledger/statement.h"
#include "base/error.h"

bool ledger_prove(struct ledger *ledger, GError **error)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(ledger->database, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return ledger_fail(ledger, error);
    }
    g_autofree char *found = g_strdup(column_text(statement, 0));
    sqlite3_finalize(statement);
    if (g_strcmp0(found, "ok") == 0)
        return true;
    if (found != NULL)
        g_strdelimit(found, "\n", ' ');
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT, "ledger %s: is damaged (%s): %s", ledger->path,
                found, ledger_remedy(SQLITE_CORRUPT));
    return false;
}

void ledger_prove_stop(struct ledger *ledger)
{
    sqlite3_interrupt(ledger->database);
}

bool ledger_proven_at_opening(const struct ledger *ledger)
{
    return ledger->proven;
}

bool ledger_proven(struct ledger *ledger, int64_t *at, GError **error)
{
    return statement_number(
        ledger, statement_bind(ledger, error, "SELECT coalesce(max(at), 0) FROM proof", ""), at, error);
}

bool ledger_set_proven(struct ledger *ledger, int64_t at, GError **error)
{
    return statement_run(ledger, error,
                         "INSERT INTO proof (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET"
                         " at = excluded.at",
                         "i", at);
}
