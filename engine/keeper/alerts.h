/* What awsift tells of itself (ledger/alerts.h): raised from anywhere in the keeper, kept while the ledger
 * cannot take it, and told when it is due. */
#pragma once
#include "keeper/keeper_internal.h"

struct alerts *alerts_new(struct keeper *keeper);
void alerts_free(struct alerts *alerts); /* NULL-safe */
/* Every second. */
void alerts_tick(struct keeper *keeper);
/* The ledger can be written again: what was owed is raised, as of the time when it happened. */
void alerts_pay(struct keeper *keeper);
/* For `run --once`: tells now what would be gathered. True once nothing is left to be told. */
bool alerts_flush(struct keeper *keeper);

/* An alert is a moment (about NULL) or a trouble that lasts until keeper_over. facts (taken, may be NULL) are
 * for the words in the operators' languages, the format's text for log and status. Logged when new. */
struct alert_wish {
    const char *kind, *about, *without; /* as in struct ledger_alert */
    json_t *facts;
    int64_t at; /* 0: now */
    bool quiet;
};
void keeper_raise(struct keeper *keeper, const struct alert_wish *wish, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
void keeper_trouble(struct keeper *keeper, const char *kind, const char *about, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* Whoever was told of the trouble is told that it is over; where none stands, nothing happens. */
void keeper_over(struct keeper *keeper, const char *kind, const char *about);
