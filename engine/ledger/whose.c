/* An action names a role, and only the decision that it belongs to says of which contact. So the key of a
 * role's action says nothing of who was told, and a mail that is another contact's by now would be taken for
 * told. What is for the operators, or for a channel, is for the same people whosever the mail is. It fails as
 * the ledger does. */
#include "ledger/whose.h"
#include "ledger/groups.h"
#include "ledger/statement.h"
#include "base/json.h"

#include <string.h>

static const char why_ended[] = "decided otherwise: the mail is another contact's by now";

#define ANOTHER_CONTACTS " AND json_extract(d.context, '$.contact') IS NOT ?2"

static const char *contact_of(const struct ledger_decision *decision)
{
    return json_text(decision->context, "contact");
}

static bool is_for_a_contact(const json_t *args)
{
    const char *role = json_text(args, "to");
    return role != NULL && strcmp(role, "operators") != 0;
}

static char *key_with(const char *key, const char *contact)
{
    g_autofree char *both = g_strconcat(key, "\n", contact != NULL ? contact : "", NULL);
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);
}

/* Not a group's that may have been told already: it is the others' too. */
static json_t *waiting_for_another(struct ledger *ledger, int64_t message, const char *contact,
                                   GError **error)
{
    static const char sql[] =
        "SELECT a.id FROM actions a JOIN decisions d ON d.id = a.decision WHERE a.message = ?1"
        " AND a.state IN ('waiting', 'gathered') AND a.owed IS NULL AND json_extract(a.args, '$.to') <> 'operators'"
        " AND (a.leads IS NULL OR a.outcome IS NOT 'unknown')" ANOTHER_CONTACTS " ORDER BY a.id";
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "it", message, contact);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(list, json_integer(sqlite3_column_int64(statement, 0)));
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

bool whose_drop(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                GError **error)
{
    size_t index;
    json_t *id;
    g_autoptr(json_t) list = waiting_for_another(ledger, message, contact_of(decision), error);
    json_array_foreach(list, index, id)
        if (!groups_hand_over(ledger, json_integer_value(id), error) ||
            !statement_run(ledger, error,
                           "UPDATE actions SET state = 'dropped', ended = ?, reason = ?, gathered = NULL"
                           " WHERE id = ? AND state IN ('waiting', 'gathered')",
                           "iti", decision->decided, why_ended, json_integer_value(id)))
            return false;
    return list != NULL;
}

/* Of an action, or of a part of one that was split. */
#define KEY_IS(key) "(a.key = " key " OR (a.key > " key " || '.' AND a.key < " key " || '/'))"

/* Once it has the key that follows from both it keeps that, whatever becomes of the other contact's. */
bool whose_action(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                  const json_t *action, char **key, GError **error)
{
    static const char sql[] =
        "SELECT count(*) FROM actions a JOIN decisions d ON d.id = a.decision WHERE a.message = ?1"
        " AND (" KEY_IS("?4") " OR (" KEY_IS(
            "?3") " AND (a.state NOT IN ('dead', 'dropped') OR a.outcome = 'unknown')" ANOTHER_CONTACTS "))";
    const char *own = json_text_or(action, "key", ""), *contact = contact_of(decision);
    g_autofree char *with = key_with(own, contact);
    int64_t count = 0;
    *key = NULL;
    if (is_for_a_contact(json_object_get(action, "args")) &&
        !statement_number(ledger, statement_bind(ledger, error, sql, "ittt", message, contact, own, with),
                          &count, error))
        return false;
    *key = count > 0 ? g_steal_pointer(&with) : g_strdup(own);
    return true;
}

/* Whether any step of it rings a phone that the contact says. */
static bool calls_a_contact(const json_t *plan)
{
    size_t i, k;
    json_t *step, *action;
    json_array_foreach(json_object_get(plan, "steps"), i, step)
        json_array_foreach(json_object_get(step, "actions"), k, action)
            if (is_for_a_contact(json_object_get(action, "args")))
                return true;
    return false;
}

/* Whether a row of that key is owed by a decision for another contact. What was acknowledged rings nobody. */
static bool is_owed_by_another(struct ledger *ledger, const char *key, const char *contact, bool *another,
                               GError **error)
{
    int64_t count = 0;
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT count(*) FROM owed o JOIN decisions d ON d.id = o.decision WHERE o.key = ?1"
                       " AND o.outcome IS NOT 'acknowledged'" ANOTHER_CONTACTS,
                       "tt", key, contact);
    bool good = statement_number(ledger, statement, &count, error);
    *another = count > 0;
    return good;
}

/* The key of that call where somebody acknowledged it, whichever contact's it was then; else NULL in *found.
 */
static bool find_acknowledged(struct ledger *ledger, int64_t message, const char *key, char **found,
                              GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT o.key, json_extract(d.context, '$.contact') FROM owed o JOIN decisions d ON d.id = o.decision"
        " WHERE o.message = ? AND o.kind = 'call' AND o.outcome = 'acknowledged'",
        "i", message);
    int step = SQLITE_ERROR;
    *found = NULL;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        const char *its = column_text(statement, 0);
        g_autofree char *with = key_with(key, column_text(statement, 1));
        if (*found == NULL && (strcmp(its, key) == 0 || strcmp(its, with) == 0))
            *found = g_strdup(its);
    }
    return step == SQLITE_DONE;
}

/* What rings the operators alone goes on. */
static bool calls_end(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                      GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE owed SET ended = ?3, due = NULL, outcome = 'decided', by = ?4, reason = ?5"
                         " WHERE message = ?1 AND kind = 'call' AND ended IS NULL AND EXISTS (SELECT 1 FROM"
                         " decisions d WHERE d.id = owed.decision" ANOTHER_CONTACTS ") AND EXISTS (SELECT 1"
                         " FROM json_each(plan, '$.steps') step, json_each(step.value, '$.actions') action"
                         " WHERE json_extract(action.value, '$.args.to') <> 'operators')",
                         "ititt", message, contact_of(decision), decision->decided, decision->by, why_ended);
}

static bool owed_one(struct ledger *ledger, int64_t message, int64_t decision_id,
                     const struct ledger_decision *decision, json_t *entry, GError **error)
{
    const char *key = json_text_or(entry, "key", ""), *contact = contact_of(decision),
               *kind = json_text_or(entry, "kind", "");
    bool another;
    if (strcmp(kind, "page") == 0 || !calls_a_contact(json_object_get(entry, "plan")))
        return true;
    if (!is_owed_by_another(ledger, key, contact, &another, error))
        return false;
    if (strcmp(kind, "answer") == 0)
        return !another ||
               statement_run(ledger, error, "UPDATE owed SET decision = ? WHERE key = ? AND ended IS NULL",
                             "it", decision_id, key);
    g_autofree char *acknowledged = NULL;
    if (!find_acknowledged(ledger, message, key, &acknowledged, error))
        return false;
    g_autofree char *with = another ? key_with(key, contact) : g_strdup(key);
    json_object_set_new(entry, "key", json_text_new(acknowledged != NULL ? acknowledged : with));
    return calls_end(ledger, message, decision, error);
}

json_t *whose_owed(struct ledger *ledger, int64_t message, int64_t decision_id,
                   const struct ledger_decision *decision, GError **error)
{
    g_autoptr(json_t) owed = decision->owed != NULL ? json_deep_copy(decision->owed) : json_array();
    size_t index;
    json_t *entry;
    json_array_foreach(owed, index, entry)
        if (!owed_one(ledger, message, decision_id, decision, entry, error))
            return NULL;
    return g_steal_pointer(&owed);
}
