/* Holds, and what waits for each destination. A hold that is over counts no more and is overwritten by the
 * next one: there are never more of them than destinations. */
#include "ledger/holds.h"
#include "ledger/statement.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

bool ledger_hold(struct ledger *ledger, const char *actor, const char *destination, bool pauses,
                 int64_t until, const char *why, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "INSERT INTO holds (actor, destination, pauses, until, since, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT DO UPDATE SET pauses = ?3, until = ?4, since = ?5, why = ?6"
        " WHERE until <= ?5 OR (pauses <= ?3 AND until < ?4) OR pauses < ?3",
        "ttiiit", actor, destination, (int64_t)pauses, until, now, why);
}

int64_t ledger_paused_until(struct ledger *ledger, const char *actor, const char *destination, int64_t now,
                            GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT until FROM holds WHERE actor = ? AND destination = ? AND pauses AND until > ?", "tti", actor,
        destination, now);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step != SQLITE_ROW)
        return step == SQLITE_DONE ? 0 : -1;
    int64_t until = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return until;
}

json_t *ledger_destinations(struct ledger *ledger, int64_t now, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "WITH waiting AS (SELECT actor, destination, count(*) AS waiting, sum(due <= ?1) AS due,"
        " min(coalesce(renewed, created)) AS oldest, min(due) AS next FROM actions"
        " WHERE state = 'waiting' GROUP BY actor, destination),"
        " dead AS (SELECT actor, destination, count(*) AS dead FROM actions WHERE state = 'dead'"
        " GROUP BY actor, destination),"
        " held AS (SELECT actor, destination, pauses, until, why FROM holds WHERE until > ?1)"
        " SELECT n.actor, n.destination, coalesce(w.waiting, 0), coalesce(w.due, 0), w.oldest, w.next,"
        " coalesce(d.dead, 0), h.until, h.why, coalesce(h.pauses, 0)"
        " FROM (SELECT actor, destination FROM waiting UNION SELECT actor, destination FROM dead"
        " UNION SELECT actor, destination FROM held WHERE pauses) n LEFT JOIN waiting w USING (actor, destination)"
        " LEFT JOIN dead d USING (actor, destination) LEFT JOIN held h USING (actor, destination)"
        " ORDER BY 3 DESC, n.actor, n.destination",
        "i", now);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(
            list, json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:I, s:o, s:o, s:b}", "actor",
                            json_text_new(column_text(statement, 0)), "destination",
                            json_text_new(column_text(statement, 1)), "waiting",
                            (json_int_t)sqlite3_column_int64(statement, 2), "due",
                            (json_int_t)sqlite3_column_int64(statement, 3), "oldest",
                            column_time(statement, 4), "next", column_time(statement, 5), "dead",
                            (json_int_t)sqlite3_column_int64(statement, 6), "until",
                            column_time(statement, 7), "why", json_text_new(column_text(statement, 8)),
                            "paused", sqlite3_column_int(statement, 9)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

/* What an action waits for: an older one that tells the same, its actor, its destination, its time. */
static char *reason_to_wait(sqlite3_stmt *statement, int64_t now)
{
    int64_t due = sqlite3_column_int64(statement, 0), until = sqlite3_column_int64(statement, 3),
            before = sqlite3_column_int64(statement, 6);
    const char *destination = column_text(statement, 2), *why = column_text(statement, 4);
    bool held = until > now, paused = held && sqlite3_column_int(statement, 5) != 0;
    int crashes = sqlite3_column_int(statement, 1);
    g_autofree char *next = time_format(MAX(due, paused ? until : 0)), *end = time_format(until);
    const char *place = destination[0] != '\0' ? destination : "this machine";
    if (before > 0)
        return g_strdup_printf("for mail %" G_GINT64_FORMAT ", which is about to tell the same", before);
    if (paused)
        return g_strdup_printf("for %s: %s, until %s", place, why, next);
    if (due > now)
        return g_strdup_printf("until %s", next);
    if (crashes > 0)
        return g_strdup_printf("to be tried alone: it ended its actor %d time%s", crashes,
                               crashes == 1 ? "" : "s");
    if (held)
        return g_strdup_printf("for %s: %s, until %s", place, why, end);
    return g_strdup_printf("for its turn at %s", place);
}

bool ledger_explain_waiting(struct ledger *ledger, json_t *action, int64_t now, GError **error)
{
    if (strcmp(json_text_or(action, "state", ""), "waiting") != 0)
        return true;
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT a.due, a.crashes, a.destination, coalesce(h.until, 0), h.why, coalesce(h.pauses, 0),"
        " (SELECT min(b.message) FROM actions b WHERE b.telling = a.telling AND b.id < a.id"
        " AND b.message <> a.message AND b.state IN ('waiting', 'gathered', 'running'))"
        " FROM actions a LEFT JOIN holds h USING (actor, destination) WHERE a.id = ?",
        "i", json_number(action, "id", 0));
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    g_autofree char *waits = reason_to_wait(statement, now);
    sqlite3_reset(statement);
    json_object_set_new(action, "waits", json_text_new(waits));
    return true;
}
