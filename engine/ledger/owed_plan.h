/* Of a row of `owed`, what queueing a step needs. For owed.c and owed_step.c. */
#pragma once
#include "ledger/owed.h"

struct owed_row {
    int64_t id, message, decision, step, began, until; /* until: 0 for none */
    char *kind, *key, *rule, *verdict, *account;       /* rule, account: NULL for none */
    json_t *plan;
};
void owed_row_free(struct owed_row *row); /* NULL-safe */
typedef struct owed_row owed_row;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(owed_row, owed_row_free)

/* Queues the next step of the plan and says when the one after it is due. queued counts the actions that
 * wait now; told: of char *, or NULL. */
bool owed_step(struct ledger *ledger, const struct owed_row *row, int64_t now, unsigned *queued,
               GPtrArray *told, GError **error);
/* When the next step is due that comes so many ms after the begin, where one is queued now. Not at once
 * where several fell due together, because awsift was down or the clock was put forward. */
int64_t owed_due(int64_t began, int64_t after, int64_t after_before, int64_t now);
