/* Acknowledging. Who comes second is told who was first. What waits of it is dropped at once; what an actor
 * has in hand cannot be called back, but is not tried again. A page that went out, or may have, is followed
 * by an event that acknowledges it at its service as well. */
#include "ledger/owed.h"
#include "ledger/statement.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/action.h"

#include <string.h>

#define BEHIND INT64_C(5000) /* ms that the event comes after a page which is on its way now */

static json_t *refusal(int64_t message, char *why)
{
    json_t *result =
        json_pack("{s:I, s:b, s:o}", "id", (json_int_t)message, "ok", 0, "error", json_text_new(why));
    g_free(why);
    return result;
}

/* Why nothing of the mail is open. */
static json_t *why_not(struct ledger *ledger, int64_t message, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT o.outcome, o.ended, o.by, o.reason FROM messages m LEFT JOIN owed o ON o.message = m.id"
        " WHERE m.id = ? ORDER BY o.outcome = 'acknowledged' DESC, o.ended DESC, o.id DESC LIMIT 1",
        "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        return refusal(message, g_strdup("there is no mail of that number in the ledger"));
    if (step != SQLITE_ROW)
        return NULL;
    const char *outcome = column_text(statement, 0), *reason = column_text(statement, 3);
    g_autofree char *when = time_format(sqlite3_column_int64(statement, 1));
    char *why;
    if (outcome == NULL)
        why = g_strdup("nothing of this mail waits to be acknowledged; awsift ack lists what does");
    else if (strcmp(outcome, "acknowledged") == 0)
        why = g_strdup_printf("%s already, at %s", reason, when);
    else if (strcmp(outcome, "told") == 0)
        why = g_strdup_printf("%s: acknowledge that one", reason);
    else
        why = g_strdup_printf("%s at %s", reason, when);
    sqlite3_reset(statement);
    return refusal(message, why);
}

static json_t *open_of(struct ledger *ledger, int64_t message, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT kind, json_extract(plan, '$.name'), began, until FROM owed WHERE message = ? AND ended IS NULL ORDER BY id",
        "i", message);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autofree char *since = time_format(sqlite3_column_int64(statement, 2)),
                        *until = sqlite3_column_type(statement, 3) != SQLITE_NULL
                                     ? time_format(sqlite3_column_int64(statement, 3))
                                     : NULL;
        json_array_append_new(list, json_pack("{s:s, s:o, s:s, s:o}", "kind", column_text(statement, 0),
                                              "name", json_text_new(column_text(statement, 1)), "since",
                                              since, "until", json_text_new(until)));
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

/* Pages that went out, or may have. */
struct page {
    int64_t decision, priority;
    bool running;
    char *key;
    json_t *args;
};

static void page_free(void *data)
{
    struct page *page = data;
    g_free(page->key);
    json_decref(page->args);
    g_free(page);
}

static GPtrArray *pages_of(struct ledger *ledger, int64_t message, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(page_free);
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT decision, priority, state = 'running', key, args FROM actions WHERE message = ?"
        " AND action = 'page' AND owed IN (SELECT id FROM owed WHERE ended IS NULL)"
        " AND (state IN ('done', 'running') OR EXISTS (SELECT 1 FROM attempts t WHERE"
        " t.action = actions.id AND t.outcome = 'unknown')) ORDER BY id",
        "i", message);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        struct page *page = g_new0(struct page, 1);
        page->decision = sqlite3_column_int64(statement, 0);
        page->priority = sqlite3_column_int64(statement, 1);
        page->running = sqlite3_column_int(statement, 2) != 0;
        page->key = g_strdup(column_text(statement, 3));
        page->args = column_json(statement, 4);
        g_ptr_array_add(list, page);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

/* One a channel: the incident is the same. */
static bool page_follow(struct ledger *ledger, const struct owed_ack *ack, const struct page *page,
                        int64_t now, int *follow, GError **error)
{
    g_autoptr(json_t) args = json_pack("{s:O, s:s, s:s}", "channel", json_object_get(page->args, "channel"),
                                       "event", "acknowledge", "by", ack->by);
    g_autofree char *number = g_strdup_printf("acknowledge %" G_GINT64_FORMAT, ack->message),
                    *key = action_key(number, "", "page", args, 0);
    if (!statement_run(
            ledger, error,
            "INSERT INTO actions (message, decision, action, actor, args, key, state, priority, due,"
            " created) VALUES (?, ?, 'page', 'courier', ?, ?, 'waiting', ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            "iijtiii", ack->message, page->decision, args, key, page->priority,
            page->running ? now + BEHIND : now, now))
        return false;
    *follow += sqlite3_changes(ledger->database);
    return true;
}

static bool end_all(struct ledger *ledger, const struct owed_ack *ack, int64_t now, int *dropped,
                    GError **error)
{
    g_autofree char *reason = g_strdup_printf("acknowledged by %s", ack->by);
    if (!statement_run(ledger, error,
                       "UPDATE actions SET state = 'dropped', ended = ?, reason = ? WHERE state = 'waiting'"
                       " AND owed IN (SELECT id FROM owed WHERE message = ? AND ended IS NULL)",
                       "iti", now, reason, ack->message))
        return false;
    *dropped = sqlite3_changes(ledger->database);
    return statement_run(ledger, error,
                         "UPDATE owed SET ended = ?, due = NULL, outcome = 'acknowledged', by = ?, note = ?,"
                         " reason = ? WHERE message = ? AND ended IS NULL",
                         "ittti", now, ack->by, ack->note, reason, ack->message);
}

bool owed_acknowledge(struct ledger *ledger, const struct owed_ack *ack, int64_t now, json_t **result,
                      GError **error)
{
    *result = NULL;
    g_autoptr(json_t) open = open_of(ledger, ack->message, error);
    if (open == NULL)
        return false;
    if (json_array_size(open) == 0) {
        *result = why_not(ledger, ack->message, error);
        return *result != NULL;
    }
    g_autoptr(GPtrArray) pages = pages_of(ledger, ack->message, error);
    int dropped = 0, follow = 0;
    if (pages == NULL || !end_all(ledger, ack, now, &dropped, error))
        return false;
    for (guint i = 0; i < pages->len; i++)
        if (!page_follow(ledger, ack, pages->pdata[i], now, &follow, error))
            return false;
    *result = json_pack("{s:I, s:b, s:O, s:i, s:i}", "id", (json_int_t)ack->message, "ok", 1, "ended", open,
                        "dropped", dropped, "follow", follow);
    return true;
}
