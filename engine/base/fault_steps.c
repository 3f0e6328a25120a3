/* The steps at which a test build can be made to fault, in the order in which a mail comes by them. "before"
 * and "after" are the two sides of one change that lasts; what has neither word is a moment. Every step that
 * is named in the sources stands here, and every one here is named there. */
#include "base/fault.h"

#if AWSIFT_FAULTS
#include <stddef.h>

#define KEEPER "keeper"
#define DECIDER "decider"
#define ACTOR "actor"
#define COMMAND "command"
#define ANY "any"

const struct fault_step fault_steps[] = {
    /* the start */
    {"stray-found", ANY, "the ledger does not know a mail of the archive, which is to go back into its spool",
     false},
    {"strays-returned", ANY, "such mail is in the spool, and in no ledger", false},
    {"recovery-begins", KEEPER, "the ledger is open, and nothing that was cut is mended", false},
    {"cut-ended", KEEPER, "attempts that were cut are marked as unknown", false},
    {"recovery-mends", KEEPER, "one mail that was not filed is, and the ledger does not say so", false},
    {"filings-mended", KEEPER, "every mail that was not filed is, and temporary files lie about", false},
    {"leftovers-tidied", KEEPER, "these are gone, and what was mended stands nowhere", false},
    {"recovery-ends", KEEPER, "what was cut is mended", false},
    {"before-allocate", KEEPER, "room for the ledger is about to be laid by", true},
    {"reserve-spent", KEEPER, "that room was given up, and nobody was told", false},
    {"reserve-laid-by", KEEPER, "there is room again, and no mail is taken yet", false},
    {"snapshot-taken", KEEPER, "the rules' files are copied, and no decider has them", false},
    {"decider-started", DECIDER, "a decider runs, and has loaded nothing", false},
    {"decider-ready", DECIDER, "it has loaded the rules, and has not said so", false},
    {"actor-started", ACTOR, "an actor runs, and has loaded nothing", false},
    {"generation-live", KEEPER, "new rules take over, and the old ones have not been told", false},
    {"generation-retired", KEEPER, "the old ones are to end once they hold nothing", false},

    /* into the spool */
    {"mail-taken-in", COMMAND, "ingest has written a mail to a temporary file, and not synced it", false},
    {"mail-delivered", COMMAND, "the mail is in the spool, durably, and nobody was told so", false},
    {"mail-put-back", KEEPER, "a mail that was moved to cur/ is in new/ again", false},

    /* from the spool to a decider and back */
    {"mail-seen", KEEPER, "a whole file of a spool is open, and nothing else is known of it", false},
    {"mail-handed", KEEPER, "a decider is sent the mail", false},
    {"mail-read", DECIDER, "the mail's bytes are read, and not parsed", false},
    {"mail-decided", DECIDER, "the rules have decided", false},
    {"before-answer", DECIDER, "the decision is about to be sent", false},
    {"after-answer", DECIDER, "the decision was sent", false},
    {"decision-received", KEEPER, "a decider's answer came, and was not looked at", false},
    {"decision-accepted", KEEPER, "the answer is sound, and goes to the ledger next", false},

    /* into the ledger, with all that follows from a mail */
    {"before-begin", ANY, "a transaction is about to begin", true},
    {"group-begins", KEEPER, "in a transaction: an action becomes the first of a group", false},
    {"group-joined", KEEPER, "in a transaction: an action becomes another one of a group", false},
    {"escalation-step", KEEPER, "in a transaction: the actions of a step are queued", false},
    {"before-commit", ANY, "all of a transaction is written, and it is about to be committed", true},
    {"after-commit", ANY, "a transaction was committed", false},
    {"alert-raised", KEEPER, "an alert stands in the ledger", false},
    {"alert-queued", KEEPER, "what tells alerts is queued", false},
    {"digest-queued", KEEPER, "what tells the digest is queued", false},

    /* its file */
    {"before-file-sync", ANY, "a file's content is about to be synced", true},
    {"before-replace", ANY, "a file is whole under another name, and is about to get its own", true},
    {"after-replace", ANY, "it has its own name", false},
    {"reason-written", KEEPER, "why a mail is set aside is written, and the mail not moved", false},
    {"before-move", ANY, "a file is about to be moved: into spool or archive, within it, or aside", true},
    {"after-move", ANY, "a file was moved, and no folder is synced", false},
    {"before-copy-named", KEEPER, "moved over file systems: the copy is whole under a temporary name", false},
    {"after-copy", KEEPER,
     "moved over file systems: the copy is in its place, and the first still in its own", false},
    {"before-folder-sync", ANY, "a folder is about to be synced", true},
    {"after-folder-sync", ANY, "a folder was synced", false},
    {"before-remove", ANY, "a file is about to be removed: a copy of a known mail, what was copied", true},
    {"after-remove", ANY, "a file was removed", false},
    {"state-written", KEEPER, "the ledger says that the mail is filed, or missing", false},
    {"mail-redecided", KEEPER, "a mail that was archived or set aside has a new decision", false},
    {"aside-emptied", KEEPER, "it is in the archive, and a copy of it, or the reason, still set aside",
     false},

    /* what is to be done */
    {"group-closes", KEEPER, "in a transaction: a group's first action is begun, and nobody joins any more",
     false},
    {"attempt-recorded", KEEPER, "attempts stand in the ledger as begun, and no actor knows of them", false},
    {"action-handed", KEEPER, "an actor is sent an action", false},
    {"action-received", ACTOR, "an actor has the action, and nothing of it has run", false},
    {"request-begins", ACTOR, "a request is about to be made, a program to be run, a file to be written",
     false},
    {"program-started", ACTOR, "a program runs", false},
    {"answer-awaited", ACTOR, "all is said for now, and the other side's turn", false},
    {"answer-received", ACTOR, "the other side has answered or failed, and nothing was made of it", false},
    {"before-deliver", ACTOR, "a copy is whole, and about to appear in its Maildir", true},
    {"after-deliver", ACTOR, "it has appeared there, and the folder is not synced", false},
    {"before-result", ACTOR, "an action is over, and nothing was said of it", false},
    {"after-result", ACTOR, "the end of an action is to be sent as soon as its reader takes it", false},
    {"result-received", KEEPER, "what became of an action came, and stands nowhere", false},
    {"action-splits", KEEPER, "in a transaction: an action becomes one for each recipient", false},
    {"result-recorded", KEEPER, "what became of an action stands in the ledger", false},

    /* upkeep */
    {"clock-followed", KEEPER, "in a transaction: times of the ledger are moved along with the clock", false},
    {"mail-expires", KEEPER, "in a transaction: an old mail is marked, to be removed", false},
    {"before-expired-files", KEEPER, "that is committed, and the files of such mail are about to be removed",
     false},
    {"after-expired-files", KEEPER, "they are removed, their folders synced, and their rows are there",
     false},
    {"mail-forgotten", KEEPER, "in a transaction: the rows of an old mail are deleted", false},
    {"copy-begins", COMMAND, "the ledger is about to be copied, for a backup or from one", true},
    {"copy-made", COMMAND, "all of it is copied, and was not read through", true},
    {"copy-proven", COMMAND, "the copy is whole, and stands under a name of its own", false},
    {"ledger-put-aside", COMMAND, "restore has put the ledger aside, and there is none", false},

    /* the end */
    {"stop-begins", KEEPER, "the keeper is to end, and finishes what is in hand", false},
    {"stop-ends", KEEPER, "nothing is in hand, and the keeper ends", false},
    {NULL, NULL, NULL, false},
};
#else
typedef int fault_steps_is_empty; /* a translation unit is not */
#endif
