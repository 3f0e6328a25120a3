/* Writing down what came and what was decided. */
#include "ledger/groups.h"
#include "ledger/owed.h"
#include "ledger/silences.h"
#include "ledger/split.h"
#include "ledger/whose.h"
#include "ledger/statement.h"
#include "ledger/threads.h"
#include "ledger/drills.h"
#include "base/error.h"
#include "base/json.h"
#include "wire/decision.h"
#include "wire/silence.h"

#include <string.h>

enum { STATE_LONGEST = 16, VERDICT_LONGEST = 16 };

/* What the ledger knows of a mail that comes. */
struct known {
    char state[STATE_LONGEST]; /* "": it is not known */
    char verdict[VERDICT_LONGEST];
    bool by_rules; /* no person decided it */
};

/* A mail that could not be read was recorded without the recipient that stands in it; in the same spool the
 * same bytes have the same one. */
static bool find_message(struct ledger *ledger, const struct ledger_arrival *arrival,
                         struct ledger_recorded *recorded, struct known *known, GError **error)
{
    memset(recorded, 0, sizeof *recorded);
    memset(known, 0, sizeof *known);
    g_strlcpy(recorded->sha256, arrival->sha256, sizeof recorded->sha256);
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT m.id, coalesce(m.decision, 0), m.state, coalesce(d.category, ''), coalesce(m.folder, ''),"
        " coalesce(d.verdict, ''), coalesce(d.by, 'rules') FROM messages m LEFT JOIN decisions d ON d.id = m.decision"
        " WHERE m.sha256 = ?1 AND (m.recipient = ?2 OR"
        " (m.recipient = '' AND m.state = 'unreadable' AND m.spool = ?3))"
        " ORDER BY m.recipient = ?2 DESC LIMIT 1",
        "ttt", arrival->sha256, arrival->recipient, arrival->spool);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        recorded->message = sqlite3_column_int64(statement, 0);
        recorded->decision = sqlite3_column_int64(statement, 1);
        g_strlcpy(known->state, column_text(statement, 2), STATE_LONGEST);
        g_strlcpy(recorded->category, column_text(statement, 3), sizeof recorded->category);
        g_strlcpy(recorded->folder, column_text(statement, 4), sizeof recorded->folder);
        g_strlcpy(known->verdict, column_text(statement, 5), VERDICT_LONGEST);
        known->by_rules = strcmp(column_text(statement, 6), "rules") == 0;
        recorded->filed = strcmp(known->state, "filed") == 0;
        /* what is just leaving stays, with this copy as its file */
        recorded->missing = strcmp(known->state, "missing") == 0 || strcmp(known->state, "expired") == 0;
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
        "INSERT INTO messages (sha256, recipient, size, spool, file, arrived, seen, message_id, subject,"
        " sender, date, state, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "ttittiitttttt", arrival->sha256, arrival->recipient, arrival->size, arrival->spool, arrival->file,
        arrival->arrived, arrival->seen, json_text(decision, "message_id"), json_text(decision, "subject"),
        json_text(decision, "from"), json_text(decision, "date"), state, reason);
    *message = sqlite3_last_insert_rowid(ledger->database);
    return good;
}

/* What keeps the decision's actions quiet; id 0 for nothing. */
struct quiet {
    int64_t id;
    char *reason;
};

/* What rules take for forged is told behind all else, or whoever sends a thousand of them would keep what is
 * urgent waiting. */
static int64_t rank_of(const struct ledger_decision *decision)
{
    const char *verdict = json_text(json_object_get(decision->decision, "auth"), "verdict");
    bool forged = g_strcmp0(verdict, "forged") == 0 && strcmp(decision->by, "rules") == 0;
    return priority_rank(forged ? "low" : json_text(decision->decision, "priority"));
}

static bool insert_action(struct ledger *ledger, int64_t message, int64_t decision_id,
                          const struct ledger_decision *decision, const json_t *action, const char *key,
                          const struct quiet *quiet, unsigned *queued, GError **error)
{
    int64_t rank = rank_of(decision);
    bool held = quiet->id != 0 && silence_holds(json_text(action, "action"));
    if (!statement_run(
            ledger, error,
            "INSERT INTO actions (message, decision, action, actor, args, key, telling, state, priority, due,"
            " created, silence, reason, ended) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, CASE ?12 WHEN 0 THEN 'waiting'"
            " ELSE 'dropped' END, ?8, ?9, ?10, nullif(?12, 0), ?11, CASE ?12 WHEN 0 THEN NULL ELSE ?10 END"
            " FROM messages WHERE id = ?1 AND (?12 = 0 OR NOT EXISTS (SELECT 1 FROM actions a WHERE a.message = ?1"
            " AND a.key = ?6 AND (a.silence = ?12 OR a.state NOT IN ('dead', 'dropped')))) ON CONFLICT DO NOTHING",
            "iittjttiiiti", message, decision_id, json_text(action, "action"), json_text(action, "actor"),
            json_object_get(action, "args"), key,
            decision->drill == NULL ? json_text(action, "telling") : NULL, rank,
            json_number(action, "due", decision->decided), decision->decided, held ? quiet->reason : NULL,
            held ? quiet->id : 0))
        return false;
    if (held || sqlite3_changes(ledger->database) == 0)
        return true;
    ++*queued;
    if (decision->drill != NULL)
        return true;
    return groups_gather(ledger, sqlite3_last_insert_rowid(ledger->database), action, decision->decision,
                         decision->decided, error);
}

/* Under the key that it has for those whom the mail is for by now. */
static bool queue_action(struct ledger *ledger, int64_t message, int64_t decision_id, bool anew,
                         const struct ledger_decision *decision, const json_t *action,
                         const struct quiet *quiet, unsigned *queued, GError **error)
{
    bool covered;
    g_autofree char *key = anew ? NULL : g_strdup(json_text_or(action, "key", ""));
    if (anew && !whose_action(ledger, message, decision, action, &key, error))
        return false;
    return split_covers(ledger, message, key, &covered, error) &&
           (covered ||
            insert_action(ledger, message, decision_id, decision, action, key, quiet, queued, error));
}

/* anew: the mail was decided before. */
static bool insert_actions(struct ledger *ledger, int64_t message, int64_t decision_id, bool anew,
                           const struct ledger_decision *decision, unsigned *queued, GError **error)
{
    size_t index;
    json_t *action;
    struct quiet quiet = {0};
    bool good = (!anew || whose_drop(ledger, message, decision, error)) &&
                (decision->drill != NULL || silences_find(ledger, decision, &quiet.id, &quiet.reason, error));
    json_array_foreach((json_t *)decision->actions, index, action) {
        if (json_flag(action, "owed") && quiet.id == 0)
            continue;
        good =
            good && queue_action(ledger, message, decision_id, anew, decision, action, &quiet, queued, error);
    }
    g_free(quiet.reason);
    struct ledger_decision rings = *decision;
    if (quiet.id != 0)
        rings.owed = NULL; /* what is kept quiet rings nobody, at no step, and is owed nothing */
    g_autoptr(json_t) owed = good && anew ? whose_owed(ledger, message, decision_id, &rings, error)
                                          : json_incref((json_t *)rings.owed);
    rings.owed = owed;
    return good && (!anew || owed != NULL) && owed_open(ledger, message, decision_id, &rings, queued, error);
}

static bool insert_shadows(struct ledger *ledger, int64_t decision, const json_t *shadows, GError **error)
{
    size_t index;
    json_t *shadow;
    json_array_foreach((json_t *)shadows, index, shadow)
        if (!statement_run(ledger, error,
                           "INSERT INTO shadows (decision, rule, category, agrees) VALUES (?, ?, ?, ?)"
                           " ON CONFLICT DO NOTHING",
                           "itti", decision, json_text(shadow, "rule"), json_text(shadow, "category"),
                           (int64_t)json_flag(shadow, "agrees")))
            return false;
    return true;
}

static bool insert_decision(struct ledger *ledger, int64_t message, int64_t previous,
                            const struct ledger_decision *decision, struct ledger_recorded *recorded,
                            GError **error)
{
    const json_t *json = decision->decision;
    json_t *linked = NULL;
    if (decision->drill != NULL ? !ledger_drill_came(ledger, decision->drill, message, error)
                                : !threads_link(ledger, message, json, decision->context, &linked, error))
        return false;
    g_autoptr(json_t) thread = linked;
    if (!statement_run(
            ledger, error,
            "INSERT INTO decisions (message, previous, revision, generation, decided, by, category, rule,"
            " certainty, priority, account, verdict, decision, context, thread)"
            " VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            "iitiitttttttjjj", message, previous, decision->revision, decision->generation, decision->decided,
            decision->by, json_text(json, "category"), json_text(json, "rule"), json_text(json, "certainty"),
            json_text(json, "priority"), json_text(json, "account"),
            json_text(json_object_get(json, "auth"), "verdict"), json, decision->context, thread))
        return false;
    recorded->message = message;
    recorded->decision = sqlite3_last_insert_rowid(ledger->database);
    g_strlcpy(recorded->category, json_text_or(json, "category", ""), sizeof recorded->category);
    return statement_run(ledger, error, "UPDATE messages SET decision = ? WHERE id = ?", "ii",
                         recorded->decision, message) &&
           insert_shadows(ledger, recorded->decision, json_object_get(decision->context, "shadow"), error) &&
           insert_actions(ledger, message, recorded->decision, previous != 0, decision, &recorded->actions,
                          error);
}

static bool insert_arrival(struct ledger *ledger, int64_t message, const struct ledger_arrival *arrival,
                           GError **error)
{
    return statement_run(ledger, error,
                         "INSERT INTO arrivals (message, spool, file, arrived, seen) VALUES (?, ?, ?, ?, ?)",
                         "ittii", message, arrival->spool, arrival->file, arrival->arrived, arrival->seen);
}

/* A file that could not be moved is offered again at each start; it did not arrive once more. */
static bool insert_other_arrival(struct ledger *ledger, int64_t message, const struct ledger_arrival *arrival,
                                 GError **error)
{
    return statement_run(
        ledger, error,
        "INSERT INTO arrivals (message, spool, file, arrived, seen) SELECT id, ?2, ?3, ?4, ?5 FROM messages"
        " WHERE id = ?1 AND NOT (state = 'decided' AND EXISTS (SELECT 1 FROM arrivals a"
        " WHERE a.message = ?1 AND a.spool = ?2 AND a.file = ?3 AND a.arrived = ?4))",
        "ittii", message, arrival->spool, arrival->file, arrival->arrived, arrival->seen);
}

/* One more arrival. Where the archive lost the first one's file, this one's takes its place. */
static bool record_again(struct ledger *ledger, const struct ledger_arrival *arrival,
                         struct ledger_recorded *recorded, GError **error)
{
    recorded->duplicate = true;
    return insert_other_arrival(ledger, recorded->message, arrival, error) &&
           (!recorded->missing ||
            statement_run(ledger, error,
                          "UPDATE messages SET state = 'decided', spool = ?, file = ? WHERE id = ?", "tti",
                          arrival->spool, arrival->file, recorded->message));
}

/* What was set aside as unreadable can be decided now: the same message gets its first decision, under the
 * arrival that it was decided for. */
static bool record_readable(struct ledger *ledger, const struct ledger_arrival *arrival,
                            const struct ledger_decision *decision, struct ledger_recorded *recorded,
                            GError **error)
{
    const json_t *json = decision->decision;
    recorded->was_unreadable = true;
    return statement_run(
               ledger, error,
               "UPDATE messages SET recipient = ?, spool = ?, file = ?, arrived = ?,"
               " message_id = ?, subject = ?, sender = ?, date = ?, state = 'decided', reason = NULL"
               " WHERE id = ?",
               "tttitttti", arrival->recipient, arrival->spool, arrival->file, arrival->arrived,
               json_text(json, "message_id"), json_text(json, "subject"), json_text(json, "from"),
               json_text(json, "date"), recorded->message) &&
           insert_arrival(ledger, recorded->message, arrival, error) &&
           insert_decision(ledger, recorded->message, recorded->decision, decision, recorded, error);
}

/* The archive holds the file, in the folder of the decision so far where none is written down: a move that
 * is cut is finished from there. */
static bool keep_folder(struct ledger *ledger, int64_t message, const char *before, const char *after,
                        GError **error)
{
    return statement_run(ledger, error,
                         "UPDATE messages SET folder = coalesce(folder, nullif(?2, '')),"
                         " state = CASE WHEN state = 'filed' AND folder = ?3 THEN 'filed' ELSE 'decided' END"
                         " WHERE id = ?1 AND state <> 'unreadable'",
                         "itt", message, before, after);
}

/* The spool is kept because it is what proves: decided again tomorrow, the mail is as well proven. */
static bool record_more_proven(struct ledger *ledger, const struct ledger_arrival *arrival,
                               const struct ledger_decision *decision, struct ledger_recorded *recorded,
                               GError **error)
{
    g_autofree char *before = g_strdup(recorded->category);
    recorded->duplicate = recorded->more_proven = true;
    if (recorded->folder[0] == '\0')
        g_strlcpy(recorded->folder, before, sizeof recorded->folder);
    if (!insert_arrival(ledger, recorded->message, arrival, error) ||
        !statement_run(ledger, error, "UPDATE messages SET spool = ?, file = ?, arrived = ? WHERE id = ?",
                       "ttii", arrival->spool, arrival->file, arrival->arrived, recorded->message) ||
        !insert_decision(ledger, recorded->message, recorded->decision, decision, recorded, error))
        return false;
    recorded->filed = recorded->filed && strcmp(recorded->folder, recorded->category) == 0;
    return keep_folder(ledger, recorded->message, before, recorded->category, error);
}

/* What a person decided stays. */
static bool is_more_proven(const struct ledger_decision *decision, const struct known *known)
{
    const char *verdict = json_text(json_object_get(decision->decision, "auth"), "verdict");
    return known->by_rules && verdict_rank(verdict) > verdict_rank(known->verdict);
}

bool ledger_record(struct ledger *ledger, const struct ledger_arrival *arrival,
                   const struct ledger_decision *decision, struct ledger_recorded *recorded, GError **error)
{
    struct known known;
    int64_t message = 0;
    if (!find_message(ledger, arrival, recorded, &known, error))
        return false;
    if (strcmp(known.state, "unreadable") == 0)
        return record_readable(ledger, arrival, decision, recorded, error);
    if (known.state[0] != '\0' && is_more_proven(decision, &known))
        return record_more_proven(ledger, arrival, decision, recorded, error);
    if (known.state[0] != '\0')
        return record_again(ledger, arrival, recorded, error);
    return insert_message(ledger, arrival, decision->decision, "decided", NULL, &message, error) &&
           insert_arrival(ledger, message, arrival, error) &&
           insert_decision(ledger, message, 0, decision, recorded, error);
}

bool ledger_record_unreadable(struct ledger *ledger, const struct ledger_arrival *arrival, const char *reason,
                              struct ledger_recorded *recorded, GError **error)
{
    struct known known;
    if (!find_message(ledger, arrival, recorded, &known, error))
        return false;
    if (known.state[0] != '\0')
        return record_again(ledger, arrival, recorded, error);
    return insert_message(ledger, arrival, NULL, "unreadable", reason, &recorded->message, error) &&
           insert_arrival(ledger, recorded->message, arrival, error);
}

bool ledger_redecide(struct ledger *ledger, int64_t message, const struct ledger_decision *decision,
                     struct ledger_recorded *recorded, GError **error)
{
    memset(recorded, 0, sizeof *recorded);
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT coalesce(m.decision, 0), m.sha256, coalesce(d.category, '') FROM messages m"
                       " LEFT JOIN decisions d ON d.id = m.decision WHERE m.id = ? AND m.state <> 'expired'",
                       "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_DONE)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "there is no mail %" G_GINT64_FORMAT " in the ledger", message);
    if (step != SQLITE_ROW)
        return false;
    int64_t previous = sqlite3_column_int64(statement, 0);
    g_autofree char *before = g_strdup(column_text(statement, 2));
    g_strlcpy(recorded->sha256, column_text(statement, 1), sizeof recorded->sha256);
    sqlite3_reset(statement);
    return insert_decision(ledger, message, previous, decision, recorded, error) &&
           keep_folder(ledger, message, before, recorded->category, error);
}
