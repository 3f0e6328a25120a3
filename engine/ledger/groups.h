/* Groups: actions of several mails that one of them tells. The first action of a group leads it and waits;
 * those that come meanwhile are "gathered" and wait for nothing themselves. What becomes of the leader
 * becomes of them (a trigger of the schema sees to it, whoever ends, drops or retries it), so that none is
 * done that was not told. A group takes no more once its leader was started: what an attempt may have told is
 * never added to. */
#pragma once
#include "ledger/ledger.h"

/* So many mails, and so many bytes of what the list says of them, are told at once; the next one begins
 * another group. */
enum { GROUP_MEMBERS_MOST = 1000, GROUP_BYTES_MOST = 1 << 20 };

/* action: as in ledger_decision.actions, queued just now under that id; one with `group` {key, wait, most
 * (ms)} joins the group of that key, or begins one. An action whose telling another mail's is on its way to
 * tell, or told, stays as it is: ledger_hush drops it when that one is done. */
bool groups_gather(struct ledger *ledger, int64_t id, const json_t *action, const json_t *decision,
                   int64_t now, GError **error);
/* Before a person drops that action: where it alone leads a group, the next one of that leads it instead,
 * unless the others may have been told. */
bool groups_hand_over(struct ledger *ledger, int64_t action, GError **error);
/* What the actor gets to know of the mails that an action tells of, besides its own: {count, alike (all args
 * are the same), mails [{id, account, accounts, contact, arrived, subject, title, rule, service, event_type,
 * regions, resources, more (resources left out), starts, ends, deadline, status, relation (to the first mail
 * of its thread), text (of args, where not alike)}]} by number. null for an action that tells of its own mail
 * alone; NULL with an error. */
json_t *groups_told_by(struct ledger *ledger, int64_t action, int64_t group, GError **error);
