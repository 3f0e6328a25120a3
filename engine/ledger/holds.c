/* Holds, and what waits for each destination. A hold that is over counts no more and is overwritten by the
 * next one: there are never more of them than destinations. */
#include "ledger/holds.h"
#include "ledger/action_row.h"
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
        ledger, error, "SELECT until FROM holds WHERE actor = ? AND destination = ? AND pauses AND until > ?",
        "tti", actor, destination, now);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step != SQLITE_ROW)
        return step == SQLITE_DONE ? 0 : -1;
    int64_t until = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return until;
}

/* The destinations for which an action waits or is dead, each found by one step of an index; and of each no
 * more than so many counted, however many there are. */
#define FIRST_OF(state) "(SELECT min(a.destination) FROM actions a WHERE a.state = '" state "' AND a.actor = "
#define STEPS(name, state)                                                                                   \
    name "(actor, destination) AS (SELECT actor, " FIRST_OF(state) "actors.actor) FROM actors"               \
                                                                   " UNION ALL SELECT actor, " FIRST_OF(     \
                                                                       state) name                           \
        ".actor AND a.destination > " name ".destination)"                                                   \
        " FROM " name " WHERE destination IS NOT NULL)"
#define OF_IT " AND a.actor = k.actor AND a.destination = k.destination"
static const char destinations_sql[] =
    "WITH RECURSIVE actors(actor) AS (VALUES ('courier'), ('custom')), " STEPS("waits", "waiting") ", " STEPS(
        "died",
        "dead") ","
                " known AS (SELECT * FROM waits WHERE destination IS NOT NULL"
                " UNION SELECT * FROM died WHERE destination IS NOT NULL"
                " UNION SELECT actor, destination FROM holds WHERE until > ?1 AND pauses),"
                " counted AS (SELECT k.actor, k.destination,"
                " (SELECT json_array(count(*), sum(due <= ?1), min(since), min(due)) FROM"
                " (SELECT a.due, coalesce(a.renewed, a.created) AS since FROM actions a"
                " WHERE a.state = 'waiting'" OF_IT " ORDER BY a.due LIMIT ?2)) AS w,"
                " (SELECT count(*) FROM (SELECT 1 FROM actions a WHERE a.state = 'dead'" OF_IT
                " LIMIT ?2)) AS dead"
                " FROM known k)"
                " SELECT c.actor, c.destination, json_extract(w, '$[0]'), coalesce(json_extract(w, '$[1]'), 0),"
                " json_extract(w, '$[2]'), json_extract(w, '$[3]'), dead, h.until, h.why, coalesce(h.pauses, 0)"
                " FROM counted c LEFT JOIN holds h ON h.actor = c.actor AND h.destination = c.destination"
                " AND h.until > ?1 ORDER BY 3 DESC, c.actor, c.destination";

json_t *ledger_destinations(struct ledger *ledger, int64_t now, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement =
        statement_bind(ledger, error, destinations_sql, "ii", now, (int64_t)LEDGER_COUNTED_MOST + 1);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        int64_t waiting = sqlite3_column_int64(statement, 2), due = sqlite3_column_int64(statement, 3),
                dead = sqlite3_column_int64(statement, 6), most = LEDGER_COUNTED_MOST;
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:I, s:I, s:o, s:o, s:I, s:o, s:o, s:b, s:b}", "actor",
                      json_text_new(column_text(statement, 0)), "destination",
                      json_text_new(column_text(statement, 1)), "waiting", (json_int_t)MIN(waiting, most),
                      "due", (json_int_t)MIN(due, most), "oldest", column_time(statement, 4), "next",
                      column_time(statement, 5), "dead", (json_int_t)MIN(dead, most), "until",
                      column_time(statement, 7), "why", json_text_new(column_text(statement, 8)), "paused",
                      sqlite3_column_int(statement, 9), "more", waiting > most || dead > most));
    }
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
    bool alone = crashes > sqlite3_column_int(statement, 7);
    g_autofree char *next = time_format(MAX(due, paused ? until : 0)), *end = time_format(until);
    const char *place = destination[0] != '\0' ? destination : "this machine";
    if (before > 0)
        return g_strdup_printf("for mail %" G_GINT64_FORMAT ", which is about to tell the same", before);
    if (paused)
        return g_strdup_printf("for %s: %s, until %s", place, why, next);
    if (due > now)
        return g_strdup_printf("until %s", next);
    if (alone)
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
        " AND b.message <> a.message AND b.state IN ('waiting', 'gathered', 'running')),"
        " " CRASHES_PASSED " FROM actions a LEFT JOIN holds h USING (actor, destination) WHERE a.id = ?",
        "i", json_number(action, "id", 0));
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    g_autofree char *waits = reason_to_wait(statement, now);
    sqlite3_reset(statement);
    json_object_set_new(action, "waits", json_text_new(waits));
    return true;
}
