/* Where the file of a mail lies, as far as the ledger knows. */
#include "ledger/retention.h"
#include "ledger/statement.h"
#include "base/error.h"

#define HOUR 3600000 /* ms: the first of them tells of all */

void ledger_filing_free(struct ledger_filing *filing)
{
    if (filing == NULL)
        return;
    g_free(filing->spool);
    g_free(filing->file);
    g_free(filing->from);
    g_free(filing->category);
    g_free(filing->sha256);
    g_free(filing->state);
    g_free(filing);
}

static struct ledger_filing *read_filing(sqlite3_stmt *statement)
{
    struct ledger_filing *filing = g_new0(struct ledger_filing, 1);
    filing->message = sqlite3_column_int64(statement, 0);
    filing->spool = g_strdup(column_text(statement, 1));
    filing->file = g_strdup(column_text(statement, 2));
    filing->from = g_strdup(column_text(statement, 3));
    filing->category = g_strdup(column_text(statement, 4));
    filing->sha256 = g_strdup(column_text(statement, 5));
    filing->state = g_strdup(column_text(statement, 6));
    filing->decided = sqlite3_column_int64(statement, 7);
    filing->size = sqlite3_column_int64(statement, 8);
    return filing;
}

#define FILING_COLUMNS                                                                                       \
    "SELECT m.id, m.spool, m.file, m.folder, coalesce(d.category, ''), m.sha256, m.state,"                   \
    " coalesce(d.decided, 0), m.size FROM messages m LEFT JOIN decisions d ON d.id = m.decision "

static GPtrArray *filings_of(struct ledger *ledger, const char *state, int64_t after, unsigned limit,
                             GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_filing_free);
    sqlite3_stmt *statement =
        statement_bind(ledger, error, FILING_COLUMNS "WHERE m.state = ? AND m.id > ? ORDER BY m.id LIMIT ?",
                       "tii", state, after, (int64_t)limit);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        g_ptr_array_add(list, read_filing(statement));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

GPtrArray *ledger_unfiled(struct ledger *ledger, int64_t after, unsigned limit, GError **error)
{
    return filings_of(ledger, "decided", after, limit, error);
}

bool ledger_has_filed(struct ledger *ledger, bool *has, GError **error)
{
    int64_t found = 0;
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT EXISTS (SELECT 1 FROM messages WHERE state = 'filed')", "");
    bool good = statement_number(ledger, statement, &found, error);
    *has = found != 0;
    return good;
}

GPtrArray *ledger_retention_marked(struct ledger *ledger, int64_t after, unsigned limit, GError **error)
{
    return filings_of(ledger, "expired", after, limit, error);
}

struct ledger_filing *ledger_find_filing(struct ledger *ledger, int64_t message, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, FILING_COLUMNS "WHERE m.id = ?", "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "there is no mail %" G_GINT64_FORMAT " in the ledger", message);
    if (step != SQLITE_ROW)
        return NULL;
    struct ledger_filing *filing = read_filing(statement);
    sqlite3_reset(statement);
    return filing;
}

bool ledger_newest(struct ledger *ledger, int64_t *message, int64_t *seen, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT id, seen FROM messages ORDER BY id DESC LIMIT 1", "");
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    *message = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    *seen = step == SQLITE_ROW ? sqlite3_column_int64(statement, 1) : 0;
    if (step == SQLITE_ROW)
        sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_set_filed(struct ledger *ledger, int64_t message, const char *folder, GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE messages SET folder = ?1, state = CASE WHEN ?1 = (SELECT category FROM"
                         " decisions WHERE id = messages.decision) THEN 'filed' ELSE 'decided' END"
                         " WHERE id = ?2 AND state NOT IN ('unreadable', 'expired')",
                         "ti", folder, message);
}

/* Whether an alert of that kind was raised since then. */
static bool was_raised(struct ledger *ledger, const char *kind, int64_t since, bool *raised, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT 1 FROM alerts WHERE kind = ? AND raised > ? LIMIT 1", "ti", kind, since);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    *raised = step == SQLITE_ROW;
    if (step == SQLITE_ROW)
        sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_set_missing(struct ledger *ledger, int64_t message, const char *text, int64_t now, bool *fresh,
                        GError **error)
{
    bool told, raised;
    *fresh = false;
    if (!statement_run(ledger, error,
                       "UPDATE messages SET state = 'missing' WHERE id = ?"
                       " AND state NOT IN ('missing', 'unreadable', 'expired')",
                       "i", message))
        return false;
    *fresh = sqlite3_changes(ledger->database) > 0;
    if (!*fresh)
        return true;
    return was_raised(ledger, "missing", now - HOUR, &raised, error) &&
           ledger_raise(ledger, "missing", text, raised, now, &told, error);
}
