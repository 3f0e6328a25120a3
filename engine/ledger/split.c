/* An action that becomes one for each recipient. A decision names a role; only an actor knows whose addresses
 * that is, so the split is the answer to the first attempt, and one transaction puts the parts in the whole's
 * place: a crash leaves the whole or the parts. The parts' keys follow from the whole's and the address, so
 * that a split that is done again (a mail decided anew, a role that has other addresses by now) adds those
 * that are missing alone. */
#include "ledger/split.h"
#include "base/error.h"
#include "base/json.h"
#include "ledger/statement.h"
#include "wire/action.h"

struct whole {
    char *key, *telling;
    json_t *args;
};

static void whole_clear(struct whole *whole)
{
    g_free(whole->key);
    g_free(whole->telling);
    json_decref(whole->args);
}

static bool whole_read(struct ledger *ledger, int64_t action, struct whole *whole, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT key, telling, args FROM actions WHERE id = ?", "i", action);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "there is no action %" G_GINT64_FORMAT, action);
    if (step != SQLITE_ROW)
        return false;
    whole->key = g_strdup(column_text(statement, 0));
    whole->telling = g_strdup(column_text(statement, 1));
    whole->args = column_json(statement, 2);
    sqlite3_reset(statement);
    return true;
}

/* Whether another action has that key and is neither dead nor dropped. */
static bool has_its_own(struct ledger *ledger, int64_t action, const char *key, bool *has, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT count(*) FROM actions WHERE key = ? AND state NOT IN ('dead', 'dropped') AND id <> ?", "ti",
        key, action);
    int64_t count = 0;
    bool good = statement_number(ledger, statement, &count, error);
    *has = count > 0;
    return good;
}

static bool become(struct ledger *ledger, int64_t action, const char *key, const char *telling,
                   const json_t *args, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "UPDATE actions SET attempts = CASE WHEN key = ?1 THEN attempts ELSE 0 END, key = ?1,"
        " telling = ?2, args = ?3, due = ?4 WHERE id = ?5",
        "ttjii", key, telling, args, now, action);
}

static bool add(struct ledger *ledger, int64_t action, const char *key, const char *telling,
                const json_t *args, int64_t now, GError **error)
{
    return statement_run(
        ledger, error,
        "INSERT INTO actions (message, decision, action, actor, args, context, key, telling, state,"
        " priority, due, created, renewed, resent, owed, owed_step, leads) SELECT message, decision, action, actor,"
        " ?1, context, ?2, ?3, 'waiting', priority, ?4, created, renewed, resent, owed, owed_step, leads"
        " FROM actions WHERE id = ?5 ON CONFLICT DO NOTHING",
        "jttii", args, key, telling, now, action);
}

/* The whole becomes the first part that is missing; *rest: it has become one, and others are added. */
static bool split_off(struct ledger *ledger, int64_t action, const struct whole *whole, const char *recipient,
                      int64_t now, bool *rest, GError **error)
{
    g_autofree char *key = action_key_for(whole->key, recipient),
                    *telling = whole->telling != NULL ? action_key_for(whole->telling, recipient) : NULL;
    g_autoptr(json_t) args = json_is_object(whole->args) ? json_deep_copy(whole->args) : json_object();
    bool has;
    json_object_set_new(args, ACTION_RECIPIENT, json_text_new(recipient));
    if (!has_its_own(ledger, action, key, &has, error))
        return false;
    if (has)
        return true;
    bool first = !*rest;
    *rest = true;
    return first ? become(ledger, action, key, telling, args, now, error)
                 : add(ledger, action, key, telling, args, now, error);
}

bool ledger_attempt_split(struct ledger *ledger, int64_t action, const json_t *recipients, int64_t now,
                          GError **error)
{
    struct whole whole = {0};
    bool rest = false;
    bool good = ledger_attempt_withdraw(ledger, action, error) && whole_read(ledger, action, &whole, error);
    for (size_t i = 0; good && i < json_array_size(recipients); i++)
        good = split_off(ledger, action, &whole, json_string_value(json_array_get(recipients, i)), now, &rest,
                         error);
    whole_clear(&whole);
    return good &&
           (rest ||
            statement_run(
                ledger, error,
                "UPDATE actions SET state = 'dropped', ended = ?, reason = 'each address has an action"
                " of its own' WHERE id = ?",
                "ii", now, action));
}

bool split_covers(struct ledger *ledger, int64_t message, const char *key, bool *covers, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT count(*), coalesce(sum(state IN ('dead', 'dropped') AND NOT EXISTS (SELECT 1 FROM actions twin"
        " WHERE twin.key = part.key AND twin.state NOT IN ('dead', 'dropped'))), 0)"
        " FROM actions part WHERE message = ?1 AND substr(key, 1, ?3) = ?2 || '.'",
        "iti", message, key, (int64_t)ACTION_KEY_LENGTH + 1);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *covers = sqlite3_column_int64(statement, 0) > 0 && sqlite3_column_int64(statement, 1) == 0;
    sqlite3_reset(statement);
    return true;
}
