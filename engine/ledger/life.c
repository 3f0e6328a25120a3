/* The daemon's life as the ledger knows it: a beat now and then, an end in good order. Killed, it leaves its
 * last beat behind. A beat that is earlier than the last one says that the clock was set back: what waits for
 * a time moves along with it, or it would wait for as long. */
#include "ledger/life.h"
#include "ledger/clock.h"
#include "ledger/statement.h"
#include "base/json.h"

#define HOUR INT64_C(3600000)

/* Those of the last hour; a clock that was set back leaves none of the future. */
static json_t *recent(const json_t *crashes, int64_t now)
{
    json_t *kept = json_array(), *time;
    size_t index;
    json_array_foreach((json_t *)crashes, index, time)
        if (json_is_integer(time) && now - json_integer_value(time) < HOUR && json_integer_value(time) <= now)
            json_array_append(kept, time);
    return kept;
}

/* How far the clock was set back since the last sign of life, as far as that tells; 0 where it was not. */
static bool set_back(struct ledger *ledger, int64_t now, int64_t *by, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT coalesce(max(beat), 0) FROM life WHERE id = 1", "");
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *by = MAX(sqlite3_column_int64(statement, 0) - now, 0);
    sqlite3_reset(statement);
    return true;
}

/* Of what comes from now on. */
static bool first_note(struct ledger *ledger, GError **error)
{
    return statement_number(
        ledger, statement_bind(ledger, error, "SELECT coalesce(max(id), 0) + 1 FROM messages", ""),
        &ledger->first, error);
}

static bool follow_clock(struct ledger *ledger, int64_t now, GError **error)
{
    int64_t by;
    if (!set_back(ledger, now, &by, error))
        return false;
    return by == 0 || ledger_clock_moved(ledger, -by, error);
}

bool ledger_life_begin(struct ledger *ledger, int64_t now, struct ledger_life *last, GError **error)
{
    *last = (struct ledger_life){0};
    if (!follow_clock(ledger, now, error) || !first_note(ledger, error))
        return false;
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT beat, ended, crashes FROM life WHERE id = 1", "");
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        return false;
    g_autoptr(json_t) crashes = NULL;
    if (step == SQLITE_ROW) {
        last->known = true;
        last->ended = sqlite3_column_type(statement, 1) != SQLITE_NULL;
        last->last = sqlite3_column_int64(statement, last->ended ? 1 : 0);
        g_autoptr(json_t) before = column_json(statement, 2);
        crashes = recent(before, now);
        if (!last->ended)
            json_array_append_new(crashes, json_integer(now));
        last->crashes = (unsigned)json_array_size(crashes);
        sqlite3_reset(statement);
    } else {
        crashes = json_array();
    }
    return statement_run(ledger, error,
                         "INSERT INTO life (id, began, beat, ended, crashes) VALUES (1, ?1, ?1, NULL, ?2)"
                         " ON CONFLICT (id) DO UPDATE SET began = excluded.began, beat = excluded.beat,"
                         " ended = NULL, crashes = excluded.crashes",
                         "ij", now, crashes);
}

bool ledger_life_beat(struct ledger *ledger, int64_t now, GError **error)
{
    return follow_clock(ledger, now, error) &&
           statement_run(ledger, error, "UPDATE life SET beat = ? WHERE id = 1", "i", now);
}

bool ledger_life_end(struct ledger *ledger, int64_t now, GError **error)
{
    return statement_run(ledger, error, "UPDATE life SET beat = ?1, ended = ?1 WHERE id = 1", "i", now);
}

bool ledger_spool_begin(struct ledger *ledger, const char *spool, const char *path, int64_t now,
                        GError **error)
{
    return statement_run(
        ledger, error,
        "INSERT INTO spools (name, path, began) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE"
        " SET began = CASE WHEN path <> excluded.path THEN excluded.began ELSE began END,"
        " path = excluded.path WHERE path IS NOT excluded.path",
        "tti", spool, path, now);
}

bool ledger_spool_end(struct ledger *ledger, const char *spool, GError **error)
{
    return statement_run(ledger, error, "DELETE FROM spools WHERE name = ?", "t", spool);
}

json_t *ledger_spools(struct ledger *ledger, GError **error)
{
    g_autoptr(json_t) spools = json_object();
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT name, path FROM spools WHERE path IS NOT NULL", "");
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_object_set_new(spools, column_text(statement, 0), json_text_new(column_text(statement, 1)));
    return step == SQLITE_DONE ? g_steal_pointer(&spools) : NULL;
}

bool ledger_spool_began(struct ledger *ledger, const char *spool, int64_t *began, GError **error)
{
    *began = 0;
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT began FROM spools WHERE name = ?", "t", spool);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        *began = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_last_arrival(struct ledger *ledger, const json_t *spools, int64_t until, int64_t *last,
                         GError **error)
{
    *last = 0;
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT max(coalesce((SELECT a.seen FROM arrivals a WHERE a.spool = j.value AND a.seen <= ?2"
        " AND NOT EXISTS (SELECT 1 FROM drills d WHERE d.message = a.message) ORDER BY a.seen DESC LIMIT 1), 0),"
        " coalesce((SELECT s.began FROM spools s WHERE s.name = j.value AND s.began <= ?2), 0)) AS last"
        " FROM json_each(?1) j ORDER BY last DESC LIMIT 1",
        "ji", spools, until);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        *last = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return step == SQLITE_ROW || step == SQLITE_DONE;
}
