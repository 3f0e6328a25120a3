/* Silences. Each is judged in the transaction that writes the decision down, so that none is missed and none
 * outlives its end, whoever runs when. What fails is the ledger alone. A silence is told of by how far that
 * got: 0 nothing, then begun, soon over, ended. */
#include "ledger/silences.h"
#include "ledger/statement.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/silence.h"

#include <string.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define SHOWN_AFTER (7 * DAY)
#define FORGOTTEN_AFTER (30 * DAY)

enum told { TOLD_NOTHING, TOLD_BEGUN, TOLD_SOON, TOLD_ENDED };

static bool refuse(GError **error, const char *what)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT, "%s", what);
    return false;
}

static bool insert(struct ledger *ledger, const char *source, const struct ledger_silence *silence,
                   int64_t now, int64_t *id, GError **error)
{
    bool good = statement_run(
        ledger, error,
        "INSERT INTO silences (source, what, starts, ends, by, reason, created, kept, told)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)",
        "tjiitti", source, silence->what, silence->starts, silence->ends, silence->by, silence->reason, now);
    *id = sqlite3_last_insert_rowid(ledger->database);
    return good;
}

bool silences_add(struct ledger *ledger, const struct ledger_silence *silence, int64_t now, int64_t *id,
                  GError **error)
{
    int64_t count = 0, next;
    if (silence->ends <= now || silence->ends <= silence->starts)
        return refuse(error, "the silence would be over before it begins: give it a later end");
    if (silence->ends - silence->starts > SILENCE_LONGEST || silence->starts - now > SILENCE_LONGEST)
        return refuse(error,
                      "a silence begins and ends within 366 days: what shall never be told is a rule's "
                      "or a category's to say");
    if (!statement_number(ledger,
                          statement_bind(ledger, error,
                                         "SELECT count(*) FROM silences WHERE source = 'person' AND ends > ?",
                                         "i", now),
                          &count, error))
        return false;
    if (count >= SILENCES_MOST)
        return refuse(error, "there are 500 silences already: end some of them (awsift silence lists them)");
    return insert(ledger, "person", silence, now, id, error) && silences_tell(ledger, now, &next, error);
}

bool silences_end(struct ledger *ledger, int64_t id, const char *by, int64_t now, GError **error)
{
    int64_t next;
    if (!statement_run(ledger, error,
                       "UPDATE silences SET ends = ?1, ended_by = ?2, starts = min(starts, ?1) WHERE id = ?3"
                       " AND ends > ?1 AND source = 'person'",
                       "iti", now, by, id))
        return false;
    if (sqlite3_changes(ledger->database) == 0) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "no silence %" G_GINT64_FORMAT " can be ended: it has ended, or a rule file says it; "
                    "awsift silence lists them",
                    id);
        return false;
    }
    return silences_tell(ledger, now, &next, error);
}

/* That of a rule file, under a number of its own from its first mail on. */
static bool find_of_rules(struct ledger *ledger, const json_t *silenced, int64_t now, int64_t *id,
                          GError **error)
{
    const struct ledger_silence silence = {.what = json_object_get(silenced, "what"),
                                           .starts = json_number(silenced, "starts", 0),
                                           .ends = json_number(silenced, "ends", 0),
                                           .by = json_text_or(silenced, "name", "a rule file"),
                                           .reason = json_text_or(silenced, "reason", "")};
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT coalesce(max(id), 0) FROM silences WHERE source = 'rules'"
                       " AND by = ? AND starts = ? AND ends = ? AND what = ?",
                       "tiij", silence.by, silence.starts, silence.ends, silence.what);
    return statement_number(ledger, statement, id, error) &&
           (*id != 0 || insert(ledger, "rules", &silence, now, id, error));
}

static bool find_of_people(struct ledger *ledger, const struct ledger_decision *decision, int64_t *id,
                           GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT id, what FROM silences WHERE source = 'person' AND ends > ?1"
                       " AND starts <= ?1 ORDER BY +id",
                       "i", decision->decided);
    int step = SQLITE_ERROR;
    *id = 0;
    while (statement != NULL && *id == 0 && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autoptr(json_t) what = column_json(statement, 1);
        if (silence_covers(what, decision->decision, decision->context))
            *id = sqlite3_column_int64(statement, 0);
    }
    if (statement != NULL)
        sqlite3_reset(statement);
    return step == SQLITE_DONE || step == SQLITE_ROW;
}

static bool read_reason(struct ledger *ledger, int64_t id, char **reason, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT by, ends, reason FROM silences WHERE id = ?", "i", id);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    const char *why = column_text(statement, 2);
    g_autofree char *ends = time_format(sqlite3_column_int64(statement, 1));
    *reason = g_strdup_printf("kept quiet by silence %" G_GINT64_FORMAT " of %s until %s%s%s", id,
                              column_text(statement, 0), ends, why[0] != '\0' ? ": " : "", why);
    sqlite3_reset(statement);
    return true;
}

static bool holds_any(const struct ledger_decision *decision)
{
    size_t index;
    json_t *action;
    json_array_foreach((json_t *)decision->actions, index, action)
        if (silence_holds(json_text_or(action, "action", "")))
            return true;
    return false;
}

bool silences_find(struct ledger *ledger, const struct ledger_decision *decision, int64_t *id, char **reason,
                   GError **error)
{
    const json_t *silenced = json_object_get(decision->context, "silenced");
    int64_t next;
    *id = 0;
    *reason = NULL;
    if (!holds_any(decision))
        return true;
    if (json_is_object(silenced) ? !find_of_rules(ledger, silenced, decision->decided, id, error)
                                 : !find_of_people(ledger, decision, id, error))
        return false;
    return *id == 0 ||
           (statement_run(ledger, error, "UPDATE silences SET kept = kept + 1, last = ? WHERE id = ?", "ii",
                          decision->decided, *id) &&
            silences_tell(ledger, decision->decided, &next, error) &&
            read_reason(ledger, *id, reason, error));
}

/* One that there is something to tell of. */
struct due {
    int64_t id, starts, ends, kept;
    enum told told;
    char *by, *reason, *of, *ended_by;
};

static void due_clear(void *data)
{
    struct due *due = data;
    g_free(due->by);
    g_free(due->reason);
    g_free(due->of);
    g_free(due->ended_by);
}

static GArray *find_due(struct ledger *ledger, int64_t now, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, TRUE, sizeof(struct due));
    g_array_set_clear_func(list, due_clear);
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT id, starts, ends, kept, told, by, reason, what, ended_by FROM silences WHERE told < 3 AND"
        " (ends <= ?1 OR (told < 1 AND starts <= ?1)"
        " OR (told < 2 AND starts <= ?1 AND ends <= ?1 + ?2 AND ends - starts > 2 * ?2)) ORDER BY id",
        "ii", now, HOUR);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autoptr(json_t) what = column_json(statement, 7);
        struct due due = {.id = sqlite3_column_int64(statement, 0),
                          .starts = sqlite3_column_int64(statement, 1),
                          .ends = sqlite3_column_int64(statement, 2),
                          .kept = sqlite3_column_int64(statement, 3),
                          .told = (enum told)sqlite3_column_int(statement, 4),
                          .by = g_strdup(column_text(statement, 5)),
                          .reason = g_strdup(column_text(statement, 6)),
                          .of = silence_describe(what),
                          .ended_by = g_strdup(column_text(statement, 8))};
        g_array_append_val(list, due);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static char *text_of(const struct due *due, enum told tells)
{
    g_autofree char *name = g_strdup_printf("silence %" G_GINT64_FORMAT " of %s (%s)%s%s", due->id, due->by,
                                            due->of, due->reason[0] != '\0' ? ": " : "", due->reason),
                    *ends = time_format(due->ends),
                    *kept = g_strdup_printf("it kept %" G_GINT64_FORMAT " mails quiet", due->kept);
    if (tells == TOLD_BEGUN)
        return g_strdup_printf("%s: keeps quiet until %s; what comes is recorded and filed", name, ends);
    if (tells == TOLD_SOON)
        return g_strdup_printf("%s: ends at %s; so far %s", name, ends, kept);
    return g_strdup_printf("%s: has ended%s%s; %s%s", name, due->ended_by != NULL ? ", by " : "",
                           due->ended_by != NULL ? due->ended_by : "", kept,
                           due->kept > 0 ? ", which awsift list --state dropped shows" : "");
}

/* One that ended before anybody heard of it, and kept nothing quiet, needs no word. */
static bool tell_one(struct ledger *ledger, const struct due *due, int64_t now, GError **error)
{
    enum told tells = due->ends <= now ? TOLD_ENDED : due->told < TOLD_BEGUN ? TOLD_BEGUN : TOLD_SOON;
    bool fresh, unheard = tells == TOLD_ENDED && due->told == TOLD_NOTHING && due->kept == 0;
    g_autofree char *text = text_of(due, tells);
    return (unheard || ledger_raise(ledger, "silence", text, false, now, &fresh, error)) &&
           statement_run(ledger, error, "UPDATE silences SET told = ? WHERE id = ?", "ii", (int64_t)tells,
                         due->id);
}

static bool find_next(struct ledger *ledger, int64_t now, int64_t *next, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT coalesce(min(CASE WHEN told < 1 THEN starts WHEN told < 2 AND ends - starts > 2 * ?2 AND"
        " ends - ?2 > ?1 THEN ends - ?2 ELSE ends END), ?3) FROM silences WHERE told < 3",
        "iii", now, HOUR, INT64_MAX);
    return statement_number(ledger, statement, next, error);
}

bool silences_tell(struct ledger *ledger, int64_t now, int64_t *next, GError **error)
{
    g_autoptr(GArray) list = find_due(ledger, now, error);
    for (guint i = 0; list != NULL && i < list->len; i++)
        if (!tell_one(ledger, &g_array_index(list, struct due, i), now, error))
            return false;
    return list != NULL && find_next(ledger, now, next, error);
}

static json_t *row_of(sqlite3_stmt *statement, int64_t now)
{
    int64_t starts = sqlite3_column_int64(statement, 3), ends = sqlite3_column_int64(statement, 4);
    bool never = sqlite3_column_type(statement, 8) == SQLITE_NULL;
    int64_t heard = never ? starts : sqlite3_column_int64(statement, 8);
    bool active = starts <= now && ends > now;
    json_t *what = column_json(statement, 2);
    g_autofree char *of = silence_describe(what);
    return json_pack("{s:I, s:s, s:o, s:s, s:o, s:o, s:s, s:s, s:I, s:o, s:s, s:b}", "id",
                     (json_int_t)sqlite3_column_int64(statement, 0), "source", column_text(statement, 1),
                     "what", what, "of", of, "starts", column_time(statement, 3), "ends",
                     column_time(statement, 4), "by", column_text(statement, 5), "reason",
                     column_text(statement, 6), "kept", (json_int_t)sqlite3_column_int64(statement, 7),
                     "last", column_time(statement, 8), "state",
                     active         ? "keeps quiet"
                     : starts > now ? "begins"
                                    : "ended",
                     "forgotten", active && now - heard > FORGOTTEN_AFTER);
}

json_t *silences_list(struct ledger *ledger, int64_t now, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT id, source, what, starts, ends, by, reason, kept, last FROM silences WHERE ends > ? ORDER BY id",
        "i", now - SHOWN_AFTER);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, row_of(statement, now));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}
