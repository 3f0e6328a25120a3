/* Alerts: written down, gathered, told. What shall be told is counted as untold in its row; telling queues
 * one action a way (a forward to the operators, a chat, a page, a call) and clears the counts, in one
 * transaction, so that nothing is told twice or lost. How long a kind is gathered doubles while it keeps
 * coming, from `gather` to sixty times that: a storm is a handful of mails. A clock that is set back delays
 * what is told by no more than the longest of these pauses. It fails with the ledger alone. */
#include "ledger/alerts.h"
#include "ledger/alert_text.h"
#include "ledger/statement.h"
#include "base/json.h"
#include "wire/action.h"

#include <string.h>

#define HOUR INT64_C(3600000)
#define GATHER 60000
enum { LONGEST = 60 /* times gather */, SHOWN_MOST = 20 };

void ledger_set_alerts(struct ledger *ledger, const json_t *policy)
{
    ledger->alerts = policy;
}

/* ---- ways ---- */

/* The ways of a kind; mail where nobody said. The caller owns it. */
static json_t *ways_of(const struct ledger *ledger, const char *kind)
{
    const json_t *entry = json_object_get(json_object_get(ledger->alerts, "kinds"), kind);
    json_t *ways = json_object_get(entry, "ways");
    return json_is_array(ways) ? json_incref(ways) : json_pack("[s]", "mail");
}

static bool has_other_way(const json_t *ways, const char *without)
{
    return json_array_size(ways) > (json_lists(ways, without) ? 1u : 0u);
}

/* What tells, by each way; the caller owns args. */
static const char *action_by(const struct ledger *ledger, const char *way, const json_t *told, json_t **args)
{
    const char *subject = json_text_or(told, "subject", ""), *text = json_text_or(told, "text", "");
    const json_t *channels = json_object_get(ledger->alerts, "channels");
    if (strcmp(way, "chat") == 0) {
        *args = json_pack("{s:s, s:s+++}", "channel", json_text_or(channels, "chat", ""), "text", subject,
                          "\n", text, "");
        return "chat";
    }
    if (strcmp(way, "page") == 0) {
        *args = json_pack("{s:s, s:s}", "channel", json_text_or(channels, "page", ""), "text",
                          json_text_or(told, "summary", ""));
        return "page";
    }
    if (strcmp(way, "call") == 0) {
        *args = json_pack("{s:s, s:s}", "to", "operators", "text", json_text_or(told, "summary", ""));
        return "call";
    }
    *args = json_pack("{s:s, s:s, s:s}", "to", "operators", "subject", subject, "text", text);
    return "forward";
}

/* told: {kind, subject, text, summary, at, tried: [ways]}; it goes along, for the next way should this one
 * fail. Each way once: where the operators have several addresses, each of them may fail. */
static bool queue(struct ledger *ledger, const char *way, const json_t *told, int64_t now, GError **error)
{
    json_t *args = NULL;
    const char *action = action_by(ledger, way, told, &args), *subject = json_text_or(told, "subject", "");
    g_autofree char *identity = g_strdup_printf("%s %s %" G_GINT64_FORMAT, json_text_or(told, "text", ""),
                                                way, json_number(told, "at", now)),
                    *key = action_key(identity, "", action, args, 0);
    if (ledger->alerts != NULL)
        json_object_set(args, ACTION_ALERT, (json_t *)told);
    g_autoptr(json_t) context = json_pack("{s:n, s:s, s:s, s:s, s:n, s:n}", "message_id", "subject", subject,
                                          "category", "alert", "priority", "high", "contact", "account");
    bool good = statement_run(
        ledger, error,
        "INSERT INTO actions (message, decision, action, actor, args, context, key, state, priority, due,"
        " created) SELECT 0, 0, ?1, 'courier', ?2, ?3, ?4, 'waiting', 1, ?5, ?5"
        " WHERE NOT EXISTS (SELECT 1 FROM actions WHERE message = 0 AND key = ?4)",
        "tjjti", action, args, context, key, now);
    json_decref(args);
    return good;
}

bool ledger_alerts_use(const struct ledger *ledger, const char *channel)
{
    const char *chat = json_text(json_object_get(ledger->alerts, "channels"), "chat");
    return chat != NULL && g_strcmp0(chat, channel) == 0;
}

/* ---- telling ---- */

/* The cases of a kind that may go that way, the oldest first; *left: how many are not shown. */
static json_t *cases_for(struct ledger *ledger, const char *kind, const char *way, int64_t *left,
                         GError **error)
{
    g_autoptr(json_t) cases = json_array();
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT text, facts, raised, last, count, ended FROM alerts WHERE kind = ?1"
        " AND untold > 0 AND without IS NOT ?2 GROUP BY coalesce(about, id), ended ORDER BY id",
        "tt", kind, way);
    int step = SQLITE_ERROR;
    *left = 0;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        if (json_array_size(cases) == SHOWN_MOST) {
            ++*left;
            continue;
        }
        json_t *one =
            json_pack("{s:o, s:o, s:I, s:I, s:I}", "text", json_text_new(column_text(statement, 0)), "facts",
                      column_json(statement, 1), "raised", (json_int_t)sqlite3_column_int64(statement, 2),
                      "last", (json_int_t)sqlite3_column_int64(statement, 3), "count",
                      (json_int_t)sqlite3_column_int64(statement, 4));
        if (sqlite3_column_type(statement, 5) != SQLITE_NULL)
            json_object_set_new(one, "ended", json_integer(sqlite3_column_int64(statement, 5)));
        json_array_append_new(cases, one);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&cases) : NULL;
}

static bool tell_by(struct ledger *ledger, const char *kind, const char *way, const json_t *ways, int64_t now,
                    unsigned *queued, GError **error)
{
    int64_t left = 0;
    g_autoptr(json_t) cases = cases_for(ledger, kind, way, &left, error);
    if (cases == NULL)
        return false;
    if (json_array_size(cases) == 0)
        return true;
    g_autofree char *subject = alert_subject(ledger->alerts, kind, cases),
                    *text = alert_text(ledger->alerts, kind, cases, left),
                    *summary = alert_summary(ledger->alerts, kind, cases);
    g_autoptr(json_t) told =
        json_pack("{s:s, s:o, s:o, s:o, s:I, s:O}", "kind", kind, "subject", json_text_new(subject), "text",
                  json_text_new(text), "summary", json_text_new(summary), "at", (json_int_t)now, "tried",
                  (json_t *)ways);
    ++*queued;
    return queue(ledger, way, told, now, error);
}

static bool tell_kind(struct ledger *ledger, const char *kind, int64_t round, int64_t now, unsigned *queued,
                      GError **error)
{
    g_autoptr(json_t) ways = ways_of(ledger, kind);
    size_t index;
    const json_t *way;
    json_array_foreach(ways, index, way)
        if (!tell_by(ledger, kind, json_string_value(way), ways, now, queued, error))
            return false;
    return statement_run(ledger, error,
                         "UPDATE alerts SET untold = 0, fresh = 0, told = ?2 WHERE kind = ?1 AND untold > 0",
                         "ti", kind, now) &&
           statement_run(ledger, error,
                         "INSERT INTO alert_rounds (kind, told, round) VALUES (?1, ?2, ?3) ON CONFLICT (kind)"
                         " DO UPDATE SET told = excluded.told, round = excluded.round",
                         "tii", kind, now, round);
}

/* When a kind may be told next, and as which round of those that follow one another. */
static int64_t due_of(const struct ledger *ledger, bool fresh, int64_t told, int64_t now, int64_t *round)
{
    int64_t gather = json_number(ledger->alerts, "gather", GATHER), longest = LONGEST * gather,
            pause = gather;
    for (int64_t i = 1; i < *round && pause < longest; i++)
        pause *= 2;
    pause = fresh ? MIN(pause, longest) : longest;
    bool long_ago = now - told > 2 * longest, set_back = told - now > longest;
    if (*round == 0 || long_ago || set_back) {
        *round = 1;
        return now;
    }
    ++*round;
    return told + pause;
}

/* Of one kind, NULL for all that have something untold. */
static json_t *untold_kinds(struct ledger *ledger, const char *kind, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT a.kind, max(a.fresh), coalesce(r.told, 0), coalesce(r.round, 0) FROM alerts a"
                       " LEFT JOIN alert_rounds r ON r.kind = a.kind WHERE a.untold > 0 AND"
                       " (?1 IS NULL OR a.kind = ?1) GROUP BY a.kind ORDER BY a.kind",
                       "t", kind);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, json_pack("{s:s, s:b, s:I, s:I}", "kind", column_text(statement, 0),
                                              "fresh", sqlite3_column_int(statement, 1), "told",
                                              (json_int_t)sqlite3_column_int64(statement, 2), "round",
                                              (json_int_t)sqlite3_column_int64(statement, 3)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static bool tell(struct ledger *ledger, const char *kind, bool all, int64_t now, int64_t *next,
                 unsigned *queued, GError **error)
{
    g_autoptr(json_t) kinds = untold_kinds(ledger, kind, error);
    size_t index;
    const json_t *one;
    *next = INT64_MAX;
    *queued = 0;
    json_array_foreach(kinds, index, one) {
        int64_t round = json_number(one, "round", 0),
                due = due_of(ledger, json_flag(one, "fresh"), json_number(one, "told", 0), now, &round);
        if (due > now && !all)
            *next = MIN(*next, due);
        else if (!tell_kind(ledger, json_text(one, "kind"), round, now, queued, error))
            return false;
    }
    return kinds != NULL;
}

bool ledger_alerts_tell(struct ledger *ledger, bool all, int64_t now, int64_t *next, unsigned *queued,
                        GError **error)
{
    return tell(ledger, NULL, all, now, next, queued, error);
}

/* ---- raising ---- */

bool ledger_alert_raise(struct ledger *ledger, const struct ledger_alert *alert, int64_t now, bool *fresh,
                        GError **error)
{
    g_autoptr(json_t) ways = ways_of(ledger, alert->kind);
    int64_t at = alert->at != 0 ? alert->at : now, next;
    int64_t untold = !alert->quiet && has_other_way(ways, alert->without);
    unsigned queued;
    *fresh = false;
    if (!statement_run(ledger, error,
                       "UPDATE alerts SET count = count + 1, last = ?1, untold = untold + ?5 WHERE kind = ?2"
                       " AND CASE WHEN ?7 IS NULL THEN text = ?3 ELSE substr(text, 1, length(?7)) = ?7 END"
                       " AND about IS ?4"
                       " AND CASE WHEN about IS NULL THEN raised > ?6 ELSE ended IS NULL END",
                       "itttiit", at, alert->kind, alert->text, alert->about, untold, at - HOUR,
                       alert->alike))
        return false;
    *fresh = sqlite3_changes(ledger->database) == 0;
    if (*fresh &&
        !statement_run(ledger, error,
                       "INSERT INTO alerts (kind, text, raised, last, count, about, facts, without, untold,"
                       " fresh) VALUES (?1, ?2, ?3, ?3, 1, ?4, ?5, ?6, ?7, 1)",
                       "ttitjti", alert->kind, alert->text, at, alert->about, alert->facts, alert->without,
                       untold))
        return false;
    return tell(ledger, alert->kind, false, now, &next, &queued, error);
}

bool ledger_raise(struct ledger *ledger, const char *kind, const char *text, bool quiet, int64_t now,
                  bool *fresh, GError **error)
{
    const struct ledger_alert alert = {.kind = kind, .text = text, .quiet = quiet, .at = now};
    return ledger_alert_raise(ledger, &alert, now, fresh, error);
}

bool ledger_alert_known(struct ledger *ledger, const char *kind, const char *text, bool *known,
                        GError **error)
{
    int64_t found = 0;
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT EXISTS (SELECT 1 FROM alerts WHERE kind = ? AND text = ?)", "tt", kind, text);
    bool good = statement_number(ledger, statement, &found, error);
    *known = found != 0;
    return good;
}

bool ledger_alert_over(struct ledger *ledger, const char *kind, const char *about, int64_t now, bool *stood,
                       GError **error)
{
    int64_t next;
    unsigned queued;
    if (!statement_run(ledger, error,
                       "UPDATE alerts SET ended = ?3, untold = (told IS NOT NULL OR untold > 0), fresh = 1"
                       " WHERE kind = ?1 AND about = ?2 AND ended IS NULL",
                       "tti", kind, about, now))
        return false;
    *stood = sqlite3_changes(ledger->database) > 0;
    return !*stood || tell(ledger, kind, false, now, &next, &queued, error);
}

const char *ledger_alert_next_way(const json_t *policy, const json_t *args)
{
    const json_t *told = json_object_get(args, ACTION_ALERT), *way;
    size_t index;
    json_array_foreach(json_object_get(policy, "ways"), index, way)
        if (told != NULL && !json_lists(json_object_get(told, "tried"), json_string_value(way)))
            return json_string_value(way);
    return NULL;
}

bool ledger_alert_redirect(struct ledger *ledger, const json_t *args, int64_t now, GError **error)
{
    const char *way = ledger_alert_next_way(ledger->alerts, args);
    if (way == NULL)
        return true;
    g_autoptr(json_t) again = json_deep_copy(json_object_get(args, ACTION_ALERT));
    json_array_append_new(json_object_get(again, "tried"), json_string(way));
    return queue(ledger, way, again, now, error);
}

/* ---- looking ---- */

json_t *ledger_alerts_standing(struct ledger *ledger, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT kind, about, text, min(raised), sum(count) FROM alerts WHERE about IS NOT NULL"
                       " AND ended IS NULL GROUP BY kind, about ORDER BY min(raised), kind, about LIMIT 100",
                       "");
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:I, s:I}", "kind", column_text(statement, 0),
                                              "about", column_text(statement, 1), "text",
                                              json_text_new(column_text(statement, 2)), "since",
                                              (json_int_t)sqlite3_column_int64(statement, 3), "count",
                                              (json_int_t)sqlite3_column_int64(statement, 4)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

bool ledger_alert_stands(struct ledger *ledger, const char *kind, const char *about, int64_t *since,
                         int64_t *last, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT coalesce(min(raised), 0), coalesce(max(last), 0) FROM alerts WHERE kind = ? AND about = ?"
        " AND ended IS NULL",
        "tt", kind, about);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *since = sqlite3_column_int64(statement, 0);
    *last = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return true;
}

int64_t ledger_alerts_untellable(struct ledger *ledger, int64_t since, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT count(*) FROM actions WHERE message = 0 AND state = 'dead' AND ended > ?", "i",
        since);
    int64_t count;
    return statement_number(ledger, statement, &count, error) ? count : -1;
}
