/* Opening, closing and transactions. WAL with synchronous=FULL: what was committed survives a power cut. What
 * makes it fail: a full disk, another writer for more than ten seconds, a damaged file. */
#include "ledger/statement.h"
#include "base/error.h"

enum { BUSY_MILLISECONDS = 10000 };

static void finalize(void *statement)
{
    sqlite3_finalize(statement);
}

static bool prepare(struct ledger *ledger, enum ledger_access access, GError **error)
{
    const char *pragmas =
        access == LEDGER_WRITE
            ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
            : "PRAGMA query_only = ON;";
    sqlite3_busy_timeout(ledger->database, BUSY_MILLISECONDS);
    if (sqlite3_exec(ledger->database, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return ledger_fail(ledger, error);
    return access == LEDGER_READ || schema_bring_up(ledger, error);
}

struct ledger *ledger_open(const char *path, enum ledger_access access, GError **error)
{
    struct ledger *ledger = g_new0(struct ledger, 1);
    int flags = access == LEDGER_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
    ledger->path = g_strdup(path);
    ledger->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize);
    g_autoptr(GError) failure = NULL;
    if (access == LEDGER_READ && !g_file_test(path, G_FILE_TEST_EXISTS))
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "%s: there is no ledger yet; start awsift run first", path);
    else if (sqlite3_open_v2(path, &ledger->database, flags, NULL) != SQLITE_OK)
        ledger_fail(ledger, error);
    else if (prepare(ledger, access, &failure))
        return ledger;
    if (failure != NULL) {
        if (g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT))
            g_prefix_error(&failure,
                           "nothing was taken from the spool; put a good copy of the ledger back. ");
        g_propagate_error(error, g_steal_pointer(&failure));
    }
    ledger_close(ledger);
    return NULL;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    g_hash_table_unref(ledger->statements);
    sqlite3_close(ledger->database);
    g_free(ledger->path);
    g_free(ledger);
}

bool ledger_begin(struct ledger *ledger, GError **error)
{
    return statement_run(ledger, error, "BEGIN IMMEDIATE", "");
}

bool ledger_commit(struct ledger *ledger, GError **error)
{
    if (statement_run(ledger, error, "COMMIT", ""))
        return true;
    ledger_rollback(ledger);
    return false;
}

void ledger_rollback(struct ledger *ledger)
{
    if (!sqlite3_get_autocommit(ledger->database))
        statement_run(ledger, NULL, "ROLLBACK", "");
}
