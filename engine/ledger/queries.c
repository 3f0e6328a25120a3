/* What commands ask. */
#include "ledger/owed.h"
#include "ledger/silences.h"
#include "ledger/statement.h"
#include "ledger/handling.h"
#include "ledger/holds.h"
#include "ledger/threads.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

#define RECENT_ALERTS 10

static json_t *column_value(sqlite3_stmt *statement, int column, const char *name)
{
    static const char *const times[] = {"arrived", "seen",    "decided", "due",  "created",
                                        "ended",   "started", "raised",  "last", NULL};
    static const char *const objects[] = {"decision_json", "args", "actions", "gathered_into",
                                          "gathers",       "owed", NULL};
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return json_null();
    if (g_strv_contains(times, name)) {
        g_autofree char *text = time_format(sqlite3_column_int64(statement, column));
        return json_text_new(text);
    }
    if (g_strv_contains(objects, name))
        return column_json(statement, column);
    if (strcmp(name, "agrees") == 0)
        return json_boolean(sqlite3_column_int(statement, column) != 0);
    if (sqlite3_column_type(statement, column) == SQLITE_INTEGER)
        return json_integer(sqlite3_column_int64(statement, column));
    return json_text_new(column_text(statement, column));
}

/* A row as an object by its column names. */
static json_t *row_json(sqlite3_stmt *statement)
{
    json_t *row = json_object();
    for (int i = 0; i < sqlite3_column_count(statement); i++) {
        const char *name = sqlite3_column_name(statement, i);
        json_object_set_new(row, name, column_value(statement, i, name));
    }
    return row;
}

static const char list_columns[] =
    "SELECT m.id, m.arrived, m.subject, m.sender AS \"from\", coalesce(d.category, m.state) AS category,"
    " d.rule, d.certainty, d.priority, d.account, d.verdict, m.state, d.revision, m.sha256,"
    " t.thread, t.relation,"
    " (SELECT json_object('done', coalesce(sum(state = 'done'), 0),"
    " 'waiting', coalesce(sum(state = 'waiting'), 0), 'running', coalesce(sum(state = 'running'), 0),"
    " 'gathered', coalesce(sum(state = 'gathered'), 0),"
    " 'dead', coalesce(sum(state = 'dead'), 0), 'dropped', coalesce(sum(state = 'dropped'), 0))"
    " FROM actions a WHERE a.message = m.id) AS actions,"
    " (SELECT json_object('kind', o.kind, 'since', strftime('%Y-%m-%dT%H:%M:%SZ', o.began / 1000, 'unixepoch'),"
    " 'until', strftime('%Y-%m-%dT%H:%M:%SZ', o.until / 1000, 'unixepoch')) FROM owed o"
    " WHERE o.message = m.id AND o.ended IS NULL AND o.kind <> 'page'"
    " ORDER BY coalesce(o.until, o.began), o.id LIMIT 1) AS owed"
    " FROM messages m LEFT JOIN decisions d ON d.id = m.decision LEFT JOIN threads t ON t.message = m.id"
    " WHERE 1";

/* The text follows from what is asked for, so that each filter finds its index. Numbers of parameters: 1
 * category, 2 account, 3 rule, 4 state, 5 since, 6 until, 7 limit, 8 thread. What was never decided counts
 * its state as its category. The "+" keeps the planner from walking all mails by id where a filter leaves
 * few. */
static char *list_sql(const struct ledger_filter *filter)
{
    bool narrow = filter->category != NULL || filter->account != NULL || filter->rule != NULL ||
                  filter->state != NULL || filter->since > 0 || filter->until > 0 || filter->thread > 0 ||
                  filter->owed;
    GString *sql = g_string_new(list_columns);
    if (filter->category != NULL)
        g_string_append(sql, " AND coalesce(d.category, m.state) = ?1 AND m.id IN"
                             " (SELECT message FROM decisions WHERE category = ?1"
                             " UNION ALL SELECT id FROM messages WHERE state = ?1)");
    if (filter->account != NULL)
        g_string_append(sql, " AND d.account = ?2 AND m.id IN"
                             " (SELECT message FROM decisions WHERE account = ?2)");
    if (filter->rule != NULL)
        g_string_append(sql, " AND d.rule = ?3 AND m.id IN (SELECT message FROM decisions WHERE rule = ?3)");
    if (filter->state != NULL)
        g_string_append(sql, " AND m.id IN (SELECT id FROM messages WHERE state = ?4"
                             " UNION ALL SELECT message FROM actions WHERE state = ?4)");
    if (filter->owed)
        g_string_append(sql,
                        " AND m.id IN (SELECT message FROM owed WHERE ended IS NULL AND kind <> 'page')");
    if (filter->since > 0)
        g_string_append(sql, " AND m.arrived >= ?5");
    if (filter->until > 0)
        g_string_append(sql, " AND m.arrived < ?6");
    if (filter->thread > 0) /* a mail in no thread is one by itself */
        g_string_append(
            sql,
            " AND m.id IN (SELECT message FROM threads WHERE thread ="
            " (SELECT thread FROM threads WHERE message = ?8) UNION ALL SELECT id FROM messages WHERE id = ?8)");
    g_string_append_printf(sql, " ORDER BY %sm.id DESC LIMIT ?7", narrow ? "+" : "");
    return g_string_free(sql, FALSE);
}

bool ledger_list(struct ledger *ledger, const struct ledger_filter *filter, ledger_row each, void *data,
                 GError **error)
{
    g_autofree char *sql = list_sql(filter);
    sqlite3_stmt *statement = statement_bind(
        ledger, error, sql, "ttttiiii", filter->category, filter->account, filter->rule, filter->state,
        filter->since, filter->until, filter->limit > 0 ? filter->limit : (int64_t)-1, filter->thread);
    int step = SQLITE_ERROR;
    bool more = true;
    while (statement != NULL && more && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autoptr(json_t) row = row_json(statement);
        more = each(row, data);
    }
    if (statement != NULL)
        sqlite3_reset(statement);
    return step == SQLITE_DONE || step == SQLITE_ROW;
}

static json_t *rows(struct ledger *ledger, const char *sql, int64_t id, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "i", id);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, row_json(statement));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static void add_event(json_t *timeline, const json_t *object, const char *key, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
static void add_event(json_t *timeline, const json_t *object, const char *key, const char *format, ...)
{
    const char *time = json_text(object, key);
    if (time == NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    size_t at = json_array_size(timeline);
    while (at > 0 && g_strcmp0(json_text(json_array_get(timeline, at - 1), "time"), time) > 0)
        at--;
    json_array_insert_new(timeline, at, json_pack("{s:s, s:o}", "time", time, "what", json_text_new(what)));
}

static void add_attempts(const json_t *action, json_t *timeline)
{
    size_t index;
    json_t *attempt;
    json_array_foreach(json_object_get(action, "attempts"), index, attempt) {
        add_event(timeline, attempt, json_text(attempt, "ended") != NULL ? "ended" : "started",
                  "%s: attempt %d %s%s%s%s %s %s", json_text(action, "action"),
                  (int)json_number(attempt, "number", 0), json_text_or(attempt, "outcome", "is running"),
                  json_text(attempt, "failure") != NULL ? " (" : "", json_text_or(attempt, "failure", ""),
                  json_text(attempt, "failure") != NULL ? ")" : "", json_text_or(attempt, "reason", ""),
                  json_text_or(attempt, "detail", ""));
    }
}

/* A step of an escalation comes later than its decision. */
static void add_step(const json_t *action, json_t *timeline)
{
    if (json_number(action, "step", 0) > 0)
        add_event(timeline, action, "created", "step %d: %s %s", (int)json_number(action, "step", 0),
                  json_text(action, "action"),
                  json_text_or(json_object_get(action, "args"), "to",
                               json_text_or(json_object_get(action, "args"), "channel", "")));
}

/* What was dropped has no attempt that says so; events of one second stand in the order of their adding. */
static void add_drop(const json_t *action, json_t *timeline)
{
    if (strcmp(json_text_or(action, "state", ""), "dropped") == 0)
        add_event(timeline, action, "ended", "%s dropped: %s", json_text(action, "action"),
                  json_text_or(action, "reason", ""));
}

/* What people did to an action. */
static bool add_handlings(struct ledger *ledger, json_t *action, json_t *timeline, GError **error)
{
    json_t *list = ledger_handlings(ledger, json_number(action, "id", 0), error), *entry;
    size_t index;
    if (list == NULL)
        return false;
    json_object_set_new(action, "handled", list);
    json_array_foreach(list, index, entry)
        add_event(timeline, entry, "at", "%s of a%d %s by %s%s%s", json_text_or(entry, "what", ""),
                  (int)json_number(action, "id", 0), json_text_or(action, "action", ""),
                  json_text_or(entry, "by", "?"), json_text(entry, "why") != NULL ? ": " : "",
                  json_text_or(entry, "why", ""));
    return true;
}

static void add_gathering(const json_t *action, json_t *timeline)
{
    const json_t *into = json_object_get(action, "gathered_into");
    if (!json_is_object(into))
        return;
    int64_t leader = json_number(into, "action", 0), mail = json_number(into, "mail", 0);
    add_event(timeline, action, "created",
              "%s: gathered into action %" G_GINT64_FORMAT " of mail %" G_GINT64_FORMAT,
              json_text(action, "action"), leader, mail);
    add_event(timeline, action, "ended", "%s: %s by action %" G_GINT64_FORMAT " of mail %" G_GINT64_FORMAT,
              json_text(action, "action"), json_text(action, "state"), leader, mail);
}

static bool add_actions(struct ledger *ledger, json_t *decision, json_t *timeline, GError **error)
{
    json_t *actions = rows(
        ledger,
        "SELECT id, action, actor, args, key, state, due, attempts AS count, created, ended,"
        " outcome, failure, reason, destination, resent, silence, owed_step + 1 AS step, (SELECT json_object('action', l.id, 'mail', l.message, 'state', l.state, 'due',"
        " strftime('%Y-%m-%dT%H:%M:%SZ', l.due / 1000, 'unixepoch')) FROM actions l"
        " WHERE l.leads = actions.gathered ORDER BY l.id LIMIT 1) AS gathered_into,"
        " (SELECT json_group_array(m.message) FROM actions m WHERE m.gathered = actions.leads) AS gathers"
        " FROM actions WHERE decision = ? ORDER BY id",
        json_number(decision, "id", 0), error);
    json_t *action;
    size_t index;
    if (actions == NULL)
        return false;
    json_object_set_new(decision, "actions", actions);
    json_array_foreach(actions, index, action) {
        json_t *attempts =
            rows(ledger,
                 "SELECT number, started, ended, outcome, failure, reason, detail FROM attempts"
                 " WHERE action = ? ORDER BY id",
                 json_number(action, "id", 0), error);
        if (attempts == NULL)
            return false;
        json_object_set_new(action, "attempts", attempts);
        add_step(action, timeline);
        add_gathering(action, timeline);
        add_attempts(action, timeline);
        add_drop(action, timeline);
        if (!add_handlings(ledger, action, timeline, error) ||
            !ledger_explain_waiting(ledger, action, time_now(), error))
            return false;
        if (json_text(action, "waits") != NULL)
            add_event(timeline, action, "due", "a%d %s waits %s", (int)json_number(action, "id", 0),
                      json_text(action, "action"), json_text(action, "waits"));
    }
    return true;
}

static void add_arrivals(const json_t *arrivals, json_t *timeline)
{
    size_t index;
    json_t *arrival;
    json_array_foreach((json_t *)arrivals, index, arrival)
        add_event(timeline, arrival, "seen", "%s in spool %s", index == 0 ? "seen" : "arrived again",
                  json_text_or(arrival, "spool", ""));
}

/* What a decision opened; its steps are actions, and stand there by themselves. */
static void add_opened(const json_t *owed, int64_t decision, json_t *timeline)
{
    size_t index;
    json_t *row;
    json_array_foreach((json_t *)owed, index, row) {
        const char *kind = json_text_or(row, "kind", ""), *hours = json_text(row, "hours");
        if (json_number(row, "decision", 0) != decision)
            continue;
        if (strcmp(kind, "call") == 0)
            add_event(timeline, row, "since", "escalation %s begins%s%s%s", json_text_or(row, "name", ""),
                      hours != NULL ? " (" : "", hours != NULL ? hours : "", hours != NULL ? ")" : "");
        else if (strcmp(kind, "answer") == 0)
            add_event(timeline, row, "since", "an answer is owed until %s", json_text_or(row, "until", ""));
    }
}

/* How it ended. */
static void add_ended(const json_t *owed, json_t *timeline)
{
    size_t index;
    json_t *row;
    json_array_foreach((json_t *)owed, index, row) {
        const char *note = json_text(row, "note");
        add_event(timeline, row, "ended", "%s: %s%s%s", json_text_or(row, "kind", ""),
                  json_text_or(row, "reason", "ended"), note != NULL ? ": " : "", note != NULL ? note : "");
    }
}

static bool add_decisions(struct ledger *ledger, const json_t *decisions, const json_t *owed,
                          json_t *timeline, GError **error)
{
    size_t index;
    json_t *decision;
    json_array_foreach((json_t *)decisions, index, decision) {
        json_object_set(decision, "decision", json_object_get(decision, "decision_json"));
        json_object_del(decision, "decision_json");
        const char *by = json_text_or(decision, "by", ""), *rule = json_text(decision, "rule");
        bool drilled = rule != NULL && strcmp(by, "rules") != 0;
        add_event(timeline, decision, "decided", "%s by %s%s%s (revision %.8s)",
                  json_text_or(decision, "category", ""), rule != NULL ? rule : by, drilled ? ", " : "",
                  drilled ? by : "", json_text_or(decision, "revision", ""));
        add_opened(owed, json_number(decision, "id", 0), timeline);
        json_t *shadows = rows(ledger,
                               "SELECT rule, category, agrees FROM shadows WHERE decision = ?"
                               " ORDER BY rule",
                               json_number(decision, "id", 0), error);
        if (shadows == NULL)
            return false;
        json_object_set_new(decision, "shadow", shadows);
        if (!add_actions(ledger, decision, timeline, error))
            return false;
    }
    return true;
}

json_t *ledger_show(struct ledger *ledger, int64_t message, GError **error)
{
    g_autoptr(json_t) timeline = json_array(), arrivals = NULL, decisions = NULL;
    g_autoptr(json_t) found =
        rows(ledger,
             "SELECT id, sha256, recipient, size, spool, file, arrived, seen, message_id, subject,"
             " sender AS \"from\", date, state, folder, reason FROM messages WHERE id = ?",
             message, error);
    if (found == NULL)
        return NULL;
    if (json_array_size(found) == 0) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "there is no mail %" G_GINT64_FORMAT " in the ledger", message);
        return NULL;
    }
    arrivals = rows(ledger, "SELECT spool, file, arrived, seen FROM arrivals WHERE message = ? ORDER BY id",
                    message, error);
    if (arrivals == NULL)
        return NULL;
    decisions = rows(ledger,
                     "SELECT id, previous, revision, generation, decided, by, category, rule, certainty,"
                     " priority, account, verdict, decision AS decision_json FROM decisions"
                     " WHERE message = ? ORDER BY id",
                     message, error);
    if (decisions == NULL)
        return NULL;
    g_autoptr(json_t) thread = threads_show(ledger, message, error);
    if (thread == NULL)
        return NULL;
    g_autoptr(json_t) owed = owed_of(ledger, message, error);
    if (owed == NULL)
        return NULL;
    add_arrivals(arrivals, timeline);
    if (!add_decisions(ledger, decisions, owed, timeline, error))
        return NULL;
    add_ended(owed, timeline);
    return json_pack("{s:O, s:O, s:O, s:O, s:O, s:O}", "message", json_array_get(found, 0), "decisions",
                     decisions, "arrivals", arrivals, "thread", thread, "owed", owed, "timeline", timeline);
}

static json_t *counts_by_state(struct ledger *ledger, const char *sql, GError **error)
{
    g_autoptr(json_t) counts = json_object();
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "");
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_object_set_new(counts, column_text(statement, 0),
                            json_integer(sqlite3_column_int64(statement, 1)));
    return step == SQLITE_DONE ? g_steal_pointer(&counts) : NULL;
}

#define TALLY_OF(what) "SELECT state, count FROM tallies WHERE what = '" what "' AND count > 0 ORDER BY state"

json_t *ledger_counts(struct ledger *ledger, GError **error)
{
    g_autoptr(json_t) messages = counts_by_state(ledger, TALLY_OF("mail"), error);
    if (messages == NULL)
        return NULL;
    g_autoptr(json_t) actions = counts_by_state(ledger, TALLY_OF("action"), error);
    if (actions == NULL)
        return NULL;
    g_autoptr(json_t) total = rows(ledger, "SELECT count(*) AS count FROM alerts WHERE id > ?", 0, error);
    if (total == NULL)
        return NULL;
    g_autoptr(json_t) alerts =
        rows(ledger, "SELECT raised, kind, text, count FROM alerts ORDER BY last DESC, id DESC LIMIT ?",
             RECENT_ALERTS, error);
    g_autoptr(json_t) silences = alerts != NULL ? silences_list(ledger, time_now(), error) : NULL;
    int64_t due = silences != NULL ? ledger_next_due(ledger, error) : -1;
    if (due < 0)
        return NULL;
    g_autoptr(json_t) destinations = ledger_destinations(ledger, time_now(), error);
    if (destinations == NULL)
        return NULL;
    g_autoptr(json_t) owed = owed_summary(ledger, error);
    if (owed == NULL)
        return NULL;
    return json_pack("{s:O, s:O, s:O, s:O, s:O, s:I, s:o, s:O}", "owed", owed, "silences", silences,
                     "messages", messages, "actions", actions, "destinations", destinations, "alerts",
                     (json_int_t)json_number(json_array_get(total, 0), "count", 0), "oldest_due",
                     due == INT64_MAX ? json_null() : json_integer(due), "recent_alerts", alerts);
}

/* A mail counts once, by its decision that stands. */
json_t *ledger_shadow_counts(struct ledger *ledger, GError **error)
{
    static const char sql[] =
        "SELECT s.rule, count(*) AS count, sum(s.agrees) AS agreed, max(d.decided) AS last FROM shadows s"
        " JOIN decisions d ON d.id = s.decision JOIN messages m ON m.decision = d.id"
        " WHERE d.id > ? GROUP BY s.rule";
    g_autoptr(json_t) list = rows(ledger, sql, 0, error);
    if (list == NULL)
        return NULL;
    json_t *counts = json_object(), *row;
    size_t index;
    json_array_foreach(list, index, row) {
        g_autofree char *rule = g_strdup(json_text_or(row, "rule", ""));
        json_object_del(row, "rule");
        json_object_set(counts, rule, row);
    }
    return counts;
}
