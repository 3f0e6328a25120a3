/* The look. In the pool, in a transaction: every candidate is told already, too late, waits for its original,
 * is kept back by pacing, or is started. Room is kept for what is urgent, and a suspect, which ended an
 * actor, gets one for itself. */
#include "keeper/outbox_take.h"
#include "keeper/astray.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/times.h"
#include "keeper/deaths.h"
#include "keeper/descriptors.h"
#include "keeper/filing.h"
#include "keeper/retries.h"
#include "keeper/whereabouts.h"
#include "ledger/holds.h"
#include "ledger/owed.h"
#include "wire/action.h"

#include <string.h>
#include <unistd.h>

enum { URGENT_ROOM = 8, RECALLED_MOST = 10000, DEATHS_MOST = 100 };

#define SUSPECT_PATIENCE 60000 /* ms that a suspect waits for an actor that holds nothing */
#define FILED_WITHIN 3000      /* ms after it was decided that an original is waited for */
#define HOLD_TOLD 1000         /* ms that a rate must keep something back to be written down */

void take_clear(struct take *take)
{
    for (int i = 0; i < TAKE_ACTORS; i++) {
        struct part *part = &take->parts[i];
        for (guint n = 0; part->originals != NULL && n < part->originals->len; n++)
            if (g_array_index(part->originals, int, n) >= 0)
                close(g_array_index(part->originals, int, n));
        g_clear_pointer(&part->originals, g_array_unref);
        g_clear_pointer(&part->due, g_ptr_array_unref);
        part->alone = false;
    }
    g_clear_pointer(&take->losses, g_ptr_array_unref);
    g_clear_pointer(&take->deaths, g_ptr_array_unref);
}

void take_free(struct take *take)
{
    take_clear(take);
    json_decref(take->declared);
    g_free(take);
}

/* A person removed it: written down and told now, and only now. */
static bool original_lost(struct take *take, struct ledger *ledger, const struct ledger_filing *filing,
                          int64_t now, GError **error)
{
    bool fresh;
    g_autofree char *text = filing_lost_text(filing->message, filing->category);
    if (!ledger_set_missing(ledger, filing->message, text, now, &fresh, error))
        return false;
    if (fresh)
        g_ptr_array_add(take->losses, g_steal_pointer(&text));
    return true;
}

/* Decided, but not yet in the archive: a moment later it will be. One that cannot be moved there is taken
 * from its spool, for what is decided must be told; from nowhere, and the note says so, if it cannot be had
 * there. */
static bool original_on_its_way(const struct take *take, const struct ledger_filing *filing, int64_t now,
                                int *original)
{
    if (ABS(now - filing->decided) < FILED_WITHIN) /* further ahead, the clock was set back meanwhile */
        return true;
    const struct config *config = take->keeper->config;
    *original = whereabouts_open(config, filing);
    if (*original < 0)
        *original = filing_open(config->store, filing->category, filing->message, filing->sha256);
    return false;
}

/* The original's descriptor, -1 for none. False when the ledger fails. A folder of the archive may hold a
 * million: it is listed only for what the ledger has there. */
static bool original_open(struct take *take, struct ledger *ledger, const struct ledger_action *action,
                          int64_t now, int *original, bool *postponed, GError **error)
{
    const char *store = take->keeper->config->store;
    *original = -1;
    *postponed = false;
    if (action->message == 0)
        return true;
    *original = filing_open_usual(store, action->category, action->message, action->sha256);
    if (*original >= 0)
        return true;
    *postponed = descriptors_short(); /* no attempt of its own is spent on that */
    if (*postponed)
        return true;
    struct ledger_filing *filing = ledger_find_filing(ledger, action->message, error);
    if (filing == NULL)
        return false;
    bool good = true;
    if (strcmp(filing->state, "decided") == 0)
        *postponed = original_on_its_way(take, filing, now, original);
    else
        *original = filing_open(store, action->category, action->message, action->sha256);
    if (*original < 0 && strcmp(filing->state, "filed") == 0 &&
        filing_is_gone(store, action->category, action->message, action->sha256))
        good = original_lost(take, ledger, filing, now, error);
    ledger_filing_free(filing);
    return good;
}

/* Whether nobody wants it any more: then it is dead, and *over. */
static bool end_if_late(struct take *take, struct ledger *ledger, const struct ledger_action *action,
                        int64_t now, bool *over, GError **error)
{
    struct retries retries =
        retries_for(take->keeper->config->json, take->declared, action->action, action->args);
    *over = retries_too_late(&retries, action->since, now);
    if (!*over)
        return true;
    g_autofree char *deadline = duration_format(retries.deadline),
                    *reason = g_strdup_printf("its deadline of %s passed before it could be done", deadline),
                    *what = action_describe(action->action, action->args);
    take->moved = true;
    if (take->deaths->len < DEATHS_MOST)
        g_ptr_array_add(take->deaths,
                        g_strdup_printf("dead %" G_GINT64_FORMAT " %s: %s", action->message, what, reason));
    return ledger_expire(ledger, action->id, reason, now, error) &&
           death_raise(ledger, action, NULL, reason, now, error);
}

/* Whether a limit keeps it back. */
static bool keep_back(struct take *take, struct ledger *ledger, const struct ledger_action *action,
                      int64_t now, bool *kept, GError **error)
{
    int64_t until;
    const char *why;
    *kept = !pacing_allows(take->pacing, action, now, &until, &why);
    if (!*kept || until == 0)
        return true;
    take->paced = take->paced == 0 ? until : MIN(take->paced, until);
    return until - now < HOLD_TOLD ||
           ledger_hold(ledger, action->actor, action->destination, false, until, why, now, error);
}

static bool start(struct take *take, struct part *part, struct ledger *ledger, struct ledger_action **action,
                  int64_t now, GError **error)
{
    int original;
    bool postponed;
    if (!original_open(take, ledger, *action, now, &original, &postponed, error))
        return false;
    take->postponed |= postponed;
    if (postponed)
        return true;
    g_array_append_val(part->originals, original); /* the take's, whatever comes */
    if (!ledger_attempt_start(ledger, (*action)->id, now, error))
        return false;
    if ((*action)->leads != 0)
        fault_point("group-closes");
    pacing_started(take->pacing, *action, now);
    g_ptr_array_add(part->due, g_steal_pointer(action));
    return true;
}

static bool consider(struct take *take, struct part *part, struct ledger *ledger,
                     struct ledger_action **action, int64_t now, GError **error)
{
    bool urgent = (*action)->priority == 0, hushed, over, kept;
    unsigned used = part->held + part->due->len + (urgent ? 0 : URGENT_ROOM);
    if (used >= part->most || (part->urgent_only && !urgent))
        return true;
    if (!ledger_hush(ledger, (*action)->telling, now, &hushed, error))
        return false;
    take->moved |= hushed;
    if (hushed)
        return true;
    return end_if_late(take, ledger, *action, now, &over, error) &&
           (over || (keep_back(take, ledger, *action, now, &kept, error) &&
                     (kept || start(take, part, ledger, action, now, error))));
}

struct wish_data {
    const struct take *take;
    const struct part *part;
};

static unsigned most_of(const char *destination, void *data)
{
    const struct wish_data *wish = data;
    return MIN(pacing_room(wish->take->pacing, wish->part->actor, destination),
               wish->part->most - MIN(wish->part->most, wish->part->held));
}

static bool consider_all(struct take *take, struct part *part, struct ledger *ledger, GPtrArray *candidates,
                         int64_t now, GError **error)
{
    bool good = candidates != NULL;
    for (guint i = 0; good && i < candidates->len; i++)
        good = consider(take, part, ledger, (struct ledger_action **)&candidates->pdata[i], now, error);
    return good;
}

static bool take_others(struct take *take, struct part *part, struct ledger *ledger, int64_t now,
                        GError **error)
{
    struct wish_data data = {take, part};
    const struct ledger_wish wish = {.actor = part->actor,
                                     .now = now,
                                     .alerts_only = part->alerts_only,
                                     .most = part->most - MIN(part->most, part->held),
                                     .most_of = most_of,
                                     .data = &data};
    g_autoptr(GPtrArray) candidates = ledger_due(ledger, &wish, error);
    return consider_all(take, part, ledger, candidates, now, error);
}

/* A suspect is given out when nothing else is in hand, and others go in between; once it has waited for long,
 * nothing more is taken until the hands are empty. What is urgent waits for none of that: a suspect may hang
 * where it goes for as long as an attempt may take. So there may always be something urgent in hand; beside
 * that a suspect which has waited for long goes out, or it and all others would wait for as long as it lasts.
 */
static bool take_for(struct take *take, struct part *part, struct ledger *ledger, int64_t now, GError **error)
{
    bool empty = part->held == 0;
    if (part->most <= part->held)
        return true;
    part->urgent_only = part->suspect_held;
    if (part->alerts_only || part->urgent_only)
        return take_others(take, part, ledger, now, error);
    g_autoptr(GPtrArray) suspect =
        ledger_due_suspect(ledger, part->actor, empty ? now : now - SUSPECT_PATIENCE, error);
    if (suspect == NULL)
        return false;
    part->urgent_only = suspect->len > 0 && part->others_held;
    if (part->urgent_only)
        return take_others(take, part, ledger, now, error);
    bool others_first = !part->suspects_turn || suspect->len == 0;
    if (others_first && !take_others(take, part, ledger, now, error))
        return false;
    if (part->due->len > 0 || suspect->len == 0)
        return true;
    if (!consider_all(take, part, ledger, suspect, now, error))
        return false;
    part->alone = part->due->len > 0;
    return part->alone || others_first || take_others(take, part, ledger, now, error);
}

static bool recall(struct take *take, struct ledger *ledger, int64_t now, GError **error)
{
    int64_t memory = take->recall ? pacing_memory(take->pacing) : 0;
    if (memory == 0)
        return true;
    g_autoptr(GPtrArray) starts = ledger_starts(ledger, now - memory, RECALLED_MOST, error);
    for (guint i = 0; starts != NULL && i < starts->len; i++) {
        const struct ledger_action *action = starts->pdata[i];
        pacing_started(take->pacing, action, MIN(action->since, now));
    }
    pacing_none_runs(take->pacing);
    take->recall = false;
    return starts != NULL;
}

bool take_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct take *take = (struct take *)job;
    int64_t now = time_now();
    take_clear(take);
    /* Between two looks of the keeper's own: what would be done by a ledger that is gone is done again by its
     * backup, and copies would lie where nobody looks. */
    bool here = store_is_here(take->keeper, NULL);
    take->postponed = !here;
    take->moved = false;
    take->paced = 0;
    take->losses = g_ptr_array_new_with_free_func(g_free);
    take->deaths = g_ptr_array_new_with_free_func(g_free);
    bool good = owed_advance(ledger, now, take->losses, error) && recall(take, ledger, now, error);
    for (int i = 0; good && i < TAKE_ACTORS; i++) {
        struct part *part = &take->parts[i];
        part->due = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_action_free);
        part->originals = g_array_new(FALSE, FALSE, sizeof(int));
        good = !here || take_for(take, part, ledger, now, error);
    }
    take->next_due = good ? ledger_next_due(ledger, error) : -1;
    int64_t step_due = take->next_due >= 0 ? owed_next_due(ledger, error) : -1;
    take->next_due = MIN(take->next_due, step_due);
    return take->next_due >= 0;
}
