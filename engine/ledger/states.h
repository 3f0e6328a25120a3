/* The states that the ledger knows, and every way from one into another. What is not in these tables does not
 * happen: the statement that would do it fails with AWSIFT_ERROR_REFUSED, whatever its author thought.
 * docs/STATES.md draws them and says what is durable where; a test holds the two together. */
#pragma once
#include "ledger/ledger.h"

/* from NULL: it begins so. to NULL: its row is removed. */
struct state_step {
    const char *from, *to, *event;
};

struct state_machine {
    const char *thing;  /* what people call a row of it */
    const char *table;  /* of the ledger */
    const char *column; /* that holds the state */
    const char *empty;  /* the state where that is NULL; NULL: it never is */
    const struct state_step *steps;
    size_t count;
};

/* The i-th of them, or NULL after the last. */
const struct state_machine *states_machine(size_t i);
bool states_may(const struct state_machine *machine, const char *from, const char *to);
/* From now on this handle refuses every other step. Part of ledger_open for writing. */
bool states_guard(struct ledger *ledger, GError **error);
