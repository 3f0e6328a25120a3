/* A clock that was set changes no waiting: a retry that was to come in five minutes comes in five minutes,
 * and a deadline of six hours passes after six hours. What people gave as a time of day (silences, the
 * digest's hour) stays that time of day. When mail came stays as it was written down, and beside it, by how
 * much the clock was set since. It fails with the ledger alone. */
#include "ledger/clock.h"
#include "ledger/statement.h"
#include "base/fault.h"

#define MINUTE 60000 /* ms: what is less is within the least that mail is kept */

/* Mail that came while the clock was years behind is not as old as it looks (ledger/retention.c). */
static bool step_note(struct ledger *ledger, int64_t by, GError **error)
{
    return ledger->first == 0 || ABS(by) < MINUTE ||
           statement_run(ledger, error,
                         "INSERT INTO clock_steps (last, first, step) SELECT id, ?1, ?2 FROM messages"
                         " WHERE id >= ?1 ORDER BY id DESC LIMIT 1"
                         " ON CONFLICT (last) DO UPDATE SET step = step + excluded.step",
                         "ii", ledger->first, by);
}

bool ledger_clock_moved(struct ledger *ledger, int64_t by, GError **error)
{
    static const char *const moves[] = {
        "UPDATE actions SET due = max(due + ?1, 0), renewed = coalesce(renewed, created) + ?1"
        " WHERE state IN ('waiting', 'running', 'gathered')",
        "UPDATE groups SET opened = opened + ?1, until = max(until + ?1, 0) WHERE open",
        "UPDATE holds SET since = since + ?1, until = max(until + ?1, 0)",
        "UPDATE owed SET began = began + ?1, queued = queued + ?1, until = until + ?1, due = max(due + ?1, 1)"
        " WHERE ended IS NULL",
        "UPDATE alert_rounds SET told = told + ?1",
        "UPDATE life SET beat = beat + ?1",
        "UPDATE spools SET began = max(began + ?1, 1)",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++)
        if (!statement_run(ledger, error, moves[i], "i", by))
            return false;
    if (!step_note(ledger, by, error))
        return false;
    fault_point("clock-followed");
    return true;
}
