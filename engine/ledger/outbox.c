/* The outbox: actions, their attempts and how these end. What is due is said in due.c. */
#include "ledger/action_row.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/action.h"

#include <string.h>

void ledger_action_free(struct ledger_action *action)
{
    if (action == NULL)
        return;
    g_free(action->action);
    g_free(action->actor);
    g_free(action->key);
    g_free(action->category);
    g_free(action->sha256);
    g_free(action->destination);
    g_free(action->telling);
    json_decref(action->args);
    json_decref(action->context);
    g_free(action);
}

struct ledger_action *action_row_read(sqlite3_stmt *statement)
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
    action->destination = g_strdup(column_text(statement, 15));
    action->telling = g_strdup(column_text(statement, 16));
    action->since = sqlite3_column_int64(statement, 17);
    if (action->attempt == 1)
        action->since = MAX(action->since, action->due); /* it was meant for then */
    action->moved = clock_moved();
    action->leads = sqlite3_column_int64(statement, 18);
    action->tried = sqlite3_column_int(statement, 19);
    json_object_del(json_object_get(action->context, "group"), "people"); /* the ledger's alone */
    json_object_del(action->context, "people");
    if (json_is_object(action->context) && sqlite3_column_type(statement, 14) != SQLITE_NULL)
        json_object_set_new(action->context, "thread", column_json(statement, 14));
    return action;
}

GPtrArray *ledger_starts(struct ledger *ledger, int64_t since, unsigned most, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_action_free);
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT t.started, a.action, a.actor, a.destination FROM (SELECT id, action, started"
                       " FROM attempts ORDER BY id DESC LIMIT ?2) t JOIN actions a ON a.id = t.action"
                       " WHERE t.started >= ?1 ORDER BY t.id",
                       "ii", since, (int64_t)most);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        struct ledger_action *action = g_new0(struct ledger_action, 1);
        action->since = sqlite3_column_int64(statement, 0);
        action->action = g_strdup(column_text(statement, 1));
        action->actor = g_strdup(column_text(statement, 2));
        action->destination = g_strdup(column_text(statement, 3));
        g_ptr_array_add(list, action);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

bool ledger_attempt_start(struct ledger *ledger, int64_t action, int64_t now, GError **error)
{
    if (!statement_run(ledger, error,
                       "UPDATE actions SET state = 'running', attempts = attempts + 1, renewed = CASE"
                       " WHEN attempts = 0 AND due > coalesce(renewed, created) THEN due ELSE renewed END"
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
           statement_run(
               ledger, error,
               "UPDATE actions SET state = ?1, due = ?2, outcome = ?3, reason = ?4,"
               " failure = (SELECT failure FROM attempts WHERE action = ?6 ORDER BY id DESC LIMIT 1),"
               " crashes = CASE ?3 WHEN 'unknown' THEN crashes ELSE 0 END,"
               " ended = CASE WHEN ?1 = 'waiting' THEN NULL ELSE ?5 END WHERE id = ?6",
               "tittii", waits ? "waiting" : outcome, due, outcome, reason, now, action);
}

bool ledger_attempt_failed(struct ledger *ledger, int64_t action, const char *failure, GError **error)
{
    return statement_run(ledger, error, "UPDATE attempts SET failure = ? WHERE action = ? AND ended IS NULL",
                         "ti", failure, action);
}

bool ledger_expire(struct ledger *ledger, int64_t action, const char *reason, int64_t now, GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE actions SET state = 'dead', outcome = 'dead', reason = ?, ended = ?"
                         " WHERE id = ? AND state = 'waiting'",
                         "tii", reason, now, action);
}

bool ledger_attempt_spare(struct ledger *ledger, int64_t action, GError **error)
{
    return statement_run(ledger, error, "UPDATE actions SET attempts = attempts - 1 WHERE id = ?", "i",
                         action);
}

bool ledger_attempt_excuse(struct ledger *ledger, int64_t action, GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE actions SET attempts = attempts - 1, renewed = coalesce(renewed, created) +"
                         " max(0, due - coalesce((SELECT started FROM attempts WHERE action = actions.id"
                         " ORDER BY id DESC LIMIT 1), due)) WHERE id = ?",
                         "i", action);
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
                       " WHERE ended IS NULL",
                       "i", now) ||
        !statement_run(ledger, error,
                       "UPDATE actions SET state = 'waiting', due = ?, outcome = 'unknown', reason = 'cut'"
                       " WHERE state = 'running'",
                       "i", now))
        return false;
    *cut = sqlite3_changes(ledger->database);
    return true;
}
