/* One step of a plan becomes actions, which are urgent. Each has a key that follows from the row and the
 * step, so that a step that is queued twice is queued once. A call or page that may not be (the mail is not
 * proven, or its rule has rung too often within the hour) is written down as dropped, with the reason, and
 * never silently. */
#include "ledger/owed_plan.h"
#include "ledger/statement.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/action.h"
#include "wire/decision.h"

#include <string.h>

#define HOUR INT64_C(3600000)
#define GAP_MOST INT64_C(300000)
#define AHEAD                                                                                                \
    INT64_C(60000) /* ms: what is written down as later than that was before the clock was set back */
enum { RULE_DEFAULT = 60, ALL_DEFAULT = 300 };

int64_t owed_due(int64_t began, int64_t after, int64_t after_before, int64_t now)
{
    int64_t gap = CLAMP(after - after_before, 0, GAP_MOST);
    return MAX(began + after, now + gap);
}

static bool rings(const char *action)
{
    return strcmp(action, "call") == 0 || strcmp(action, "page") == 0;
}

/* How many calls and pages were queued within the hour, of the rule, or of all where rule is NULL; -1 on
 * error. Those of mail that is less well proven than this one do not count: they must not keep it quiet; nor
 * do drills, and events that acknowledge. */
static int64_t count_rings(struct ledger *ledger, const char *rule, const char *verdict, int64_t now,
                           GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT count(*) FROM actions a JOIN decisions d ON d.id = a.decision WHERE a.action IN ('call', 'page')"
        " AND a.created > ?1 AND a.created < ?2 AND a.state <> 'dropped' AND (?3 IS NULL OR d.rule = ?3)"
        " AND +a.owed IS NOT NULL AND CASE d.verdict WHEN 'proven' THEN 3 WHEN 'unproven' THEN 2"
        " WHEN 'stranger' THEN 1 ELSE 0 END >= ?4",
        "iiti", now - HOUR, now + AHEAD, rule, (int64_t)verdict_rank(verdict));
    int64_t count;
    return statement_number(ledger, statement, &count, error) ? count : -1;
}

/* Why it may not ring now, for people; NULL when it may. False when the ledger fails. */
static bool over_limit(struct ledger *ledger, const struct owed_row *row, int64_t now, char **why,
                       GError **error)
{
    const json_t *limits = json_object_get(row->plan, "limits");
    int64_t of_rule = json_number(limits, "rule", RULE_DEFAULT),
            of_all = json_number(limits, "all", ALL_DEFAULT);
    int64_t rule = row->rule != NULL ? count_rings(ledger, row->rule, row->verdict, now, error) : 0;
    int64_t all = rule >= 0 ? count_rings(ledger, NULL, row->verdict, now, error) : -1;
    *why = NULL;
    if (rule >= of_rule)
        *why = g_strdup_printf("rule %s has called and paged %" G_GINT64_FORMAT
                               " times within the hour, its limit (paging { rule_per_hour = … })",
                               row->rule, of_rule);
    else if (all >= of_all)
        *why = g_strdup_printf("%" G_GINT64_FORMAT
                               " calls and pages were made within the hour, which is the limit"
                               " (paging { per_hour = … })",
                               of_all);
    return all >= 0;
}

/* Told once an hour, and not of each mail. */
static bool limit_tell(struct ledger *ledger, const char *why, int64_t now, GPtrArray *told, GError **error)
{
    bool fresh;
    g_autofree char *text =
        g_strdup_printf("%s: further ones are not made, and stand as dropped in awsift show "
                        "(awsift list --state dropped)",
                        why);
    if (!ledger_raise(ledger, "paging-limit", text, false, now, &fresh, error))
        return false;
    if (fresh && told != NULL)
        g_ptr_array_add(told, g_steal_pointer(&text));
    return true;
}

/* Why an action of this plan is not done; NULL when it is. False when the ledger fails. */
static bool why_dropped(struct ledger *ledger, const struct owed_row *row, const char *action, int64_t now,
                        GPtrArray *told, char **why, GError **error)
{
    const char *held = json_text(row->plan, "held");
    *why = NULL;
    if (!rings(action))
        return true;
    if (held != NULL) {
        *why = g_strdup_printf("held back: %s", held);
        return true;
    }
    return over_limit(ledger, row, now, why, error) &&
           (*why == NULL || limit_tell(ledger, *why, now, told, error));
}

static bool queue(struct ledger *ledger, const struct owed_row *row, const json_t *entry, size_t ordinal,
                  int64_t now, unsigned *queued, GPtrArray *told, GError **error)
{
    const char *action = json_text_or(entry, "action", ""), *own = json_text(entry, "key");
    const json_t *args = json_object_get(entry, "args");
    g_autofree char *place = g_strdup_printf("step %" G_GINT64_FORMAT, row->step), *why = NULL,
                    *made = action_key(row->key, place, action, args, (unsigned)ordinal);
    if (!why_dropped(ledger, row, action, now, told, &why, error) ||
        !statement_run(
            ledger, error,
            "INSERT INTO actions (message, decision, action, actor, args, key, state, priority, due,"
            " created, ended, reason, owed, owed_step) VALUES (?1, ?2, ?3, 'courier', ?4, ?5, ?6, ?7,"
            " ?8, ?8, CASE WHEN ?9 IS NULL THEN NULL ELSE ?8 END, ?9, ?10, ?11)"
            " ON CONFLICT DO NOTHING",
            "iitjttiitii", row->message, row->decision, action, args, own != NULL ? own : made,
            why == NULL ? "waiting" : "dropped", (int64_t)priority_rank("urgent"), now, why, row->id,
            row->step))
        return false;
    *queued += why == NULL ? (unsigned)sqlite3_changes(ledger->database) : 0;
    return true;
}

/* As the operators' clock has it. */
static char *moment(const struct ledger *ledger, int64_t time)
{
    char *local = time_format_local(time, json_text_or(ledger->alerts, "zone", "UTC"));
    return local != NULL ? local : time_format(time);
}

/* Whom nothing may call, an alert of it calls nobody either: it is of a kind that is less urgent. */
static bool give_up(struct ledger *ledger, const struct owed_row *row, int64_t now, GPtrArray *told,
                    GError **error)
{
    bool fresh;
    const char *account = row->account != NULL ? row->account : "no account", *rule = row->rule,
               *held = json_text(row->plan, "held");
    g_autofree char *until = moment(ledger, row->until), *text = NULL;
    if (strcmp(row->kind, "answer") == 0)
        text =
            g_strdup_printf("mail %" G_GINT64_FORMAT " (%s, %s): an answer was owed until %s, and nobody has "
                            "acknowledged it; awsift ack %" G_GINT64_FORMAT " ends it%s%s",
                            row->message, rule != NULL ? rule : "no rule", account, until, row->message,
                            held != NULL ? "; nobody is called, since " : "", held != NULL ? held : "");
    else
        text =
            g_strdup_printf("mail %" G_GINT64_FORMAT " (%s, %s): the whole escalation '%s' is through, and "
                            "nobody has acknowledged it; awsift ack %" G_GINT64_FORMAT " ends it",
                            row->message, rule != NULL ? rule : "no rule", account,
                            json_text_or(row->plan, "name", ""), row->message);
    if (!ledger_raise(ledger, held != NULL ? "unanswered" : "unacknowledged", text, false, now, &fresh,
                      error))
        return false;
    if (fresh && told != NULL)
        g_ptr_array_add(told, g_steal_pointer(&text));
    return true;
}

/* A call that was tried and waits to be tried again gives way to the next one: when a service that was out of
 * order is back, it is to ring one phone, and not all of them at once. */
static bool give_way(struct ledger *ledger, const struct owed_row *row, const json_t *step, int64_t now,
                     GError **error)
{
    size_t index;
    json_t *entry;
    bool calls = false;
    json_array_foreach(json_object_get(step, "actions"), index, entry)
        calls |= strcmp(json_text_or(entry, "action", ""), "call") == 0;
    return !calls ||
           statement_run(ledger, error,
                         "UPDATE actions SET state = 'dropped', ended = ?, reason = coalesce(reason,"
                         " '') || ': the next step rings instead' WHERE owed = ? AND action = 'call'"
                         " AND state = 'waiting' AND attempts > 0",
                         "ii", now, row->id);
}

bool owed_step(struct ledger *ledger, const struct owed_row *row, int64_t now, unsigned *queued,
               GPtrArray *told, GError **error)
{
    const json_t *steps = json_object_get(row->plan, "steps"),
                 *step = json_array_get(steps, (size_t)row->step),
                 *next = json_array_get(steps, (size_t)row->step + 1);
    size_t index;
    json_t *entry;
    if (!give_way(ledger, row, step, now, error))
        return false;
    json_array_foreach(json_object_get(step, "actions"), index, entry)
        if (!queue(ledger, row, entry, index, now, queued, told, error))
            return false;
    fault_point("escalation-step");
    if (json_flag(step, "alert") && !give_up(ledger, row, now, told, error))
        return false;
    int64_t due = next == NULL ? 0
                               : owed_due(row->began, json_number(next, "after", 0),
                                          json_number(step, "after", 0), now);
    return statement_run(ledger, error,
                         "UPDATE owed SET step = ?1, queued = ?2, due = nullif(?3, 0) WHERE id = ?4", "iiii",
                         row->step + 1, now, due, row->id);
}
