/* The schema, as an ordered list of migrations; PRAGMA user_version counts those that ran. Each runs in one
 * transaction. A ledger of a newer awsift is refused: going back would lose what it wrote. So is a database
 * of somebody else, which has tables and no version of ours. */
#include "ledger/statement.h"
#include "base/error.h"

static const char first_migration[] =
    "CREATE TABLE messages (id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, recipient TEXT NOT NULL,"
    " size INTEGER NOT NULL, spool TEXT NOT NULL, file TEXT NOT NULL, arrived INTEGER NOT NULL,"
    " seen INTEGER NOT NULL, message_id TEXT, subject TEXT, sender TEXT, date TEXT, decision INTEGER,"
    " state TEXT NOT NULL, folder TEXT, reason TEXT, UNIQUE (sha256, recipient));"
    "CREATE INDEX messages_state ON messages (state, id);"
    "CREATE INDEX messages_arrived ON messages (arrived);"

    "CREATE TABLE arrivals (id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages,"
    " spool TEXT NOT NULL, file TEXT NOT NULL, arrived INTEGER NOT NULL, seen INTEGER NOT NULL);"
    "CREATE INDEX arrivals_message ON arrivals (message);"

    "CREATE TABLE decisions (id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages,"
    " previous INTEGER, revision TEXT NOT NULL, generation INTEGER NOT NULL, decided INTEGER NOT NULL,"
    " by TEXT NOT NULL, category TEXT NOT NULL, rule TEXT, certainty TEXT NOT NULL, priority TEXT NOT NULL,"
    " account TEXT, verdict TEXT NOT NULL, decision TEXT NOT NULL, context TEXT NOT NULL);"
    "CREATE INDEX decisions_message ON decisions (message);"
    "CREATE INDEX decisions_category ON decisions (category, message);"
    "CREATE INDEX decisions_account ON decisions (account, message);"
    "CREATE INDEX decisions_rule ON decisions (rule, message);"

    "CREATE TABLE actions (id INTEGER PRIMARY KEY, message INTEGER NOT NULL, decision INTEGER NOT NULL,"
    " action TEXT NOT NULL, actor TEXT NOT NULL, args TEXT NOT NULL, context TEXT, key TEXT NOT NULL,"
    " telling TEXT, state TEXT NOT NULL, priority INTEGER NOT NULL, due INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, ended INTEGER, outcome TEXT,"
    " reason TEXT);" /* outcome, reason: of the last attempt that ended */
    "CREATE INDEX actions_due ON actions (state, actor, priority, due, id);"
    "CREATE INDEX actions_waiting ON actions (due) WHERE state = 'waiting';"
    "CREATE INDEX actions_message ON actions (message, state);"
    "CREATE INDEX actions_decision ON actions (decision);"
    "CREATE INDEX actions_telling ON actions (telling, state) WHERE telling IS NOT NULL;"
    "CREATE UNIQUE INDEX actions_key ON actions (key) WHERE state NOT IN ('dead', 'dropped');"

    "CREATE TABLE attempts (id INTEGER PRIMARY KEY, action INTEGER NOT NULL REFERENCES actions,"
    " number INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER, outcome TEXT, reason TEXT,"
    " detail TEXT);"
    "CREATE INDEX attempts_action ON attempts (action);"

    "CREATE TABLE alerts (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL,"
    " raised INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL);"
    "CREATE INDEX alerts_kind ON alerts (kind, raised);"
    "CREATE INDEX alerts_last ON alerts (last);";

/* destination: what an action waits for where it hangs; "" for what stays on this machine. What a rule
 * folder's action asks is its own secret, so its name stands for it. crashes: actors that it ended, in a row.
 */
static const char second_migration[] =
    "ALTER TABLE actions ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE actions ADD COLUMN destination TEXT AS (CASE WHEN actor = 'custom' THEN action"
    " WHEN action IN ('forward', 'file') THEN '' WHEN NOT json_valid(args) THEN action"
    " ELSE coalesce('channel ' || json_extract(args, '$.channel'),"
    " 'webhook ' || json_extract(args, '$.webhook'), action) END) VIRTUAL;"
    "CREATE INDEX actions_destination ON actions (actor, destination, priority, due, id)"
    " WHERE state = 'waiting';"
    "CREATE INDEX actions_suspect ON actions (actor, destination) WHERE state = 'waiting' AND crashes > 0;";

/* What rules in shadow would have made of a mail. */
static const char third_migration[] =
    "CREATE TABLE shadows (decision INTEGER NOT NULL REFERENCES decisions, rule TEXT NOT NULL,"
    " category TEXT NOT NULL, agrees INTEGER NOT NULL, PRIMARY KEY (decision, rule)) WITHOUT ROWID;"
    "CREATE INDEX shadows_rule ON shadows (rule);";

/* decisions.thread: what actors get to know of it; beside the context, which is the decider's, and pure.
 * threads.thread: the message that is its first. changes, facts, state: JSON; state: of the thread, after
 * this message. What is recorded already has no marks: it is in no thread until it is decided again. */
static const char fourth_migration[] =
    "ALTER TABLE decisions ADD COLUMN thread TEXT;"
    "CREATE TABLE threads (message INTEGER PRIMARY KEY REFERENCES messages,"
    " thread INTEGER NOT NULL REFERENCES messages, relation TEXT NOT NULL, changes TEXT NOT NULL,"
    " facts TEXT NOT NULL, state TEXT NOT NULL);"
    "CREATE INDEX threads_thread ON threads (thread, message);"
    "CREATE TABLE thread_marks (mark TEXT NOT NULL, message INTEGER NOT NULL REFERENCES messages,"
    " PRIMARY KEY (mark, message)) WITHOUT ROWID;";

/* When the daily digests were made, up to which decision, and the action that tells each (NULL: nothing to
 * tell). */
static const char fifth_migration[] =
    "CREATE TABLE digests (id INTEGER PRIMARY KEY, made INTEGER NOT NULL, decision INTEGER NOT NULL,"
    " action INTEGER);";

/* owed: what waits to be acknowledged (owed.h). plan: JSON; step: how many of its steps were queued, the last
 * of them at `queued`; due: when the next one is, NULL after the last; until: when an answer is owed.
 * actions.owed, owed_step: the row, and the step, that an action was queued for. */
static const char sixth_migration[] =
    "CREATE TABLE owed (id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages,"
    " decision INTEGER NOT NULL REFERENCES decisions, kind TEXT NOT NULL, key TEXT NOT NULL UNIQUE,"
    " telling TEXT, plan TEXT NOT NULL, step INTEGER NOT NULL, began INTEGER NOT NULL,"
    " queued INTEGER NOT NULL, until INTEGER, due INTEGER, ended INTEGER, outcome TEXT, by TEXT, note TEXT,"
    " reason TEXT);"
    "CREATE INDEX owed_due ON owed (due) WHERE ended IS NULL;"
    "CREATE INDEX owed_message ON owed (message);"
    "CREATE INDEX owed_telling ON owed (telling) WHERE telling IS NOT NULL;"
    "ALTER TABLE actions ADD COLUMN owed INTEGER;"
    "ALTER TABLE actions ADD COLUMN owed_step INTEGER;"
    "CREATE INDEX actions_owed ON actions (owed, state) WHERE owed IS NOT NULL;"
    "CREATE INDEX actions_owed_waiting ON actions (owed) WHERE owed IS NOT NULL AND state = 'waiting';"
    "CREATE INDEX actions_rung ON actions (created) WHERE action IN ('call', 'page');";

/* Destinations by a name each, mail's too. renewed: since when an action's deadline counts, where that is not
 * created: it was due first, or a person gave it a fresh set of attempts; resent: the action that it does
 * once more. holds (ledger/holds.h), handlings: what people did to actions. */
static const char seventh_migration[] =
    "DROP INDEX actions_destination; DROP INDEX actions_suspect;"
    "ALTER TABLE actions DROP COLUMN destination;"
    "ALTER TABLE actions ADD COLUMN destination TEXT AS (CASE WHEN actor = 'custom' THEN action"
    " WHEN action IN ('forward', 'digest', 'remind') THEN 'mail' WHEN action = 'file' THEN ''"
    " WHEN NOT json_valid(args) THEN action"
    " ELSE coalesce('channel ' || json_extract(args, '$.channel'),"
    " 'webhook ' || json_extract(args, '$.webhook'), 'command ' || json_extract(args, '$.command'),"
    " CASE action WHEN 'call' THEN 'channel call' ELSE action END) END) VIRTUAL;"
    "ALTER TABLE actions ADD COLUMN renewed INTEGER;"
    "ALTER TABLE actions ADD COLUMN failure TEXT;"
    "ALTER TABLE actions ADD COLUMN resent INTEGER;"
    "ALTER TABLE attempts ADD COLUMN failure TEXT;"
    "CREATE INDEX actions_destination ON actions (actor, destination, priority, due, id)"
    " WHERE state = 'waiting';"
    "CREATE INDEX actions_next ON actions (actor, destination, due, renewed, created)"
    " WHERE state = 'waiting';"
    "CREATE INDEX actions_suspect ON actions (actor, destination) WHERE state = 'waiting' AND crashes > 0;"
    "CREATE INDEX actions_dead ON actions (actor, destination) WHERE state = 'dead';"
    "CREATE TABLE holds (actor TEXT NOT NULL, destination TEXT NOT NULL, pauses INTEGER NOT NULL,"
    " until INTEGER NOT NULL, since INTEGER NOT NULL, why TEXT NOT NULL,"
    " PRIMARY KEY (actor, destination)) WITHOUT ROWID;"
    "CREATE TABLE handlings (id INTEGER PRIMARY KEY, action INTEGER NOT NULL, at INTEGER NOT NULL,"
    " by TEXT NOT NULL, what TEXT NOT NULL, why TEXT);"
    "CREATE INDEX handlings_action ON handlings (action);";

/* Groups (ledger/groups.h): an action leads one (its parts too, where it was split), or is gathered into one
 * and then has its fate: waiting for it while any that leads has not ended, done where one is done. A key
 * that another action took meanwhile stays that one's. Silences (ledger/silences.h): silence is the one that
 * kept an action quiet; kept counts them. */
static const char eighth_migration[] =
    "CREATE TABLE groups (id INTEGER PRIMARY KEY, key TEXT NOT NULL, opened INTEGER NOT NULL,"
    " until INTEGER NOT NULL, members INTEGER NOT NULL, bytes INTEGER NOT NULL, open INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX groups_open ON groups (key) WHERE open;"
    "ALTER TABLE actions ADD COLUMN leads INTEGER;"
    "ALTER TABLE actions ADD COLUMN gathered INTEGER;"
    "CREATE INDEX actions_leads ON actions (leads) WHERE leads IS NOT NULL;"
    "CREATE INDEX actions_gathered ON actions (gathered) WHERE gathered IS NOT NULL;"
    "CREATE TRIGGER groups_close AFTER UPDATE OF state ON actions"
    " WHEN NEW.leads IS NOT NULL AND NEW.state <> 'waiting' BEGIN"
    " UPDATE groups SET open = 0 WHERE id = NEW.leads AND open; END;"
    "CREATE TRIGGER groups_end AFTER UPDATE OF state ON actions"
    " WHEN NEW.leads IS NOT NULL AND (NEW.state NOT IN ('waiting', 'running')"
    " OR OLD.state NOT IN ('waiting', 'running')) BEGIN"
    " UPDATE OR IGNORE actions SET (state, ended, reason) = (SELECT CASE"
    " WHEN sum(l.state IN ('waiting', 'running')) THEN 'gathered' WHEN sum(l.state = 'done') THEN 'done'"
    " WHEN sum(l.state = 'dead') THEN 'dead' ELSE 'dropped' END,"
    " CASE WHEN sum(l.state IN ('waiting', 'running')) THEN NULL ELSE NEW.ended END,"
    " CASE WHEN sum(l.state IN ('waiting', 'running')) THEN NULL"
    " WHEN sum(l.state = 'done') THEN 'told with mail ' || NEW.message"
    " ELSE 'gathered with mail ' || NEW.message || ': ' || coalesce(NEW.reason, NEW.state) END"
    " FROM actions l WHERE l.leads = NEW.leads) WHERE gathered = NEW.leads; END;"
    "CREATE TABLE silences (id INTEGER PRIMARY KEY, source TEXT NOT NULL, what TEXT NOT NULL,"
    " starts INTEGER NOT NULL, ends INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,"
    " created INTEGER NOT NULL, ended_by TEXT, kept INTEGER NOT NULL, last INTEGER, told INTEGER NOT NULL);"
    "CREATE INDEX silences_ends ON silences (ends);"
    "CREATE INDEX silences_told ON silences (told) WHERE told < 3;"
    "ALTER TABLE actions ADD COLUMN silence INTEGER;";

/* alerts.about: of a trouble that lasts, until ended. untold: how often it was raised since it was told;
 * fresh: it is not a mere repetition; told: when it was told last. alert_rounds: when each kind was told
 * last, for which time in a row. life: the one row says since when the daemon lives, its last sign of life,
 * when it ended in good order, and how often in a row it did not. drills: mails that were made to be marked,
 * by the name of their file. */
static const char alerts_migration[] =
    "ALTER TABLE alerts ADD COLUMN about TEXT;"
    "ALTER TABLE alerts ADD COLUMN facts TEXT;"
    "ALTER TABLE alerts ADD COLUMN without TEXT;"
    "ALTER TABLE alerts ADD COLUMN ended INTEGER;"
    "ALTER TABLE alerts ADD COLUMN untold INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alerts ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE alerts ADD COLUMN told INTEGER;"
    "CREATE INDEX alerts_untold ON alerts (kind) WHERE untold > 0;"
    "CREATE INDEX alerts_standing ON alerts (kind, about) WHERE about IS NOT NULL AND ended IS NULL;"
    "CREATE TABLE alert_rounds (kind TEXT PRIMARY KEY, told INTEGER NOT NULL, round INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "CREATE TABLE life (id INTEGER PRIMARY KEY CHECK (id = 1), began INTEGER NOT NULL, beat INTEGER NOT NULL,"
    " ended INTEGER, crashes TEXT NOT NULL);"
    "CREATE TABLE spools (name TEXT PRIMARY KEY, began INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX arrivals_seen ON arrivals (spool, seen);"
    "CREATE TABLE drills (file TEXT PRIMARY KEY, sha256 TEXT NOT NULL, rule TEXT NOT NULL, request TEXT NOT NULL,"
    " made INTEGER NOT NULL, message INTEGER) WITHOUT ROWID;"
    "CREATE INDEX drills_message ON drills (message) WHERE message IS NOT NULL;";

/* groups_end: what a group gathered has its leaders' fate only while it is in the group's hand. One that is
 * dead because another action took its key is not told by them, and must not be taken for told
 * (ledger/states.c). attempts_open: what a crash may have left. recoveries: what the starts had to mend. */
static const char states_migration[] =
    "CREATE INDEX attempts_open ON attempts (action) WHERE ended IS NULL;"
    "CREATE INDEX IF NOT EXISTS thread_marks_message ON thread_marks (message);" /* its foreign key asks */
    "CREATE TABLE recoveries (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, found TEXT NOT NULL);"
    "DROP TRIGGER groups_end;"
    "CREATE TRIGGER groups_end AFTER UPDATE OF state ON actions"
    " WHEN NEW.leads IS NOT NULL AND (NEW.state NOT IN ('waiting', 'running')"
    " OR OLD.state NOT IN ('waiting', 'running')) BEGIN"
    " UPDATE OR IGNORE actions SET (state, ended, reason) = (SELECT CASE"
    " WHEN sum(l.state IN ('waiting', 'running')) THEN 'gathered' WHEN sum(l.state = 'done') THEN 'done'"
    " WHEN sum(l.state = 'dead') THEN 'dead' ELSE 'dropped' END,"
    " CASE WHEN sum(l.state IN ('waiting', 'running')) THEN NULL ELSE NEW.ended END,"
    " CASE WHEN sum(l.state IN ('waiting', 'running')) THEN NULL"
    " WHEN sum(l.state = 'done') THEN 'told with mail ' || NEW.message"
    " ELSE 'gathered with mail ' || NEW.message || ': ' || coalesce(NEW.reason, NEW.state) END"
    " FROM actions l WHERE l.leads = NEW.leads) WHERE gathered = NEW.leads AND CASE state"
    " WHEN 'gathered' THEN true WHEN 'done' THEN NEW.state = 'waiting'"
    " WHEN 'dead' THEN NEW.state = 'waiting' OR NOT EXISTS (SELECT 1 FROM actions l WHERE l.leads = NEW.leads"
    " AND l.state IN ('waiting', 'running', 'done')) ELSE false END; END;";

/* tallies: how many mails and actions are in each state, so that nobody has to count a million of them to say
 * so. decisions_unknown: what the daily digest tells of, among a million that it does not. */
/* clang-format off */
#define TALLY_UP(what)                                                                                       \
    " INSERT INTO tallies SELECT '" what "', NEW.state, 0"                                                   \
    " WHERE NOT EXISTS (SELECT 1 FROM tallies WHERE what = '" what "' AND state = NEW.state);"               \
    " UPDATE tallies SET count = count + 1 WHERE what = '" what "' AND state = NEW.state;"
#define TALLY_DOWN(what)                                                                                     \
    " UPDATE tallies SET count = count - 1 WHERE what = '" what "' AND state = OLD.state;"
#define TALLY(table, what)                                                                                   \
    "INSERT INTO tallies SELECT '" what "', state, count(*) FROM " table " GROUP BY state;"                  \
    "CREATE TRIGGER " table "_tally_new AFTER INSERT ON " table " BEGIN" TALLY_UP(what) " END;"              \
    "CREATE TRIGGER " table "_tally_state AFTER UPDATE OF state ON " table                                   \
    " WHEN NEW.state <> OLD.state BEGIN" TALLY_DOWN(what) TALLY_UP(what) " END;"                             \
    "CREATE TRIGGER " table "_tally_gone AFTER DELETE ON " table " BEGIN" TALLY_DOWN(what) " END;"
static const char tallies_migration[] =
    "CREATE TABLE tallies (what TEXT NOT NULL, state TEXT NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY (what, state)) WITHOUT ROWID;"
    TALLY("messages", "mail") TALLY("actions", "action")
    "CREATE INDEX decisions_unknown ON decisions (id) WHERE previous IS NULL AND by = 'rules'"
    " AND (category = 'unmatched' OR certainty = 'general');";
/* clang-format on */
/* Old mail leaves in small steps (ledger/retention.h). A thread keeps its number when its first mail has
 * left, so that it refers to none; and no row is looked for without an index when a mail leaves. removed,
 * bytes: so many mails so far, and what they had; last: when the last of them left. */
static const char retention_migration[] =
    "ALTER TABLE threads RENAME TO former_threads;"
    "DROP INDEX threads_thread;"
    "CREATE TABLE threads (message INTEGER PRIMARY KEY, thread INTEGER NOT NULL, relation TEXT NOT NULL,"
    " changes TEXT NOT NULL, facts TEXT NOT NULL, state TEXT NOT NULL);"
    "INSERT INTO threads SELECT message, thread, relation, changes, facts, state FROM former_threads;"
    "DROP TABLE former_threads;"
    "CREATE INDEX threads_thread ON threads (thread, message);"
    "CREATE INDEX owed_decision ON owed (decision);"
    "CREATE TABLE retention (id INTEGER PRIMARY KEY CHECK (id = 1), removed INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, last INTEGER NOT NULL);";

/* When all of the ledger was read through and was whole, last. */
static const char proof_migration[] =
    "CREATE TABLE proof (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);";

/* Where a spool lies: under the name of an earlier one it is another folder, watched since later. And the
 * steps that the clock made after mail was written down, from the first to the last mail of the life that saw
 * it. */
static const char places_migration[] =
    "ALTER TABLE spools ADD COLUMN path TEXT;"
    "CREATE TABLE clock_steps (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, step INTEGER NOT NULL);";

static const char *const migrations[] = {
    first_migration,   second_migration,    third_migration,  fourth_migration, fifth_migration,
    sixth_migration,   seventh_migration,   eighth_migration, alerts_migration, states_migration,
    tallies_migration, retention_migration, proof_migration,  places_migration};

enum { NEWEST = G_N_ELEMENTS(migrations) };

/* *version is 0 for a database without a table, that is one that nobody has made yet. Both are read at one
 * moment: a writer may be making it. */
static bool read_version(struct ledger *ledger, int *version, GError **error)
{
    static const char sql[] = "SELECT (SELECT user_version FROM pragma_user_version),"
                              " (SELECT count(*) FROM sqlite_master)";
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        sqlite3_finalize(statement);
        return ledger_fail(ledger, error);
    }
    *version = sqlite3_column_int(statement, 0);
    bool has_tables = sqlite3_column_int(statement, 1) > 0;
    sqlite3_finalize(statement);
    if (*version > NEWEST)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT,
                    "ledger %s: written by a newer awsift (version %d, this one knows %d); "
                    "install that version again",
                    ledger->path, *version, NEWEST);
    else if (*version < 0 || (*version == 0) == has_tables)
        g_set_error(
            error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT,
            "ledger %s: is a database, but no ledger of awsift; put the ledger's backup back (awsift restore FILE), "
            "or correct `store` in the configuration",
            ledger->path);
    else
        return true;
    return false;
}

bool schema_look(struct ledger *ledger, GError **error)
{
    int version = 0;
    return read_version(ledger, &version, error);
}

bool schema_check(struct ledger *ledger, GError **error)
{
    int version = 0;
    if (!read_version(ledger, &version, error))
        return false;
    if (version == NEWEST)
        return true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                "ledger %s: is of version %d and this awsift reads %d; start awsift run, which brings it up",
                ledger->path, version, NEWEST);
    return false;
}

bool schema_bring_up(struct ledger *ledger, GError **error)
{
    int version = 0;
    if (!read_version(ledger, &version, error))
        return false;
    for (; version < NEWEST; version++) {
        g_autofree char *sql = g_strdup_printf("BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT",
                                               migrations[version], version + 1);
        if (sqlite3_exec(ledger->database, sql, NULL, NULL, NULL) != SQLITE_OK) {
            ledger_fail(ledger, error);
            sqlite3_exec(ledger->database, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}
