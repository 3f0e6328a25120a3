/* Opening, advancing and ending what is owed (owed.h). Each function is part of its caller's transaction, so
 * of two who acknowledge the same thing one finds it open, and the other is told who was first. What fails is
 * the ledger alone. Times are the clock's: a plan whose clock was set back is moved along with it, but for
 * the time until which an answer is owed. */
#include "ledger/owed.h"
#include "ledger/owed_plan.h"
#include "ledger/statement.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/action.h"
#include "wire/decision.h"

#include <string.h>

#define ROW_COLUMNS                                                                                          \
    "o.id, o.message, o.decision, o.step, o.began, coalesce(o.until, 0), o.kind, o.key, d.rule, d.verdict,"  \
    " d.account, o.plan FROM owed o JOIN decisions d ON d.id = o.decision"

void owed_row_free(struct owed_row *row)
{
    if (row == NULL)
        return;
    g_free(row->kind);
    g_free(row->key);
    g_free(row->rule);
    g_free(row->verdict);
    g_free(row->account);
    json_decref(row->plan);
    g_free(row);
}

static struct owed_row *row_read(sqlite3_stmt *statement)
{
    struct owed_row *row = g_new0(struct owed_row, 1);
    row->id = sqlite3_column_int64(statement, 0);
    row->message = sqlite3_column_int64(statement, 1);
    row->decision = sqlite3_column_int64(statement, 2);
    row->step = sqlite3_column_int64(statement, 3);
    row->began = sqlite3_column_int64(statement, 4);
    row->until = sqlite3_column_int64(statement, 5);
    row->kind = g_strdup(column_text(statement, 6));
    row->key = g_strdup(column_text(statement, 7));
    row->rule = g_strdup(column_text(statement, 8));
    row->verdict = g_strdup(column_text(statement, 9));
    row->account = g_strdup(column_text(statement, 10));
    row->plan = column_json(statement, 11);
    return row;
}

static GPtrArray *rows_where(struct ledger *ledger, const char *sql, int64_t number, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)owed_row_free);
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "i", number);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        g_ptr_array_add(list, row_read(statement));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

/* The number that the query yields, 0 for no row; -1 on error. */
static int64_t find(struct ledger *ledger, const char *sql, const char *text, int64_t number, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "ti", text, number);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step != SQLITE_ROW)
        return step == SQLITE_DONE ? 0 : -1;
    int64_t found = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return found;
}

/* ---- opening ---- */

static int64_t first_due(const json_t *entry, int64_t now)
{
    const json_t *plan = json_object_get(entry, "plan"),
                 *first = json_array_get(json_object_get(plan, "steps"), 0);
    return json_number(entry, "began", now) + json_number(first, "after", 0);
}

static bool insert(struct ledger *ledger, int64_t message, int64_t decision, const json_t *entry, int64_t now,
                   GError **error)
{
    return statement_run(ledger, error,
                         "INSERT INTO owed (message, decision, kind, key, telling, plan, step, began, queued,"
                         " until, due) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, nullif(?, 0), ?)",
                         "iitttjiiii", message, decision, json_text(entry, "kind"), json_text(entry, "key"),
                         json_text(entry, "telling"), json_object_get(entry, "plan"),
                         json_number(entry, "began", now), now, json_number(entry, "until", 0),
                         first_due(entry, now));
}

static bool close_as_told(struct ledger *ledger, int64_t id, int64_t other, int64_t now, GError **error)
{
    g_autofree char *reason = g_strdup_printf("told already, by mail %" G_GINT64_FORMAT, other);
    return statement_run(ledger, error,
                         "UPDATE owed SET ended = ?, due = NULL, outcome = 'told', reason = ? WHERE id = ?",
                         "iti", now, reason, id);
}

/* Known already: it goes on as it is. Where a person had it ended by another decision, or nothing of what was
 * queued lives, it begins anew; what is done is not done again, because the keys are the same. */
static bool begin_anew(struct ledger *ledger, int64_t id, int64_t decision, const json_t *entry, int64_t now,
                       GError **error)
{
    const json_t *plan = json_object_get(entry, "plan");
    return statement_run(
        ledger, error,
        "UPDATE owed SET step = 0, began = ?2, queued = ?3, due = ?6, until = nullif(?7, 0), ended = NULL,"
        " outcome = NULL, by = NULL, note = NULL, reason = NULL, decision = ?4, plan = ?5 WHERE id = ?1 AND (outcome = 'decided' OR (ended IS NULL AND"
        " step > 0 AND NOT EXISTS (SELECT 1 FROM actions a WHERE a.owed = ?1 AND a.state NOT IN"
        " ('dead', 'dropped'))))",
        "iiiijii", id, json_number(entry, "began", now), now, decision, plan, first_due(entry, now),
        json_number(entry, "until", 0));
}

static bool open_one(struct ledger *ledger, int64_t message, int64_t decision, const json_t *entry,
                     int64_t now, GError **error)
{
    int64_t known = find(ledger, "SELECT id FROM owed WHERE key = ?1 AND ?2 IS NOT NULL",
                         json_text(entry, "key"), 0, error);
    if (known > 0)
        return begin_anew(ledger, known, decision, entry, now, error);
    int64_t other = known < 0 || json_text(entry, "telling") == NULL
                        ? known
                        : find(ledger,
                               "SELECT message FROM owed WHERE telling = ?1 AND message <> ?2"
                               " AND (outcome IS NULL OR outcome = 'acknowledged') ORDER BY id LIMIT 1",
                               json_text(entry, "telling"), message, error);
    if (other < 0 || !insert(ledger, message, decision, entry, now, error))
        return false;
    return other == 0 ||
           close_as_told(ledger, sqlite3_last_insert_rowid(ledger->database), other, now, error);
}

/* At each look: by the index of those that are owed, for it must not read all that wait. */
static bool drop_ended(struct ledger *ledger, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE actions INDEXED BY actions_owed_waiting SET state = 'dropped', ended = ?, reason ="
        " (SELECT o.reason FROM owed o WHERE o.id = actions.owed) WHERE state = 'waiting'"
        " AND owed IS NOT NULL AND EXISTS (SELECT 1 FROM owed o WHERE o.id = actions.owed"
        " AND o.ended IS NOT NULL)",
        "i", now);
}

/* What a person decided otherwise is owed no longer; what rules decide otherwise is, for they may have been
 * given less proof. */
static bool end_decided_away(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                             GError **error)
{
    if (strcmp(decision->by, "rules") == 0)
        return true;
    g_autoptr(json_t) keys = json_array();
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)decision->owed, index, entry)
        json_array_append(keys, json_object_get(entry, "key"));
    g_autofree char *reason = g_strdup_printf("decided otherwise by %s", decision->by);
    return statement_run(
               ledger, error,
               "UPDATE owed SET ended = ?1, due = NULL, outcome = 'decided', by = ?2, reason = ?3"
               " WHERE message = ?4 AND ended IS NULL AND key NOT IN (SELECT value FROM json_each(?5))",
               "ittij", decision->decided, decision->by, reason, message, keys) &&
           drop_ended(ledger, decision->decided, error);
}

static bool advance_rows(struct ledger *ledger, const GPtrArray *rows, int64_t now, unsigned *queued,
                         GPtrArray *told, GError **error)
{
    for (guint i = 0; i < rows->len; i++)
        if (!owed_step(ledger, rows->pdata[i], now, queued, told, error))
            return false;
    return true;
}

bool owed_open(struct ledger *ledger, int64_t message, int64_t decision_id,
               const struct ledger_decision *decision, unsigned *queued, GError **error)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)decision->owed, index, entry)
        if (!open_one(ledger, message, decision_id, entry, decision->decided, error))
            return false;
    if (!end_decided_away(ledger, message, decision, error))
        return false;
    if (json_array_size(decision->owed) == 0)
        return true;
    g_autoptr(GPtrArray) rows =
        rows_where(ledger,
                   "SELECT " ROW_COLUMNS " WHERE o.message = ?1 AND o.ended IS NULL AND o.step = 0"
                   " AND o.due <= o.queued",
                   message, error);
    return rows != NULL && advance_rows(ledger, rows, decision->decided, queued, NULL, error);
}

/* ---- advancing ---- */

/* Where all of a step is dead there is nothing to wait for. */
static bool hurry(struct ledger *ledger, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE owed SET due = ?1 WHERE ended IS NULL AND due > ?1 AND kind = 'call' AND step > 0"
        " AND EXISTS (SELECT 1 FROM actions a WHERE a.owed = owed.id AND a.owed_step = owed.step - 1"
        " AND a.state = 'dead') AND NOT EXISTS (SELECT 1 FROM actions a WHERE a.owed = owed.id"
        " AND a.owed_step = owed.step - 1 AND a.state NOT IN ('dead', 'dropped'))",
        "i", now);
}

static bool follow_clock(struct ledger *ledger, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE owed SET due = due - (queued - ?1), began = began - (queued - ?1), queued = ?1"
        " WHERE ended IS NULL AND due IS NOT NULL AND queued > ?1 AND kind <> 'answer'",
        "i", now);
}

bool owed_advance(struct ledger *ledger, int64_t now, GPtrArray *told, GError **error)
{
    unsigned queued = 0;
    if (!follow_clock(ledger, now, error) || !hurry(ledger, now, error))
        return false;
    g_autoptr(GPtrArray) rows = rows_where(
        ledger, "SELECT " ROW_COLUMNS " WHERE o.ended IS NULL AND o.due <= ?1 ORDER BY o.due LIMIT 100", now,
        error);
    return rows != NULL && advance_rows(ledger, rows, now, &queued, told, error) &&
           drop_ended(ledger, now, error);
}

int64_t owed_next_due(struct ledger *ledger, GError **error)
{
    int64_t due =
        find(ledger, "SELECT min(due) FROM owed WHERE ended IS NULL AND due IS NOT NULL", NULL, 0, error);
    return due == 0 ? INT64_MAX : due;
}
