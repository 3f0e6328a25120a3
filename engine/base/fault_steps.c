/* The steps at which a test build can be made to fault, in the order in which a mail comes by them. "before"
 * and "after" are the two sides of one change that lasts; what has neither word is a moment. Every step that
 * is named in the sources stands here, and every one here is named there. */
#include "base/fault.h"

#if AWSIFT_FAULTS
#include <stddef.h>

#define KEEPER "keeper"
#define DECIDER "decider"
#define ACTOR "actor"

const struct fault_step fault_steps[] = {
    /* from the spool to a decider and back */
    {"mail-seen", KEEPER, "a whole file of a spool is open, and nothing else is known of it", false},
    {"mail-handed", KEEPER, "a decider was sent the mail", false},
    {"decision-received", KEEPER, "a decider's answer came, and was not looked at", false},
    {"decision-accepted", KEEPER, "the answer is sound, and goes to the ledger next", false},
    {"decider-started", DECIDER, "a decider runs, and has loaded nothing", false},
    {"decider-ready", DECIDER, "it has loaded the rules, and has not said so", false},
    {"mail-read", DECIDER, "the mail's bytes are read, and not parsed", false},
    {"mail-decided", DECIDER, "the rules have decided", false},
    {"before-answer", DECIDER, "the decision is about to be sent", false},
    {"after-answer", DECIDER, "the decision was sent", false},

    /* into the ledger */
    {"before-begin", KEEPER, "a transaction of the ledger is about to begin", true},
    {"before-commit", KEEPER, "all of a transaction is written, and it is about to be committed", true},
    {"after-commit", KEEPER, "a transaction was committed", false},

    /* the mail's file */
    {"before-move", KEEPER, "a file is about to be moved: into the archive, within it, or aside", true},
    {"after-move", KEEPER, "a file was moved, and no folder is synced", false},
    {"before-file-sync", KEEPER, "a file's content is about to be synced", true},
    {"before-folder-sync", KEEPER, "a folder is about to be synced", true},
    {"after-folder-sync", KEEPER, "a folder was synced", false},
    {"before-remove", KEEPER, "a file is about to be removed: a copy of a known mail, what was copied", true},
    {"after-remove", KEEPER, "a file was removed", false},

    /* what is to be done */
    {"attempt-recorded", KEEPER, "attempts stand in the ledger as begun, and no actor knows of them", false},
    {"action-handed", KEEPER, "an actor was sent an action", false},
    {"result-received", KEEPER, "what became of an action came, and stands nowhere", false},
    {"result-recorded", KEEPER, "what became of an action stands in the ledger", false},
    {"actor-started", ACTOR, "an actor runs, and has loaded nothing", false},
    {"action-received", ACTOR, "an actor has the action, and nothing of it has run", false},
    {"request-begun", ACTOR, "a request is about to be made", false},
    {"before-result", ACTOR, "an action is over, and its end is about to be sent", false},
    {"after-result", ACTOR, "the end of an action was sent", false},
    {NULL, NULL, NULL, false},
};
#else
typedef int fault_steps_is_empty; /* a translation unit is not */
#endif
