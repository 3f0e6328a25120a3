/* What is due. An action waits for its destination alone: each destination is looked at by itself, as far as
 * something of it may go, and a look reads no more rows than it yields, however many wait (the indexes
 * actions_destination and actions_next; test_ledger_queries.c holds the query plans to that). Of equal
 * priority, the first of each destination comes before the second of any: a long queue keeps no short one
 * waiting. */
#include "ledger/action_row.h"
#include "ledger/groups.h"
#include "ledger/holds.h"
#include "ledger/statement.h"
#include "base/error.h"
#include "wire/decision.h"

#include <string.h>

enum { PRIORITIES = 4 }; /* the ranks of priority_rank */

/* Of the actions a: not those that tell what an older one of another mail is about to tell. */
#define FIRST_TO_TELL                                                                                        \
    " (a.telling IS NULL OR NOT EXISTS (SELECT 1 FROM actions b WHERE b.telling = a.telling AND b.state IN"  \
    " ('waiting', 'gathered', 'running') AND b.id < a.id AND b.message <> a.message))"
#define DUE_TO                                                                                               \
    "SELECT " ACTION_COLUMNS " WHERE a.state = 'waiting' AND a.actor = ?1 AND a.destination = ?2"            \
    " AND a.priority = ?3 AND a.due <= ?4 AND" FIRST_TO_TELL
#define IN_ORDER " ORDER BY a.due, a.id LIMIT ?5"

static const char due_sql[] = DUE_TO " AND a.crashes <= " CRASHES_PASSED IN_ORDER;
static const char suspect_sql[] =
    DUE_TO " AND (a.crashes > " CRASHES_PASSED " OR a.actor = 'custom')" IN_ORDER;
/* Those of no mail are few. */
static const char alerts_sql[] =
    "SELECT " ACTION_COLUMNS " WHERE a.state = 'waiting' AND a.message = 0 AND +a.actor = ?1"
    " AND a.due <= ?2 AND a.crashes = 0 ORDER BY a.priority, a.due, a.id LIMIT ?3";
static const char next_destination_sql[] =
    "SELECT min(destination) FROM actions WHERE state = 'waiting' AND actor = ? AND destination > ?";
static const char next_due_sql[] =
    "SELECT min(a.due) FROM actions a WHERE a.state = 'waiting' AND a.actor = ?1"
    " AND a.destination = ?2 AND" FIRST_TO_TELL;

static int by_order(const void *left, const void *right)
{
    const struct ledger_action *a = *(struct ledger_action *const *)left,
                               *b = *(struct ledger_action *const *)right;
    const int64_t differences[] = {a->priority - b->priority, (int64_t)a->turn - (int64_t)b->turn,
                                   a->due - b->due, a->id - b->id};
    for (size_t i = 0; i < G_N_ELEMENTS(differences); i++)
        if (differences[i] != 0)
            return differences[i] < 0 ? -1 : 1;
    return 0;
}

static GPtrArray *list_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)ledger_action_free);
}

/* Those of one destination, at most `most`, the urgent first. */
static bool add_due_to(struct ledger *ledger, const char *sql, const char *actor, const char *destination,
                       int64_t now, unsigned most, GPtrArray *list, GError **error)
{
    unsigned found = 0;
    for (int64_t priority = 0; priority < PRIORITIES && found < most; priority++) {
        sqlite3_stmt *statement = statement_bind(ledger, error, sql, "ttiii", actor, destination, priority,
                                                 now, (int64_t)(most - found));
        int step = SQLITE_ERROR;
        unsigned turn = 0;
        while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
            struct ledger_action *action = action_row_read(statement);
            action->turn = turn++;
            found++;
            g_ptr_array_add(list, action);
        }
        if (step != SQLITE_DONE)
            return false;
    }
    return true;
}

/* Replaces *destination with the next one for which something waits; with NULL after the last. */
static bool next_destination(struct ledger *ledger, const char *actor, char **destination, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, next_destination_sql, "tt", actor, *destination);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    g_free(*destination);
    *destination = g_strdup(column_text(statement, 0));
    sqlite3_reset(statement);
    return true;
}

/* Whether what waits there is tried alone: an action of a rule folder ended its actor. */
static bool is_suspected(struct ledger *ledger, const char *actor, const char *destination, bool *suspected,
                         GError **error)
{
    int64_t count = 0;
    bool good = strcmp(actor, "custom") != 0 ||
                statement_number(ledger,
                                 statement_bind(ledger, error,
                                                "SELECT count(*) FROM actions WHERE state = 'waiting' AND"
                                                " crashes > 0 AND actor = ? AND destination = ?",
                                                "tt", actor, destination),
                                 &count, error);
    *suspected = count > 0;
    return good;
}

static bool look_at(struct ledger *ledger, const struct ledger_wish *wish, const char *destination,
                    GPtrArray *list, GError **error)
{
    bool suspected;
    unsigned most = wish->most_of != NULL ? wish->most_of(destination, wish->data) : wish->most;
    int64_t paused = most > 0 ? ledger_paused_until(ledger, wish->actor, destination, wish->now, error) : 0;
    if (paused < 0 || !is_suspected(ledger, wish->actor, destination, &suspected, error))
        return false;
    return most == 0 || paused > 0 || suspected ||
           add_due_to(ledger, due_sql, wish->actor, destination, wish->now, most, list, error);
}

static GPtrArray *due_alerts(struct ledger *ledger, const struct ledger_wish *wish, GError **error)
{
    g_autoptr(GPtrArray) list = list_new();
    sqlite3_stmt *statement =
        statement_bind(ledger, error, alerts_sql, "tii", wish->actor, wish->now, (int64_t)wish->most);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        g_ptr_array_add(list, action_row_read(statement));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
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
    if (wish->alerts_only)
        return due_alerts(ledger, wish, error);
    g_autoptr(GPtrArray) list = list_new();
    g_autofree char *destination = g_strdup("");
    bool good = look_at(ledger, wish, destination, list, error);
    while (good && (good = next_destination(ledger, wish->actor, &destination, error)) && destination != NULL)
        good = look_at(ledger, wish, destination, list, error);
    if (!good)
        return NULL;
    g_ptr_array_sort(list, by_order);
    return with_groups(ledger, g_steal_pointer(&list), error);
}

static GPtrArray *suspected_destinations(struct ledger *ledger, const char *actor, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    sqlite3_stmt *statement = statement_bind(ledger, error,
                                             "SELECT DISTINCT destination FROM actions a"
                                             " WHERE state = 'waiting' AND crashes > 0 AND actor = ?"
                                             " AND crashes > " CRASHES_PASSED,
                                             "t", actor);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        g_ptr_array_add(list, g_strdup(column_text(statement, 0)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

GPtrArray *ledger_due_suspect(struct ledger *ledger, const char *actor, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) list = list_new(), destinations = suspected_destinations(ledger, actor, error);
    for (guint i = 0; destinations != NULL && i < destinations->len; i++) {
        const char *destination = destinations->pdata[i];
        int64_t paused = ledger_paused_until(ledger, actor, destination, now, error);
        if (paused < 0 ||
            (paused == 0 && !add_due_to(ledger, suspect_sql, actor, destination, now, 1, list, error)))
            return NULL;
    }
    if (destinations == NULL)
        return NULL;
    g_ptr_array_sort(list, by_order);
    g_ptr_array_set_size(list, (int)MIN(list->len, 1));
    return with_groups(ledger, g_steal_pointer(&list), error);
}

/* When the next of that destination may go: INT64_MAX when none waits, -1 on error. */
static int64_t next_due_to(struct ledger *ledger, const char *actor, const char *destination, GError **error)
{
    sqlite3_stmt *statement = statement_bind(ledger, error, next_due_sql, "tt", actor, destination);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return -1;
    bool none = sqlite3_column_type(statement, 0) == SQLITE_NULL;
    int64_t due = none ? INT64_MAX : sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    int64_t paused = none ? 0 : ledger_paused_until(ledger, actor, destination, due, error);
    return paused < 0 ? -1 : MAX(due, paused);
}

int64_t ledger_next_due(struct ledger *ledger, GError **error)
{
    static const char *const actors[] = {"courier", "custom"};
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < G_N_ELEMENTS(actors); i++) {
        g_autofree char *destination = g_strdup("");
        do {
            int64_t due = next_due_to(ledger, actors[i], destination, error);
            if (due < 0 || !next_destination(ledger, actors[i], &destination, error))
                return -1;
            next = MIN(next, due);
        } while (destination != NULL);
    }
    return next;
}

bool ledger_hush(struct ledger *ledger, const char *telling, int64_t now, bool *hushed, GError **error)
{
    *hushed = false;
    if (telling == NULL)
        return true;
    bool good = statement_run(
        ledger, error,
        "UPDATE actions SET state = 'dropped', ended = ?1, reason = 'told already, by mail ' ||"
        " (SELECT min(b.message) FROM actions b WHERE b.telling = ?2 AND b.state = 'done')"
        " WHERE telling = ?2 AND state = 'waiting'"
        " AND (leads IS NULL OR (SELECT members FROM groups WHERE id = leads) = 1)" /* nor what it gathered */
        " AND EXISTS (SELECT 1 FROM actions b"
        " WHERE b.telling = ?2 AND b.state = 'done' AND b.message <> actions.message)",
        "it", now, telling);
    *hushed = good && sqlite3_changes(ledger->database) > 0;
    return good;
}
