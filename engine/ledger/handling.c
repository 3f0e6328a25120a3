/* Retry, drop and resend. One transaction (the caller's) reads what is meant and changes it: what an actor
 * holds is "running" in the ledger from before it was given out until its end is written, and is refused. */
#include "ledger/handling.h"
#include "ledger/groups.h"
#include "ledger/statement.h"
#include "base/json.h"

#include <string.h>

const char *handling_name(enum handling handling)
{
    static const char *const names[] = {"retry", "drop", "resend"};
    return names[handling];
}

const char *handling_id_fault(const char *id)
{
    guint64 number;
    return g_ascii_string_to_unsigned(id + (id[0] == 'a'), 10, 1, G_MAXINT64, &number, NULL)
               ? NULL
               : "is neither the number of a mail, such as 12, nor of an action, such as a34; awsift show "
                 "names them";
}

/* An action that is meant, as it is now. */
static json_t *read_meant(sqlite3_stmt *statement)
{
    return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "id", (json_int_t)sqlite3_column_int64(statement, 0),
                     "mail", (json_int_t)sqlite3_column_int64(statement, 1), "name",
                     json_text_new(column_text(statement, 2)), "args", column_json(statement, 3), "state",
                     json_text_new(column_text(statement, 4)), "key",
                     json_text_new(column_text(statement, 5)));
}

#define MEANT "SELECT id, message, action, args, state, key FROM actions a WHERE "

static bool add_meant(struct ledger *ledger, sqlite3_stmt *statement, json_t *list, GError **error)
{
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, read_meant(statement));
    return step == SQLITE_DONE;
}

/* Of a mail, what can be handled so: a mail has many actions, and most of them are well. */
static bool add_of_mail(struct ledger *ledger, enum handling what, int64_t mail, json_t *list, GError **error)
{
    return add_meant(ledger,
                     statement_bind(ledger, error,
                                    MEANT "message = ?1 AND CASE ?2 WHEN 'resend' THEN state = 'done'"
                                          " ELSE state IN ('dead', 'waiting', 'running') END ORDER BY id",
                                    "it", mail, handling_name(what)),
                     list, error);
}

static bool add_by_id(struct ledger *ledger, enum handling what, const char *id, json_t *list, GError **error)
{
    size_t before = json_array_size(list);
    bool is_action = id[0] == 'a';
    int64_t number = g_ascii_strtoll(id + is_action, NULL, 10);
    bool good =
        is_action ? add_meant(ledger, statement_bind(ledger, error, MEANT "id = ?", "i", number), list, error)
                  : add_of_mail(ledger, what, number, list, error);
    if (good && json_array_size(list) == before) {
        g_autofree char *text = is_action ? g_strdup_printf("there is no action %s in the ledger", id)
                                : what == HANDLING_RESEND
                                    ? g_strdup_printf("mail %s has no action that is done", id)
                                    : g_strdup_printf("mail %s has no action that is dead or waits", id);
        json_array_append_new(list, json_pack("{s:s, s:o}", "asked", id, "error", json_text_new(text)));
    }
    return good;
}

/* What is to be tried again was tried before: what waits for its time alone is left alone. */
static bool add_by_filter(struct ledger *ledger, const struct ledger_handling *wish, json_t *list,
                          GError **error)
{
    return add_meant(
        ledger,
        statement_bind(ledger, error,
                       MEANT
                       "(state = 'dead' OR (state = 'waiting' AND NOT ?1 AND (?6 OR attempts > 0)))"
                       " AND (?2 IS NULL OR action = ?2)"
                       " AND (?3 IS NULL OR (json_valid(args) AND json_extract(args, '$.channel') = ?3))"
                       " AND created >= ?4 ORDER BY id LIMIT ?5",
                       "ittiii", (int64_t)wish->dead, wish->action, wish->channel, wish->since,
                       (int64_t)HANDLING_MOST + 1, (int64_t)(wish->what == HANDLING_DROP)),
        list, error);
}

/* A mail and one of its actions may be named both. */
static void keep_first_of_each(json_t *list)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (size_t i = 0; i < json_array_size(list);) {
        int64_t id = json_number(json_array_get(list, i), "id", 0);
        if (id == 0 || g_hash_table_add(seen, g_memdup2(&id, sizeof id)))
            i++;
        else
            json_array_remove(list, i);
    }
}

static json_t *meant_by(struct ledger *ledger, const struct ledger_handling *wish, GError **error)
{
    g_autoptr(json_t) list = json_array();
    bool good = wish->ids != NULL || add_by_filter(ledger, wish, list, error);
    for (size_t i = 0; good && i < json_array_size(wish->ids); i++)
        good = add_by_id(ledger, wish->what, json_string_value(json_array_get(wish->ids, i)), list, error);
    if (good)
        keep_first_of_each(list);
    return good ? g_steal_pointer(&list) : NULL;
}

/* Why it cannot be, in words; NULL when it can. twin: an action of the same key that is neither dead nor
 * dropped. */
static char *obstacle(enum handling what, const char *state, int64_t twin)
{
    bool open = strcmp(state, "dead") == 0 || strcmp(state, "waiting") == 0;
    if (strcmp(state, "running") == 0)
        return g_strdup("it is in an actor's hand right now; ask again in a moment");
    if (strcmp(state, "gathered") == 0)
        return g_strdup("another mail's action tells it; awsift show says which");
    if (what == HANDLING_RESEND)
        return strcmp(state, "done") == 0
                   ? NULL
                   : g_strdup_printf("it is %s: only what is done is sent again", state);
    if (!open)
        return g_strdup_printf("it is %s: there is nothing to %s%s", state, handling_name(what),
                               strcmp(state, "done") == 0 ? "; awsift resend does it once more" : "");
    if (what == HANDLING_RETRY && twin > 0)
        return g_strdup_printf("a%" G_GINT64_FORMAT " was queued in its place", twin);
    return NULL;
}

static bool find_twin(struct ledger *ledger, const json_t *meant, int64_t *twin, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT coalesce(max(id), 0) FROM actions WHERE key = ? AND state"
                       " NOT IN ('dead', 'dropped') AND id <> ?",
                       "ti", json_text_or(meant, "key", ""), json_number(meant, "id", 0));
    return statement_number(ledger, statement, twin, error);
}

/* One that was gathered is the group's no longer: the others' fate is not its own. */
static bool retry_one(struct ledger *ledger, int64_t id, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE actions SET state = 'waiting', due = ?1, attempts = 0, crashes = 0,"
        " renewed = ?1, ended = NULL, gathered = NULL WHERE id = ?2 AND state IN ('dead', 'waiting')",
        "ii", now, id);
}

/* Who names one means that one, and not what else it tells. */
static bool drop_one(struct ledger *ledger, const struct ledger_handling *wish, int64_t id, int64_t now,
                     GError **error)
{
    g_autofree char *reason = g_strdup_printf("dropped by %s%s%s", wish->by, wish->why != NULL ? ": " : "",
                                              wish->why != NULL ? wish->why : "");
    if (wish->ids != NULL && !groups_hand_over(ledger, id, error))
        return false;
    return statement_run(
        ledger, error,
        "UPDATE actions SET state = 'dropped', ended = ?, reason = ?, gathered = NULL WHERE id = ?"
        " AND state IN ('dead', 'waiting')",
        "iti", now, reason, id);
}

/* The key is the old one's and how many there are by then. It tells what was told already, and shall: it has
 * no telling. */
static bool resend_one(struct ledger *ledger, const json_t *meant, int64_t now, int64_t *as, GError **error)
{
    const char *key = json_text_or(meant, "key", "");
    bool good = statement_run(
        ledger, error,
        "INSERT INTO actions (message, decision, action, actor, args, context, key, state, priority, due,"
        " created, resent, leads) SELECT message, decision, action, actor, args, context, ?1 || '+' ||"
        " (SELECT count(*) + 2 FROM actions b WHERE b.message = a.message AND b.resent IS NOT NULL"
        " AND substr(b.key, 1, length(?1) + 1) = ?1 || '+'), 'waiting', priority, ?2, ?2, id, leads"
        " FROM actions a WHERE id = ?3 AND state = 'done'",
        "tii", key, now, json_number(meant, "id", 0));
    *as = sqlite3_last_insert_rowid(ledger->database);
    return good;
}

static bool note(struct ledger *ledger, const struct ledger_handling *wish, int64_t action, int64_t now,
                 GError **error)
{
    return statement_run(ledger, error,
                         "INSERT INTO handlings (action, at, by, what, why) VALUES (?, ?, ?, ?, ?)", "iittt",
                         action, now, wish->by, handling_name(wish->what), wish->why);
}

static bool do_one(struct ledger *ledger, const struct ledger_handling *wish, json_t *meant, int64_t now,
                   GError **error)
{
    int64_t id = json_number(meant, "id", 0), as = 0;
    bool good = wish->what == HANDLING_RETRY  ? retry_one(ledger, id, now, error)
                : wish->what == HANDLING_DROP ? drop_one(ledger, wish, id, now, error)
                                              : resend_one(ledger, meant, now, &as, error);
    if (!good)
        return false;
    if (as != 0) {
        g_autofree char *name = g_strdup_printf("a%" G_GINT64_FORMAT, as);
        json_object_set_new(meant, "as", json_text_new(name));
    }
    return note(ledger, wish, as != 0 ? as : id, now, error);
}

static bool handle_one(struct ledger *ledger, const struct ledger_handling *wish, json_t *meant, int64_t now,
                       GError **error)
{
    static const char *const results[] = {"retried", "dropped", "resent"};
    int64_t twin = 0;
    if (json_text(meant, "error") != NULL)
        return true;
    if (wish->what == HANDLING_RETRY && !find_twin(ledger, meant, &twin, error))
        return false;
    g_autofree char *why_not = obstacle(wish->what, json_text_or(meant, "state", ""), twin);
    if (why_not != NULL)
        json_object_set_new(meant, "error", json_text_new(why_not));
    else if (!wish->dry_run && !do_one(ledger, wish, meant, now, error))
        return false;
    g_autofree char *name = g_strdup_printf("a%" G_GINT64_FORMAT, json_number(meant, "id", 0));
    json_object_set_new(meant, "action", json_text_new(name));
    if (why_not == NULL)
        json_object_set_new(meant, "result", json_string(results[wish->what]));
    json_object_del(meant, "id");
    json_object_del(meant, "key");
    return true;
}

json_t *ledger_handle(struct ledger *ledger, const struct ledger_handling *wish, int64_t now, GError **error)
{
    g_autoptr(json_t) list = meant_by(ledger, wish, error);
    size_t count = json_array_size(list);
    bool good = list != NULL;
    for (size_t i = 0; good && i < MIN(count, HANDLING_MOST); i++)
        good = handle_one(ledger, wish, json_array_get(list, i), now, error);
    while (json_array_size(list) > HANDLING_MOST)
        json_array_remove(list, json_array_size(list) - 1);
    if (count > HANDLING_MOST)
        json_array_append_new(
            list,
            json_pack("{s:s}", "error", "there are more; the first 10000 are done, ask again for the rest"));
    return good ? g_steal_pointer(&list) : NULL;
}

json_t *ledger_handlings(struct ledger *ledger, int64_t action, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT at, by, what, why FROM handlings WHERE action = ? ORDER BY id", "i", action);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "at", column_time(statement, 0), "by",
                                              json_text_new(column_text(statement, 1)), "what",
                                              json_text_new(column_text(statement, 2)), "why",
                                              json_text_new(column_text(statement, 3))));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static json_t *read_dead(sqlite3_stmt *statement)
{
    g_autofree char *name = g_strdup_printf("a%" G_GINT64_FORMAT, (gint64)sqlite3_column_int64(statement, 0));
    json_t *row =
        json_pack("{s:s, s:I, s:o, s:o, s:I}", "action", name, "mail",
                  (json_int_t)sqlite3_column_int64(statement, 1), "args", column_json(statement, 2), "ended",
                  column_time(statement, 3), "attempts", (json_int_t)sqlite3_column_int64(statement, 4));
    static const char *const texts[] = {"name",     "destination", "failure", "reason",
                                        "category", "account",     "rule",    "subject"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        json_object_set_new(row, texts[i], json_text_new(column_text(statement, 5 + (int)i)));
    return row;
}

bool ledger_dead(struct ledger *ledger, const struct ledger_filter *filter, ledger_row each, void *data,
                 GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT a.id, a.message, a.args, a.ended, a.attempts, a.action, a.destination, a.failure, a.reason,"
        " d.category, d.account, d.rule, m.subject FROM actions a LEFT JOIN messages m ON m.id = a.message"
        " LEFT JOIN decisions d ON d.id = m.decision WHERE a.state = 'dead'"
        " AND (?1 IS NULL OR d.category = ?1) AND (?2 IS NULL OR d.account = ?2) AND (?3 IS NULL OR d.rule = ?3)"
        " AND a.ended >= ?4 AND (?5 = 0 OR a.ended < ?5) ORDER BY a.ended DESC, a.id DESC LIMIT ?6",
        "tttiii", filter->category, filter->account, filter->rule, filter->since, filter->until,
        filter->limit > 0 ? filter->limit : (int64_t)-1);
    int step = SQLITE_ERROR;
    bool more = true;
    while (statement != NULL && more && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autoptr(json_t) row = read_dead(statement);
        more = each(row, data);
    }
    if (statement != NULL)
        sqlite3_reset(statement);
    return step == SQLITE_DONE || step == SQLITE_ROW;
}
