/* Old mail leaves the ledger (retention.h). Every table is named here; a test fails when one is not. Rows of
 * one a kind, a spool, a state or a destination stay (life, spools, holds, alert_rounds, tallies, retention,
 * proof): their number has a limit of its own. What fails is the ledger alone; whatever it is, nothing has
 * left that was not to leave. */
#include "ledger/retention.h"
#include "ledger/statement.h"
#include "ledger/threads.h"
#include "base/fault.h"
#include "base/json.h"

/* ?2: before. An action that was retried, or a drill's, counts from its end. A clock that was set ahead since
 * was behind when the mail came, and makes it younger; one that was set back makes nothing older. */
#define SET_SINCE                                                                                            \
    "max(coalesce((SELECT sum(s.step) FROM clock_steps s WHERE m.id BETWEEN s.first AND s.last), 0), 0)"
#define IS_OLD                                                                                               \
    "m.seen + " SET_SINCE                                                                                    \
    " < ?2 AND NOT EXISTS (SELECT 1 FROM arrivals a WHERE a.message = m.id AND a.seen >= ?2)"                \
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.message = m.id AND d.decided >= ?2)"                 \
    " AND NOT EXISTS (SELECT 1 FROM actions a WHERE a.message = m.id AND a.ended >= ?2)"                     \
    " AND NOT EXISTS (SELECT 1 FROM owed o WHERE o.message = m.id AND o.ended >= ?2)"

#define IS_AT_REST                                                                                           \
    "NOT EXISTS (SELECT 1 FROM actions a WHERE a.message = m.id AND a.state NOT IN ('done', 'dropped'))"     \
    " AND NOT EXISTS (SELECT 1 FROM owed o WHERE o.message = m.id AND o.ended IS NULL)"

#define IS_NO_LAST                                                                                           \
    "m.id < (SELECT max(id) FROM messages)"                                                                  \
    " AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.message = m.id"                                      \
    " AND d.id = (SELECT max(id) FROM decisions))"                                                           \
    " AND NOT EXISTS (SELECT 1 FROM actions a WHERE a.message = m.id"                                        \
    " AND a.id = (SELECT max(id) FROM actions))"                                                             \
    " AND NOT EXISTS (SELECT 1 FROM owed o WHERE o.message = m.id AND o.id = (SELECT max(id) FROM owed))"

/* Its file, where it could not be moved; or that of a copy, where it could not be removed. Decided anew it
 * would be told once more. */
#define MAY_LIE_IN_A_SPOOL                                                                                   \
    "(m.state = 'missing' OR (SELECT count(*) FROM arrivals a WHERE a.message = m.id) > 1)"

enum verdict { VERDICT_YOUNG, VERDICT_BUSY, VERDICT_LEAVES };

struct looked {
    int64_t message;
    enum verdict verdict;
};

static GArray *look(struct ledger *ledger, const struct ledger_expiry *expiry, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct looked));
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT m.id, CASE WHEN NOT (" IS_OLD ") THEN 0"
        " WHEN ?4 AND " MAY_LIE_IN_A_SPOOL " THEN 1"
        " WHEN m.state IN ('filed', 'missing', 'expired') AND " IS_AT_REST " AND " IS_NO_LAST
        " THEN 2 ELSE 1 END FROM messages m WHERE m.id > ?1 ORDER BY m.id LIMIT ?3",
        "iiii", expiry->after, expiry->before, (int64_t)expiry->limit, (int64_t)expiry->careful);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        struct looked looked = {sqlite3_column_int64(statement, 0),
                                (enum verdict)sqlite3_column_int(statement, 1)};
        g_array_append_val(list, looked);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static bool is_held(const struct ledger_expiry *expiry, int64_t message)
{
    for (guint i = 0; expiry->held != NULL && i < expiry->held->len; i++)
        if (g_array_index(expiry->held, int64_t, i) == message)
            return true;
    return false;
}

bool ledger_retention_mark(struct ledger *ledger, struct ledger_expiry *expiry, GError **error)
{
    g_autoptr(GArray) list = look(ledger, expiry, error);
    if (list == NULL)
        return false;
    unsigned young = 0;
    expiry->old = 0;
    for (guint i = 0; i < list->len; i++) {
        struct looked *looked = &g_array_index(list, struct looked, i);
        if (looked->verdict == VERDICT_LEAVES && is_held(expiry, looked->message))
            looked->verdict = VERDICT_BUSY;
        young += looked->verdict == VERDICT_YOUNG;
        expiry->old += looked->verdict == VERDICT_BUSY;
        expiry->after = looked->message;
        if (looked->verdict != VERDICT_LEAVES)
            continue;
        if (!statement_run(ledger, error, "UPDATE messages SET state = 'expired' WHERE id = ?", "i",
                           looked->message))
            return false;
        fault_point("mail-expires");
    }
    expiry->more = list->len == expiry->limit && young < list->len;
    return true;
}

bool ledger_retention_forget(struct ledger *ledger, int64_t message, int64_t now, bool *forgotten,
                             GError **error)
{
    static const char *const rows[] = {
        "DELETE FROM attempts WHERE action IN (SELECT id FROM actions WHERE message = ?)",
        "DELETE FROM handlings WHERE action IN (SELECT id FROM actions WHERE message = ?)",
        "DELETE FROM actions WHERE message = ?",
        "DELETE FROM owed WHERE message = ?",
        "DELETE FROM shadows WHERE decision IN (SELECT id FROM decisions WHERE message = ?)",
        "DELETE FROM decisions WHERE message = ?",
        "DELETE FROM arrivals WHERE message = ?",
        "DELETE FROM drills WHERE message = ?",
    };
    int64_t leaves = 0;
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT EXISTS (SELECT 1 FROM messages m WHERE m.id = ?"
                       " AND m.state = 'expired' AND " IS_AT_REST " AND " IS_NO_LAST ")",
                       "i", message);
    *forgotten = false;
    if (!statement_number(ledger, statement, &leaves, error))
        return false;
    if (leaves == 0)
        return true;
    bool good = statement_run(ledger, error,
                              "INSERT INTO retention (id, removed, bytes, last) SELECT 1, 1, size, ?2"
                              " FROM messages WHERE id = ?1 ON CONFLICT (id) DO UPDATE SET"
                              " removed = removed + 1, bytes = bytes + excluded.bytes, last = excluded.last",
                              "ii", message, now) &&
                threads_forget(ledger, message, error);
    for (size_t i = 0; good && i < G_N_ELEMENTS(rows); i++)
        good = statement_run(ledger, error, rows[i], "i", message);
    *forgotten = good && statement_run(ledger, error, "DELETE FROM messages WHERE id = ?", "i", message);
    if (*forgotten)
        fault_point("mail-forgotten");
    return *forgotten;
}

bool ledger_retention_sweep(struct ledger *ledger, int64_t before, unsigned limit, bool *more, GError **error)
{
#define OF_OPERATORS                                                                                         \
    "SELECT id FROM actions WHERE message = 0 AND state IN ('done', 'dropped') AND ended < ?1"               \
    " AND id < (SELECT max(id) FROM actions) ORDER BY state, id LIMIT ?2"
    static const char *const rows[] = {
        "DELETE FROM attempts WHERE action IN (" OF_OPERATORS ")",
        "DELETE FROM handlings WHERE action IN (" OF_OPERATORS ")",
        "DELETE FROM actions WHERE id IN (" OF_OPERATORS ")",
        "DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE last < ?1 AND untold = 0"
        " AND (about IS NULL OR ended IS NOT NULL) LIMIT ?2)",
        "DELETE FROM digests WHERE id IN (SELECT id FROM digests WHERE made < ?1"
        " AND id < (SELECT max(id) FROM digests) LIMIT ?2)",
        "DELETE FROM recoveries WHERE id IN (SELECT id FROM recoveries WHERE at < ?1"
        " AND id < (SELECT max(id) FROM recoveries) LIMIT ?2)",
        "DELETE FROM clock_steps WHERE last IN (SELECT last FROM clock_steps WHERE ?1 > 0"
        " AND last < (SELECT min(id) FROM messages) LIMIT ?2)",
        "DELETE FROM drills WHERE file IN (SELECT file FROM drills WHERE message IS NULL AND made < ?1"
        " LIMIT ?2)",
        "DELETE FROM silences WHERE id IN (SELECT id FROM silences WHERE ends < ?1 AND told >= 3"
        " AND id < (SELECT max(id) FROM silences) LIMIT ?2)",
        "DELETE FROM groups WHERE id IN (SELECT id FROM groups g WHERE NOT open AND until < ?1"
        " AND id < (SELECT max(id) FROM groups)"
        " AND NOT EXISTS (SELECT 1 FROM actions WHERE leads = g.id)"
        " AND NOT EXISTS (SELECT 1 FROM actions WHERE gathered = g.id) LIMIT ?2)",
    };
#undef OF_OPERATORS
    *more = false;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!statement_run(ledger, error, rows[i], "ii", before, (int64_t)limit))
            return false;
        *more |= sqlite3_changes(ledger->database) >= (int)limit;
    }
    return true;
}

json_t *ledger_retention_summary(struct ledger *ledger, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT coalesce(r.removed, 0), coalesce(r.bytes, 0), r.last,"
                       " (SELECT seen FROM messages ORDER BY id LIMIT 1)"
                       " FROM (SELECT 1 AS id) one LEFT JOIN retention r ON r.id = one.id",
                       "");
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return NULL;
    json_t *oldest = sqlite3_column_type(statement, 3) == SQLITE_NULL
                         ? json_null()
                         : json_integer((json_int_t)sqlite3_column_int64(statement, 3));
    json_t *result = json_pack(
        "{s:I, s:I, s:o, s:o}", "removed", (json_int_t)sqlite3_column_int64(statement, 0), "bytes",
        (json_int_t)sqlite3_column_int64(statement, 1), "last", column_time(statement, 2), "oldest", oldest);
    sqlite3_reset(statement);
    return result;
}
