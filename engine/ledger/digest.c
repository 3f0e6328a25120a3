/* The daily digest: what came since the last one that no rule knew exactly, and which rules have gone silent,
 * as the data of one action. It is collected, queued and marked as made in one transaction: none is made
 * twice, none is lost. Decisions count by their number, since one that was made earlier may be written later.
 */
#include "ledger/statement.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/action.h"
#include "wire/decision.h"

enum { MAILS_MOST = 200, SILENT_MOST = 100, TEXT_MOST = 2000 };

#define DAY INT64_C(86400000)
#define UNKNOWN_SINCE                                                                                        \
    " FROM decisions d JOIN messages m ON m.id = d.message AND m.decision = d.id WHERE d.id > ?"             \
    " AND d.previous IS NULL AND d.by = 'rules'"                                                             \
    " AND (d.category = 'unmatched' OR d.certainty = 'general')" /* as in the index decisions_unknown */

bool ledger_digest_last(struct ledger *ledger, int64_t now, int64_t *made, GError **error)
{
    static const char sql[] = "SELECT made FROM digests WHERE id = (SELECT max(id) FROM digests)";
    sqlite3_stmt *statement = statement_bind(ledger, error, sql, "");
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_ROW)
        *made = sqlite3_column_int64(statement, 0);
    if (statement != NULL)
        sqlite3_reset(statement);
    if (step != SQLITE_DONE)
        return step == SQLITE_ROW;
    *made = now; /* the first one tells of the day before, of nothing that is older */
    return statement_run(ledger, error,
                         "INSERT INTO digests (made, decision, action) SELECT ?, coalesce(max(id), 0), NULL"
                         " FROM decisions WHERE decided < ?",
                         "ii", now, now - DAY);
}

static char *clipped(const char *text)
{
    glong length = text != NULL ? g_utf8_strlen(text, -1) : 0;
    return text != NULL ? g_utf8_substring(text, 0, MIN(length, TEXT_MOST)) : NULL;
}

static json_t *mail_of(sqlite3_stmt *statement)
{
    g_autoptr(json_t) decision = column_json(statement, 2), context = column_json(statement, 3);
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)sqlite3_column_int64(statement, 0)),
                    *arrived = time_format(sqlite3_column_int64(statement, 1)),
                    *text = clipped(json_text(context, "text"));
    json_t *mail = decision_outline(decision);
    json_object_set_new(mail, "name", json_text_new(name));
    json_object_set_new(mail, "arrived", json_text_new(arrived));
    json_object_set_new(mail, "text", json_text_new(text));
    return mail;
}

/* The newest of them. */
static json_t *mails_since(struct ledger *ledger, int64_t decision, GError **error)
{
    g_autoptr(json_t) mails = json_array();
    sqlite3_stmt *statement = statement_bind(ledger, error,
                                             "SELECT m.id, m.arrived, d.decision, d.context" UNKNOWN_SINCE
                                             " ORDER BY d.id DESC LIMIT ?",
                                             "ii", decision, (int64_t)MAILS_MOST);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW)
        json_array_append_new(mails, mail_of(statement));
    return step == SQLITE_DONE ? g_steal_pointer(&mails) : NULL;
}

/* Of all of them, and of those that a general rule decided. */
static bool count_since(struct ledger *ledger, int64_t decision, int64_t *count, int64_t *general,
                        GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT count(*), count(*) FILTER (WHERE d.certainty = 'general')" UNKNOWN_SINCE, "i",
        decision);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *count = sqlite3_column_int64(statement, 0);
    *general = sqlite3_column_int64(statement, 1);
    sqlite3_reset(statement);
    return true;
}

/* Those that were not silent yet when the last digest was made: each is told once. */
static json_t *silent_since(struct ledger *ledger, int64_t made, int64_t now, GError **error)
{
    g_autoptr(json_t) counts = ledger_rule_counts(ledger, error);
    if (counts == NULL)
        return NULL;
    json_t *silent = json_array(), *name;
    g_autoptr(json_t) rules = json_keys(counts);
    size_t index;
    json_array_foreach(rules, index, name) {
        const json_t *count = json_object_get(counts, json_string_value(name));
        if (!ledger_rule_is_silent(count, LEDGER_SILENT_MONTHS, now) ||
            ledger_rule_is_silent(count, LEDGER_SILENT_MONTHS, made) ||
            json_array_size(silent) == SILENT_MOST)
            continue;
        g_autofree char *last = time_format(json_number(count, "last", 0));
        json_array_append_new(silent, json_pack("{s:O, s:I, s:s}", "rule", name, "count",
                                                (json_int_t)json_number(count, "count", 0), "last", last));
    }
    return silent;
}

static bool queue(struct ledger *ledger, const json_t *args, int64_t made, int64_t now, GError **error)
{
    g_autofree char *identity = g_strdup_printf("digest since %" G_GINT64_FORMAT, made),
                    *key = action_key(identity, "", "digest", args, 0);
    g_autoptr(json_t) context =
        json_pack("{s:n, s:s, s:s, s:s, s:n, s:n}", "message_id", "subject", "[awsift] digest", "category",
                  "digest", "priority", "low", "contact", "account");
    return statement_run(
        ledger, error,
        "INSERT INTO actions (message, decision, action, actor, args, context, key, state, priority, due,"
        " created) VALUES (0, 0, 'digest', 'courier', ?, ?, ?, 'waiting', 3, ?, ?)",
        "jjtii", args, context, key, now, now);
}

static bool find_last_decision(struct ledger *ledger, int64_t *decision, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT decision FROM digests WHERE id = (SELECT max(id) FROM digests)", "");
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *decision = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return true;
}

bool ledger_digest_make(struct ledger *ledger, int64_t made, int64_t now, bool *queued, GError **error)
{
    int64_t decision = 0, count = 0, general = 0;
    *queued = false;
    if (!find_last_decision(ledger, &decision, error) ||
        !count_since(ledger, decision, &count, &general, error))
        return false;
    g_autoptr(json_t) mails = mails_since(ledger, decision, error);
    g_autoptr(json_t) silent = mails != NULL ? silent_since(ledger, made, now, error) : NULL;
    if (silent == NULL)
        return false;
    g_autofree char *since = time_format(made);
    g_autoptr(json_t) args =
        json_pack("{s:s, s:I, s:I, s:O, s:O}", "since", since, "count", (json_int_t)count, "general",
                  (json_int_t)general, "mails", mails, "silent", silent);
    *queued = count > 0 || json_array_size(silent) > 0;
    if (*queued && !queue(ledger, args, made, now, error))
        return false;
    return statement_run(ledger, error,
                         "INSERT INTO digests (made, decision, action) SELECT ?1, coalesce(max(id), 0),"
                         " CASE WHEN ?2 THEN last_insert_rowid() END FROM decisions",
                         "ii", now, (int64_t)*queued);
}
