/* Writing down what came and what was decided. */
#include "ledger/statement.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/decision.h"

#include <string.h>

static bool find_message(struct ledger *ledger, const struct ledger_arrival *arrival,
                         struct ledger_recorded *recorded, bool *known, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT m.id, coalesce(m.decision, 0), m.state, coalesce(d.category, '') FROM messages m LEFT JOIN decisions d ON d.id = m.decision"
        " WHERE m.sha256 = ? AND m.recipient = ?",
        "tt", arrival->sha256, arrival->recipient);
    if (statement == NULL)
        return false;
    int step = statement_step(ledger, statement, error);
    *known = step == SQLITE_ROW;
    if (*known) {
        recorded->message = sqlite3_column_int64(statement, 0);
        recorded->decision = sqlite3_column_int64(statement, 1);
        recorded->filed = strcmp(column_text(statement, 2), "decided") != 0;
        g_strlcpy(recorded->category, column_text(statement, 3), sizeof recorded->category);
        sqlite3_reset(statement);
    }
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

static bool insert_message(struct ledger *ledger, const struct ledger_arrival *arrival,
                           const json_t *decision, const char *state, const char *reason, int64_t *message,
                           GError **error)
{
    bool good = statement_run(
        ledger, error,
        "INSERT INTO messages (sha256, recipient, size, spool, file, arrived, seen, message_id, subject, sender, date, state, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "ttittiitttttt", arrival->sha256, arrival->recipient, arrival->size, arrival->spool, arrival->file,
        arrival->arrived, arrival->seen, json_text(decision, "message_id"), json_text(decision, "subject"),
        json_text(decision, "from"), json_text(decision, "date"), state, reason);
    *message = sqlite3_last_insert_rowid(ledger->database);
    return good;
}

static bool insert_actions(struct ledger *ledger, int64_t message, int64_t decision_id,
                           const struct ledger_decision *decision, unsigned *queued, GError **error)
{
    size_t index;
    json_t *action;
    int64_t rank = priority_rank(json_text(decision->decision, "priority"));
    json_array_foreach((json_t *)decision->actions, index, action) {
        if (!statement_run(
                ledger, error,
                "INSERT INTO actions (message, decision, action, actor, args, key, state, priority, due, created)"
                " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?) ON CONFLICT DO NOTHING",
                "iittjtiii", message, decision_id, json_text(action, "action"), json_text(action, "actor"),
                json_object_get(action, "args"), json_text(action, "key"), rank,
                json_number(action, "due", decision->decided), decision->decided))
            return false;
        *queued += (unsigned)sqlite3_changes(ledger->database);
    }
    return true;
}

static bool insert_decision(struct ledger *ledger, int64_t message, int64_t previous,
                            const struct ledger_decision *decision, struct ledger_recorded *recorded,
                            GError **error)
{
    const json_t *json = decision->decision;
    if (!statement_run(
            ledger, error,
            "INSERT INTO decisions (message, previous, revision, generation, decided, by, category, rule, certainty, priority, account,"
            " verdict, decision, context) VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "iitiitttttttjj", message, previous, decision->revision, decision->generation, decision->decided,
            decision->by, json_text(json, "category"), json_text(json, "rule"), json_text(json, "certainty"),
            json_text(json, "priority"), json_text(json, "account"),
            json_text(json_object_get(json, "auth"), "verdict"), json, decision->context))
        return false;
    recorded->message = message;
    recorded->decision = sqlite3_last_insert_rowid(ledger->database);
    g_strlcpy(recorded->category, json_text_or(json, "category", ""), sizeof recorded->category);
    return statement_run(ledger, error, "UPDATE messages SET decision = ? WHERE id = ?", "ii",
                         recorded->decision, message) &&
           insert_actions(ledger, message, recorded->decision, decision, &recorded->actions, error);
}

static bool insert_arrival(struct ledger *ledger, int64_t message, const struct ledger_arrival *arrival,
                           GError **error)
{
    return statement_run(ledger, error,
                         "INSERT INTO arrivals (message, spool, file, arrived, seen) VALUES (?, ?, ?, ?, ?)",
                         "ittii", message, arrival->spool, arrival->file, arrival->arrived, arrival->seen);
}

bool ledger_record(struct ledger *ledger, const struct ledger_arrival *arrival,
                   const struct ledger_decision *decision, struct ledger_recorded *recorded, GError **error)
{
    int64_t message = 0;
    memset(recorded, 0, sizeof *recorded);
    g_strlcpy(recorded->sha256, arrival->sha256, sizeof recorded->sha256);
    if (!find_message(ledger, arrival, recorded, &recorded->duplicate, error))
        return false;
    if (recorded->duplicate)
        return insert_arrival(ledger, recorded->message, arrival, error);
    return insert_message(ledger, arrival, decision->decision, "decided", NULL, &message, error) &&
           insert_arrival(ledger, message, arrival, error) &&
           insert_decision(ledger, message, 0, decision, recorded, error);
}

bool ledger_redecide(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                     struct ledger_recorded *recorded, GError **error)
{
    memset(recorded, 0, sizeof *recorded);
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT coalesce(decision, 0), sha256 FROM messages WHERE id = ?", "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "there is no mail %" G_GINT64_FORMAT " in the ledger", message);
    if (step != SQLITE_ROW)
        return false;
    int64_t previous = sqlite3_column_int64(statement, 0);
    g_strlcpy(recorded->sha256, column_text(statement, 1), sizeof recorded->sha256);
    sqlite3_reset(statement);
    return insert_decision(ledger, message, previous, decision, recorded, error) &&
           statement_run(
               ledger, error,
               "UPDATE messages SET state = 'decided' WHERE id = ? AND state = 'filed' AND folder <> ?", "it",
               message, recorded->category);
}

bool ledger_record_unreadable(struct ledger *ledger, const struct ledger_arrival *arrival, const char *reason,
                              struct ledger_recorded *recorded, GError **error)
{
    memset(recorded, 0, sizeof *recorded);
    g_strlcpy(recorded->sha256, arrival->sha256, sizeof recorded->sha256);
    if (!find_message(ledger, arrival, recorded, &recorded->duplicate, error))
        return false;
    if (recorded->duplicate)
        return insert_arrival(ledger, recorded->message, arrival, error);
    return insert_message(ledger, arrival, NULL, "unreadable", reason, &recorded->message, error) &&
           insert_arrival(ledger, recorded->message, arrival, error);
}

void ledger_filing_free(struct ledger_filing *filing)
{
    if (filing == NULL)
        return;
    g_free(filing->spool);
    g_free(filing->file);
    g_free(filing->from);
    g_free(filing->category);
    g_free(filing->sha256);
    g_free(filing->state);
    g_free(filing);
}

static struct ledger_filing *read_filing(sqlite3_stmt *statement)
{
    struct ledger_filing *filing = g_new0(struct ledger_filing, 1);
    filing->message = sqlite3_column_int64(statement, 0);
    filing->spool = g_strdup(column_text(statement, 1));
    filing->file = g_strdup(column_text(statement, 2));
    filing->from = g_strdup(column_text(statement, 3));
    filing->category = g_strdup(column_text(statement, 4));
    filing->sha256 = g_strdup(column_text(statement, 5));
    filing->state = g_strdup(column_text(statement, 6));
    return filing;
}

#define FILING_COLUMNS                                                                                       \
    "SELECT m.id, m.spool, m.file, m.folder, coalesce(d.category, ''), m.sha256, m.state FROM messages m"    \
    " LEFT JOIN decisions d ON d.id = m.decision "

GPtrArray *ledger_unfiled(struct ledger *ledger, int64_t after, unsigned limit, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_filing_free);
    sqlite3_stmt *statement = statement_bind(
        ledger, error, FILING_COLUMNS "WHERE m.state = 'decided' AND m.id > ? ORDER BY m.id LIMIT ?", "ii",
        after, (int64_t)limit);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        g_ptr_array_add(list, read_filing(statement));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

struct ledger_filing *ledger_find_filing(struct ledger *ledger, int64_t message, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, FILING_COLUMNS "WHERE m.id = ?", "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "there is no mail %" G_GINT64_FORMAT " in the ledger", message);
    if (step != SQLITE_ROW)
        return NULL;
    struct ledger_filing *filing = read_filing(statement);
    sqlite3_reset(statement);
    return filing;
}

bool ledger_set_state(struct ledger *ledger, int64_t message, const char *state, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE messages SET state = ?1, folder = CASE WHEN ?1 = 'filed' THEN (SELECT category FROM decisions WHERE id = messages.decision)"
        " ELSE folder END WHERE id = ?2",
        "ti", state, message);
}
