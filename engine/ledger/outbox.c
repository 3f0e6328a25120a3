/* The outbox: actions, attempts, alerts. */
#include "ledger/groups.h"
#include "ledger/statement.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/action.h"

#include <string.h>

#define HOUR INT64_C(3600000)
/* Of the actions a: not those that tell what an older one of another mail is about to tell. */
#define FIRST_TO_TELL                                                                                        \
    " (a.telling IS NULL OR NOT EXISTS (SELECT 1 FROM actions b WHERE b.telling = a.telling AND b.state IN"  \
    " ('waiting', 'gathered', 'running') AND b.id < a.id AND b.message <> a.message))"

void ledger_action_free(struct ledger_action *action)
{
    if (action == NULL)
        return;
    g_free(action->action);
    g_free(action->actor);
    g_free(action->key);
    g_free(action->category);
    g_free(action->sha256);
    json_decref(action->args);
    json_decref(action->context);
    g_free(action);
}

#define ACTION_COLUMNS                                                                                       \
    "a.id, a.message, a.decision, a.action, a.actor, a.key, a.args, coalesce(a.context, d.context),"         \
    " a.attempts, coalesce(m.folder, now.category, ''), coalesce(m.sha256, ''), a.crashes, a.priority,"      \
    " a.due, d.thread, coalesce(a.leads, 0) FROM actions a LEFT JOIN decisions d ON d.id = a.decision LEFT JOIN messages m"        \
    " ON m.id = a.message LEFT JOIN decisions now ON now.id = m.decision"
#define SUSPECTED "(SELECT destination FROM actions WHERE state = 'waiting' AND crashes > 0 AND actor = ?1)"

static struct ledger_action *read_action(sqlite3_stmt *statement)
{
    struct ledger_action *action = g_new0(struct ledger_action, 1);
    action->id = sqlite3_column_int64(statement, 0);
    action->message = sqlite3_column_int64(statement, 1);
    action->decision = sqlite3_column_int64(statement, 2);
    action->action = g_strdup(column_text(statement, 3));
    action->actor = g_strdup(column_text(statement, 4));
    action->key = g_strdup(column_text(statement, 5));
    action->args = column_json(statement, 6);
    action->context = column_json(statement, 7);
    action->attempt = sqlite3_column_int(statement, 8) + 1;
    action->category = g_strdup(column_text(statement, 9));
    action->sha256 = g_strdup(column_text(statement, 10));
    action->crashes = sqlite3_column_int(statement, 11);
    action->priority = sqlite3_column_int64(statement, 12);
    action->due = sqlite3_column_int64(statement, 13);
    action->leads = sqlite3_column_int64(statement, 15);
    if (json_is_object(action->context) && sqlite3_column_type(statement, 14) != SQLITE_NULL)
        json_object_set_new(action->context, "thread", column_json(statement, 14));
    return action;
}

static int by_order(const void *left, const void *right)
{
    const struct ledger_action *a = *(struct ledger_action *const *)left,
                               *b = *(struct ledger_action *const *)right;
    const int64_t differences[] = {a->priority - b->priority, a->due - b->due, a->id - b->id};
    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++)
        if (differences[i] != 0)
            return differences[i] < 0 ? -1 : 1;
    return 0;
}

/* Which actions of a destination are meant: what has none may be told apart into forwards and others. */
enum which { WHICH_ALL = -1, WHICH_OTHERS, WHICH_FORWARDS };

/* How many run of that destination; -1 on error. */
static int64_t count_running(struct ledger *ledger, const char *actor, const char *destination,
                             enum which which, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT count(*) FROM actions WHERE state = 'running' AND actor = ?1 AND destination = ?2"
        " AND (?3 < 0 OR (action = 'forward') = ?3)",
        "tti", actor, destination, (int64_t)which);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return -1;
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return count;
}

/* Those of one destination, as many as it may still have. */
static bool add_due_to(struct ledger *ledger, const struct ledger_wish *wish, const char *destination,
                       enum which which, GPtrArray *list, GError **error)
{
    bool local = destination[0] == '\0' && which != WHICH_FORWARDS;
    unsigned urgent = which == WHICH_FORWARDS ? wish->mail.urgent : wish->destination.urgent,
             others = which == WHICH_FORWARDS ? wish->mail.others : wish->destination.others;
    int64_t held = count_running(ledger, wish->actor, destination, which, error);
    if (held < 0)
        return false;
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT " ACTION_COLUMNS " WHERE a.state = 'waiting' AND a.actor = ?1"
                       " AND a.destination = ?2 AND a.due <= ?3 AND (?4 = 0 OR a.message = 0)"
                       " AND (?6 < 0 OR (a.action = 'forward') = ?6)"
                       " AND NOT (a.crashes > 0 OR (a.actor = 'custom' AND a.destination IN " SUSPECTED
                       ")) AND" FIRST_TO_TELL " ORDER BY a.priority, a.due, a.id LIMIT ?5",
                       "ttiiii", wish->actor, destination, wish->now, (int64_t)wish->alerts_only,
                       (int64_t)(local ? wish->room.urgent : urgent), (int64_t)which);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        struct ledger_action *action = read_action(statement);
        if (local || held++ < (action->priority == 0 ? urgent : others))
            g_ptr_array_add(list, action);
        else
            ledger_action_free(action);
    }
    return step == SQLITE_DONE;
}

/* What has no destination: where forwards have a limit, what else there is does not wait behind them. */
static bool add_due_here(struct ledger *ledger, const struct ledger_wish *wish, GPtrArray *list,
                         GError **error)
{
    if (wish->mail.urgent == 0)
        return add_due_to(ledger, wish, "", WHICH_ALL, list, error);
    return add_due_to(ledger, wish, "", WHICH_OTHERS, list, error) &&
           add_due_to(ledger, wish, "", WHICH_FORWARDS, list, error);
}

/* Replaces *destination with the next one for which something waits; with NULL after the last. */
static bool next_destination(struct ledger *ledger, const char *actor, char **destination, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT min(destination) FROM actions WHERE state = 'waiting' AND actor = ? AND destination > ?",
        "tt", actor, *destination);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    g_free(*destination);
    *destination = g_strdup(column_text(statement, 0));
    sqlite3_reset(statement);
    return true;
}

/* What each of them tells besides its own mail. */
static GPtrArray *with_groups(struct ledger *ledger, GPtrArray *list, GError **error)
{
    for (guint i = 0; i < list->len; i++) {
        struct ledger_action *action = list->pdata[i];
        json_t *told = action->leads != 0 ? groups_told_by(ledger, action->id, action->leads, error) : NULL;
        if (action->leads != 0 && told == NULL) {
            g_ptr_array_unref(list);
            return NULL;
        }
        if (json_is_object(told) && json_is_object(action->context))
            json_object_set(action->context, "gathered", told);
        json_decref(told);
    }
    return list;
}

GPtrArray *ledger_due(struct ledger *ledger, const struct ledger_wish *wish, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_action_free);
    g_autofree char *destination = g_strdup("");
    if (!add_due_here(ledger, wish, list, error))
        return NULL;
    while (next_destination(ledger, wish->actor, &destination, error) && destination != NULL)
        if (!add_due_to(ledger, wish, destination, WHICH_ALL, list, error))
            return NULL;
    if (destination != NULL)
        return NULL;
    g_ptr_array_sort(list, by_order);
    for (guint i = 0; i < list->len; i++) {
        const struct ledger_action *action = list->pdata[i];
        if (i >= (action->priority == 0 ? wish->room.urgent : wish->room.others))
            g_ptr_array_set_size(list, (int)i);
    }
    return with_groups(ledger, g_steal_pointer(&list), error);
}

GPtrArray *ledger_due_suspect(struct ledger *ledger, const char *actor, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_action_free);
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT " ACTION_COLUMNS " WHERE a.state = 'waiting' AND a.actor = ?1"
                       " AND a.destination IN " SUSPECTED " AND (a.crashes > 0 OR a.actor = 'custom')"
                       " AND a.due <= ?2 AND" FIRST_TO_TELL " ORDER BY a.priority, a.due, a.id LIMIT 1",
                       "ti", actor, now);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        g_ptr_array_add(list, read_action(statement));
    return step == SQLITE_DONE ? with_groups(ledger, g_steal_pointer(&list), error) : NULL;
}

bool ledger_hush(struct ledger *ledger, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE actions SET state = 'dropped', ended = ?1, reason = 'told already, by mail ' ||"
        " (SELECT min(b.message) FROM actions b WHERE b.telling = actions.telling"
        " AND b.state = 'done') WHERE state = 'waiting' AND due <= ?1 AND telling IS NOT NULL"
        " AND (leads IS NULL OR (SELECT members FROM groups WHERE id = leads) = 1)" /* nor what it gathered */
        " AND EXISTS (SELECT 1 FROM actions b WHERE b.telling = actions.telling"
        " AND b.state = 'done' AND b.message <> actions.message)",
        "i", now);
}

int64_t ledger_next_due(struct ledger *ledger, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT min(a.due) FROM actions a WHERE a.state = 'waiting' AND" FIRST_TO_TELL, "");
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return -1;
    int64_t due =
        sqlite3_column_type(statement, 0) == SQLITE_NULL ? INT64_MAX : sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return due;
}

bool ledger_attempt_start(struct ledger *ledger, int64_t action, int64_t now, GError **error)
{
    if (!statement_run(ledger, error,
                       "UPDATE actions SET state = 'running', attempts = attempts + 1"
                       " WHERE id = ? AND state = 'waiting'",
                       "i", action))
        return false;
    if (sqlite3_changes(ledger->database) == 0) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "action %" G_GINT64_FORMAT " does not wait: nobody may start it", action);
        return false;
    }
    return statement_run(ledger, error,
                         "INSERT INTO attempts (action, number, started)"
                         " SELECT id, (SELECT count(*) + 1 FROM attempts b WHERE b.action = a.id), ?"
                         " FROM actions a WHERE id = ?",
                         "ii", now, action);
}

bool ledger_attempt_end(struct ledger *ledger, int64_t action, const char *outcome, const char *reason,
                        const char *detail, int64_t due, int64_t now, GError **error)
{
    bool waits = strcmp(outcome, "retry") == 0 || strcmp(outcome, "unknown") == 0;
    return statement_run(ledger, error,
                         "UPDATE attempts SET ended = ?, outcome = ?, reason = ?, detail = ?"
                         " WHERE action = ? AND ended IS NULL",
                         "ittti", now, outcome, reason, detail, action) &&
           statement_run(ledger, error,
                         "UPDATE actions SET state = ?1, due = ?2, outcome = ?3, reason = ?4,"
                         " crashes = CASE ?3 WHEN 'unknown' THEN crashes ELSE 0 END,"
                         " ended = CASE WHEN ?1 = 'waiting' THEN NULL ELSE ?5 END WHERE id = ?6",
                         "tittii", waits ? "waiting" : outcome, due, outcome, reason, now, action);
}

bool ledger_attempt_spare(struct ledger *ledger, int64_t action, GError **error)
{
    return statement_run(ledger, error, "UPDATE actions SET attempts = attempts - 1 WHERE id = ?", "i",
                         action);
}

bool ledger_attempt_blame(struct ledger *ledger, int64_t action, GError **error)
{
    return statement_run(ledger, error, "UPDATE actions SET crashes = crashes + 1 WHERE id = ?", "i", action);
}

bool ledger_attempt_withdraw(struct ledger *ledger, int64_t action, GError **error)
{
    return statement_run(ledger, error, "DELETE FROM attempts WHERE action = ? AND ended IS NULL", "i",
                         action) &&
           statement_run(ledger, error,
                         "UPDATE actions SET state = 'waiting', attempts = attempts - 1 WHERE id = ?", "i",
                         action);
}

bool ledger_recover(struct ledger *ledger, int64_t now, int *cut, GError **error)
{
    *cut = 0;
    if (!statement_run(ledger, error,
                       "UPDATE attempts SET ended = ?, outcome = 'unknown', reason = 'cut'"
                       " WHERE ended IS NULL AND action IN (SELECT id FROM actions WHERE state = 'running')",
                       "i", now) ||
        !statement_run(ledger, error,
                       "UPDATE actions SET state = 'waiting', due = ?, outcome = 'unknown', reason = 'cut'"
                       " WHERE state = 'running'",
                       "i", now))
        return false;
    *cut = sqlite3_changes(ledger->database);
    return true;
}

static bool queue_alert(struct ledger *ledger, const char *kind, const char *text, int64_t now,
                        GError **error)
{
    g_autofree char *subject = g_strdup_printf("[awsift] %s", kind),
                    *moment = g_strdup_printf("%" G_GINT64_FORMAT, now);
    g_autoptr(json_t) args =
        json_pack("{s:s, s:s, s:o}", "to", "operators", "subject", subject, "text", json_text_new(text));
    g_autoptr(json_t) context = json_pack("{s:n, s:s, s:s, s:s, s:n, s:n}", "message_id", "subject", subject,
                                          "category", "alert", "priority", "high", "contact", "account");
    g_autofree char *identity = g_strconcat(kind, text, moment, NULL),
                    *key = action_key(identity, "", "forward", args, 0);
    return statement_run(
        ledger, error,
        "INSERT INTO actions (message, decision, action, actor, args, context, key, state, priority, due,"
        " created) VALUES (0, 0, 'forward', 'courier', ?, ?, ?, 'waiting', 1, ?, ?)",
        "jjtii", args, context, key, now, now);
}

bool ledger_raise(struct ledger *ledger, const char *kind, const char *text, bool quiet, int64_t now,
                  bool *fresh, GError **error)
{
    *fresh = false;
    if (!statement_run(
            ledger, error,
            "UPDATE alerts SET count = count + 1, last = ? WHERE kind = ? AND text = ? AND raised > ?",
            "itti", now, kind, text, now - HOUR))
        return false;
    if (sqlite3_changes(ledger->database) > 0)
        return true;
    *fresh = true;
    return statement_run(ledger, error,
                         "INSERT INTO alerts (kind, text, raised, last, count) VALUES (?, ?, ?, ?, 1)",
                         "ttii", kind, text, now, now) &&
           (quiet || queue_alert(ledger, kind, text, now, error));
}
