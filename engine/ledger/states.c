/* The state machines as data, and the guard that holds every writer to them: temporary triggers, made anew
 * each time a ledger is opened for writing, so that they follow this table and need no migration. Each step
 * is part of the transaction that its caller runs; a refused one fails that alone, and leaves the row as it
 * was. What fails here is the ledger, or our own code: a refusal is a fault of ours, never of a mail. */
#include "ledger/states.h"
#include "ledger/statement.h"
#include "base/error.h"

#include <string.h>

/* The file of a mail. Before its first row it is in the spool, or in hand, and the ledger knows nothing. */
static const struct state_step mail_steps[] = {
    {NULL, "decided", "its decision is written down"},
    {NULL, "unreadable", "deciders failed over it, also alone"},
    {"decided", "filed", "its file lies in the folder of its category, durably"},
    {"filed", "decided", "a new decision, or a better proven copy, wants it in another folder"},
    {"decided", "missing", "its file is nowhere"},
    {"filed", "missing", "a person removed its file"},
    {"missing", "decided", "a copy of it came, or it is decided again"},
    {"missing", "filed", "its file is back"},
    {"unreadable", "decided", "it could be decided after all, or a person did"},
    {"filed", "expired", "it is older than is kept, and finished"},
    {"missing", "expired", "it is older than is kept, and finished"},
    {"expired", "decided", "a copy of it came before its rows had gone"},
    {"expired", NULL, "its file is gone, durably"},
};

static const struct state_step action_steps[] = {
    {NULL, "waiting", "a decision, a step of an escalation, an alert, a digest or a resend queues it"},
    {NULL, "dropped", "a silence, or a limit on ringing, keeps it quiet"},
    {"waiting", "running", "an attempt starts"},
    {"waiting", "gathered", "another mail's action tells it"},
    {"waiting", "dropped", "told already, acknowledged, decided otherwise, or dropped by a person"},
    {"waiting", "dead", "its deadline passed"},
    {"running", "waiting", "retry, unknown, withdrawn, split by recipient, or cut by a crash"},
    {"running", "done", "the attempt did it"},
    {"running", "dead", "the attempt failed for good, or was the last one"},
    {"gathered", "waiting", "the one that led the group was dropped by a person: it leads"},
    {"gathered", "done", "the group was told"},
    {"gathered", "dead", "all that led the group are dead"},
    {"gathered", "dropped", "all that led the group were dropped, or its mail was decided otherwise"},
    {"dead", "waiting", "a person has it tried again"},
    {"dead", "gathered", "what leads its group is tried again"},
    {"dead", "dropped", "a person drops it, or what led its group"},
    {"done", "gathered", "a part of what told its group is tried again"},
    {"done", NULL, "its mail is older than is kept"},
    {"dropped", NULL, "its mail is older than is kept"},
};

static const struct state_step attempt_steps[] = {
    {NULL, "open", "it starts; its action is running from the same commit on"},
    {"open", "done", "the other side took it"},
    {"open", "retry", "the other side did not take it"},
    {"open", "dead", "it failed for good"},
    {"open", "unknown", "it had, or may have had, an effect that the next one repeats"},
    {"open", NULL, "it is withdrawn: it had no effect and shall not have been"},
    {"done", NULL, "its mail is older than is kept"},
    {"retry", NULL, "its mail is older than is kept"},
    {"dead", NULL, "its mail is older than is kept"},
    {"unknown", NULL, "its mail is older than is kept"},
};

static const struct state_step owed_steps[] = {
    {NULL, "open", "a decision opens it"},
    {"open", "acknowledged", "a person acknowledges it"},
    {"open", "told", "another mail tells the same already"},
    {"open", "decided", "a person decides the mail otherwise"},
    {"decided", "open", "a new decision owes it again"},
    {"acknowledged", NULL, "its mail is older than is kept"},
    {"told", NULL, "its mail is older than is kept"},
    {"decided", NULL, "its mail is older than is kept"},
};

#define STEPS(list) list, G_N_ELEMENTS(list)

static const struct state_machine machines[] = {
    {"mail", "messages", "state", NULL, STEPS(mail_steps)},
    {"action", "actions", "state", NULL, STEPS(action_steps)},
    {"attempt", "attempts", "outcome", "open", STEPS(attempt_steps)},
    {"what is owed", "owed", "outcome", "open", STEPS(owed_steps)},
};

const struct state_machine *states_machine(size_t i)
{
    return i < G_N_ELEMENTS(machines) ? &machines[i] : NULL;
}

bool states_may(const struct state_machine *machine, const char *from, const char *to)
{
    for (size_t i = 0; i < machine->count; i++)
        if (g_strcmp0(machine->steps[i].from, from) == 0 && g_strcmp0(machine->steps[i].to, to) == 0)
            return true;
    return false;
}

/* SQL: state_step(machine, id, from, to). */
static void step_check(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct state_machine *machine = states_machine((size_t)sqlite3_value_int(values[0]));
    const char *from = (const char *)sqlite3_value_text(values[2]),
               *to = (const char *)sqlite3_value_text(values[3]);
    if (machine == NULL || states_may(machine, from, to))
        return;
    g_autofree char *text = g_strdup_printf(
        "%s %" G_GINT64_FORMAT " may not go from %s to %s; nothing of this was written down, and this is a "
        "fault of awsift: please report it",
        machine->thing, (gint64)sqlite3_value_int64(values[1]), from != NULL ? from : "its beginning",
        to != NULL ? to : "its removal");
    sqlite3_result_error(context, text, -1);
    sqlite3_result_error_code(context, SQLITE_CONSTRAINT_FUNCTION); /* as ledger_fail knows it */
}

/* The state of a row, as SQL. */
static char *state_of(const struct state_machine *machine, const char *row)
{
    return machine->empty == NULL
               ? g_strdup_printf("%s.%s", row, machine->column)
               : g_strdup_printf("coalesce(%s.%s, '%s')", row, machine->column, machine->empty);
}

/* A row has its number once it is inserted; a change is refused before other triggers see it. */
static char *triggers_of(const struct state_machine *machine)
{
    g_autofree char *before = state_of(machine, "OLD"), *after = state_of(machine, "NEW"),
                    *number = g_strdup_printf("%d", (int)(machine - machines));
    const struct {
        const char *name, *value;
    } holes[] = {{"{table}", machine->table},
                 {"{column}", machine->column},
                 {"{machine}", number},
                 {"{before}", before},
                 {"{after}", after}};
    GString *sql = g_string_new("CREATE TEMP TRIGGER {table}_begin AFTER INSERT ON main.{table} BEGIN"
                                " SELECT state_step({machine}, NEW.id, NULL, {after}); END;"
                                "CREATE TEMP TRIGGER {table}_step BEFORE UPDATE OF {column} ON main.{table}"
                                " WHEN OLD.{column} IS NOT NEW.{column} BEGIN"
                                " SELECT state_step({machine}, OLD.id, {before}, {after}); END;"
                                "CREATE TEMP TRIGGER {table}_removed BEFORE DELETE ON main.{table} BEGIN"
                                " SELECT state_step({machine}, OLD.id, {before}, NULL); END;");
    for (size_t i = 0; i < G_N_ELEMENTS(holes); i++)
        g_string_replace(sql, holes[i].name, holes[i].value, 0);
    return g_string_free(sql, FALSE);
}

bool states_guard(struct ledger *ledger, GError **error)
{
    g_autoptr(GString) sql = g_string_new("PRAGMA temp_store = MEMORY;");
    for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_autofree char *triggers = triggers_of(&machines[i]);
        g_string_append(sql, triggers);
    }
    return (sqlite3_create_function(ledger->database, "state_step", 4, SQLITE_UTF8, NULL, step_check, NULL,
                                    NULL) == SQLITE_OK &&
            sqlite3_exec(ledger->database, sql->str, NULL, NULL, NULL) == SQLITE_OK) ||
           ledger_fail(ledger, error);
}
