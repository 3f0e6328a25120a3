/* How many actions may run at once, and how many in a while: by action, by destination, and by the host that
 * destinations share. All three of an action must allow it. Of what one allows the last is kept for urgent
 * actions, where it allows more than one. */
#pragma once
#include "ledger/ledger.h"

struct pacing;

/* config: the configuration's JSON: policies, hosts, channels, webhooks, commands and outbox.at_once, read
 * now and not kept. mail_is_posted: forwards leave this machine; else they have no limit of their own. */
struct pacing *pacing_new(const json_t *config, bool mail_is_posted);
void pacing_free(struct pacing *pacing);
/* {destination: host}, from an actor, which knows the secret addresses too; kept. */
void pacing_set_hosts(struct pacing *pacing, json_t *hosts);
/* Forgets what runs, and destinations of which nothing is said where there are many; then each that runs is
 * told. */
void pacing_none_runs(struct pacing *pacing);
unsigned pacing_known(const struct pacing *pacing); /* destinations, actions and hosts */
void pacing_runs(struct pacing *pacing, const struct ledger_action *action);
/* How many of a destination are worth a look. */
unsigned pacing_room(const struct pacing *pacing, const char *actor, const char *destination);
/* Whether it may start now. Else *until is when a rate allows it (0: that is not why) and *why says which, in
 * words; pacing's. */
bool pacing_allows(struct pacing *pacing, const struct ledger_action *action, int64_t now, int64_t *until,
                   const char **why);
/* It starts at that time, now or before; in order of time. */
void pacing_started(struct pacing *pacing, const struct ledger_action *action, int64_t at);
/* The longest time that a rate speaks of, ms; 0 where there is none. */
int64_t pacing_memory(const struct pacing *pacing);
/* The destinations that share a host with this one of which the configuration says something, itself among
 * them: [text]. The caller owns the list. */
json_t *pacing_shared(const json_t *config, const json_t *hosts, const char *destination);
