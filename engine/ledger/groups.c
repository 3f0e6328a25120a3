/* Groups of actions that are told at once. The members stand in the table of actions like all others, so that
 * a key is taken from the moment it is gathered, and a mail that is decided again adds nothing. What makes
 * gathering fail is the ledger alone; it is part of the transaction that records the decision. */
#include "ledger/groups.h"
#include "ledger/statement.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

enum { RESOURCES_MOST = 100, TEXT_MOST = 2000 };

/* Whether another mail's action tells the same, or has; or some of those whom this one is for were told by
 * earlier parts of it, so that it is for the others alone, and what it gathered would not reach all. Of one
 * that was split, each part has the whole's key and telling, "." and its own. */
static bool stands_alone(struct ledger *ledger, int64_t id, const json_t *action, bool *alone, GError **error)
{
    static const char sql[] =
        "SELECT EXISTS (SELECT 1 FROM actions b WHERE b.message <> a.message"
        " AND (b.telling = ?1 OR (b.telling > ?1 || '.' AND b.telling < ?1 || '/'))"
        " AND b.state NOT IN ('dead', 'dropped')) OR EXISTS (SELECT 1 FROM actions part"
        " WHERE part.message = a.message AND part.key > a.key || '.' AND part.key < a.key || '/')"
        " FROM actions a WHERE a.id = ?2";
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "ti", json_text(action, "telling"), id);
    int64_t stands = 0;
    bool good = statement_number(ledger, statement, &stands, error);
    *alone = stands != 0;
    return good;
}

static void copy_text(json_t *into, const json_t *from, const char *key)
{
    if (json_text(from, key) != NULL)
        json_object_set(into, key, json_object_get(from, key));
}

static void copy_list(json_t *into, const json_t *from, const char *key)
{
    const json_t *list = json_object_get(from, key);
    size_t count = json_array_size(list);
    if (count == 0)
        return;
    json_t *copy = json_array();
    for (size_t i = 0; i < MIN(count, (size_t)RESOURCES_MOST); i++)
        json_array_append(copy, json_array_get(list, i));
    json_object_set_new(into, key, copy);
    if (count > RESOURCES_MOST && strcmp(key, "resources") == 0)
        json_object_set_new(into, "more", json_integer((json_int_t)(count - RESOURCES_MOST)));
}

/* What the list says of one mail. */
static json_t *outline(const json_t *decision)
{
    static const char *const own[] = {"account", "subject", "rule", "service"},
                             *const said[] = {"title", "event_type", "starts", "ends", "deadline", "status"},
                             *const lists[] = {"accounts", "regions", "resources"};
    const json_t *notice = json_object_get(decision, "notice");
    json_t *mail = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        copy_text(mail, decision, own[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        copy_text(mail, notice, said[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        copy_list(mail, notice, lists[i]);
    return mail;
}

static json_t *text_of(const json_t *args)
{
    const char *text = json_text(args, "text");
    glong length = text != NULL ? g_utf8_strlen(text, -1) : 0;
    g_autofree char *clipped = text != NULL ? g_utf8_substring(text, 0, MIN(length, TEXT_MOST)) : NULL;
    return json_text_new(clipped);
}

static int64_t size_of(const json_t *decision, const json_t *action)
{
    g_autoptr(json_t) mail = outline(decision);
    json_object_set_new(mail, "text", text_of(json_object_get(action, "args")));
    g_autofree char *text = json_canonical(mail);
    return (int64_t)strlen(text);
}

static bool begin(struct ledger *ledger, int64_t id, const json_t *group, int64_t size, int64_t now,
                  GError **error)
{
    fault_point("group-begins");
    int64_t wait = json_number(group, "wait", 0), most = MAX(json_number(group, "most", 0), wait);
    return statement_run(ledger, error,
                         "INSERT INTO groups (key, opened, until, members, bytes, open)"
                         " VALUES (?, ?, ?, 1, ?, 1)",
                         "tiii", json_text(group, "key"), now, now + most, size) &&
           statement_run(ledger, error,
                         "UPDATE actions SET leads = last_insert_rowid(), due = ? WHERE id = ?", "ii",
                         now + wait, id);
}

/* Each one that comes makes the leader wait anew, up to the group's end; one that is full waits no longer for
 * more. */
static bool join(struct ledger *ledger, int64_t id, int64_t group, const json_t *terms, int64_t size,
                 int64_t now, GError **error)
{
    fault_point("group-joined");
    return statement_run(ledger, error, "UPDATE actions SET state = 'gathered', gathered = ? WHERE id = ?",
                         "ii", group, id) &&
           statement_run(ledger, error,
                         "UPDATE groups SET members = members + 1, bytes = bytes + ?2,"
                         " open = members + 1 < ?3 AND bytes + ?2 < ?4 WHERE id = ?1",
                         "iiii", group, size, (int64_t)GROUP_MEMBERS_MOST, (int64_t)GROUP_BYTES_MOST) &&
           statement_run(ledger, error,
                         "UPDATE actions SET priority = min(priority, (SELECT priority FROM actions WHERE"
                         " id = ?2)), due = (SELECT CASE WHEN open THEN min(until, ?3) ELSE ?4 END"
                         " FROM groups WHERE id = ?1) WHERE leads = ?1",
                         "iiii", group, id, now + json_number(terms, "wait", 0), now);
}

static bool find_open(struct ledger *ledger, const char *key, int64_t *group, GError **error)
{
    *group = 0;
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT id FROM groups WHERE key = ? AND open", "t", key);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        *group = sqlite3_column_int64(statement, 0);
        sqlite3_reset(statement);
    }
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool groups_gather(struct ledger *ledger, int64_t id, const json_t *action, const json_t *decision,
                   int64_t now, GError **error)
{
    const json_t *terms = json_object_get(action, "group");
    int64_t group = 0;
    bool alone;
    if (json_text(terms, "key") == NULL)
        return true;
    if (!stands_alone(ledger, id, action, &alone, error))
        return false;
    if (alone)
        return true;
    int64_t size = size_of(decision, action);
    if (!find_open(ledger, json_text(terms, "key"), &group, error))
        return false;
    return group == 0 ? begin(ledger, id, terms, size, now, error)
                      : join(ledger, id, group, terms, size, now, error);
}

bool groups_hand_over(struct ledger *ledger, int64_t action, GError **error)
{
    static const char sql[] =
        "UPDATE actions SET state = CASE l.state WHEN 'waiting' THEN 'waiting' ELSE actions.state END,"
        " priority = l.priority, due = l.due, leads = l.leads, gathered = NULL"
        " FROM (SELECT a.state, a.priority, a.due, a.leads, (SELECT min(m.id) FROM actions m"
        " WHERE m.gathered = a.leads AND m.state = CASE a.state WHEN 'waiting' THEN 'gathered' ELSE 'dead' END)"
        " AS next FROM actions a WHERE a.id = ?1 AND a.state IN ('waiting', 'dead')"
        " AND a.outcome IS NOT 'unknown' AND NOT EXISTS (SELECT 1 FROM actions o WHERE o.leads = a.leads"
        " AND o.id <> a.id)) l WHERE actions.id = l.next";
    if (!statement_run(ledger, error, sql, "i", action))
        return false;
    return sqlite3_changes(ledger->database) == 0 ||
           statement_run(ledger, error, "UPDATE actions SET leads = NULL WHERE id = ?", "i", action);
}

static json_t *told_mail(sqlite3_stmt *statement)
{
    g_autoptr(json_t) decision = column_json(statement, 1);
    g_autofree char *arrived = time_format(sqlite3_column_int64(statement, 2));
    json_t *mail = outline(decision);
    json_object_set_new(mail, "id", json_integer(sqlite3_column_int64(statement, 0)));
    json_object_set_new(mail, "arrived", json_text_new(arrived));
    json_object_set_new(mail, "contact", json_text_new(column_text(statement, 3)));
    if (column_text(statement, 4) != NULL)
        json_object_set_new(mail, "relation", json_text_new(column_text(statement, 4)));
    return mail;
}

/* Those of a group by their numbers, without one that another action tells by now; an action that was split
 * stands for its own mail once. */
static json_t *mails_of(struct ledger *ledger, int64_t action, int64_t group, bool *alike, GError **error)
{
    static const char sql[] =
        "SELECT a.message, d.decision, m.arrived, json_extract(d.context, '$.contact'), json_extract(d.thread, '$.relation'), json_remove(a.args, '$.recipient') ="
        " (SELECT json_remove(args, '$.recipient') FROM actions WHERE id = ?1), a.args FROM actions a"
        " JOIN decisions d ON d.id = a.decision JOIN messages m ON m.id = a.message"
        " WHERE a.id = ?1 OR (a.gathered = ?2 AND a.state NOT IN ('dead', 'dropped')) ORDER BY a.message, a.id";
    g_autoptr(json_t) mails = json_array(), args = json_array();
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "ii", action, group);
    int step = SQLITE_ERROR;
    *alike = true;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        *alike &= sqlite3_column_int(statement, 5) != 0;
        json_array_append_new(mails, told_mail(statement));
        json_array_append_new(args, column_json(statement, 6));
    }
    for (size_t i = 0; !*alike && i < json_array_size(mails); i++)
        json_object_set_new(json_array_get(mails, i), "text", text_of(json_array_get(args, i)));
    return step == SQLITE_DONE ? g_steal_pointer(&mails) : NULL;
}

json_t *groups_told_by(struct ledger *ledger, int64_t action, int64_t group, GError **error)
{
    bool alike;
    g_autoptr(json_t) mails = mails_of(ledger, action, group, &alike, error);
    if (mails == NULL)
        return NULL;
    if (json_array_size(mails) < 2)
        return json_null();
    return json_pack("{s:I, s:b, s:O}", "count", (json_int_t)json_array_size(mails), "alike", (int)alike,
                     "mails", mails);
}
