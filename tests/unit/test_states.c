/* The guard against its tables, and the tables against docs/STATES.md. A second connection has no guard, and
 * puts rows into any state. */
#include "ledger_book.h"
#include "ledger/states.h"
#include "ledger/statement.h"

static void put(const char *sql)
{
    sqlite3 *other = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    if (sqlite3_exec(other, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", message, sql);
    sqlite3_close(other);
}

static char *quoted(const char *state, const struct state_machine *machine)
{
    return g_strcmp0(state, machine->empty) == 0 ? g_strdup("NULL") : g_strdup_printf("'%s'", state);
}

static char *insert_sql(const struct state_machine *machine, const char *state)
{
    static const struct {
        const char *table, *sql;
    } rows[] = {
        {"messages", "INSERT INTO messages (id, sha256, recipient, size, spool, file, arrived, seen, state)"
                     " VALUES (9, 'a', '', 1, 'in', 'f', 1, 1, %s)"},
        {"actions",
         "INSERT INTO actions (id, message, decision, action, actor, args, key, state, priority, due,"
         " created) VALUES (9, 1, 1, 'forward', 'courier', '{}', 'k9', %s, 2, 1, 1)"},
        {"attempts", "INSERT INTO attempts (id, action, number, started, outcome) VALUES (9, 1, 9, 1, %s)"},
        {"owed", "INSERT INTO owed (id, message, decision, kind, key, plan, step, began, queued, outcome)"
                 " VALUES (9, 1, 1, 'call', 'o9', '{}', 0, 1, 1, %s)"},
    };
    g_autofree char *value = quoted(state, machine);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) sql = g_string_new(rows[i].sql);
        if (strcmp(rows[i].table, machine->table) != 0)
            continue;
        g_string_replace(sql, "%s", value, 1);
        return g_strdup(sql->str);
    }
    fail_msg("no row for %s", machine->table);
    return NULL;
}

/* Each step as the guarded handle does it; the row as it was before where it is refused. */
static void assert_guarded(const struct state_machine *machine, const char *from, const char *to)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *clean = g_strdup_printf("DELETE FROM %s WHERE id = 9", machine->table), *sql = NULL;
    put(clean);
    if (from != NULL) {
        g_autofree char *row = insert_sql(machine, from);
        put(row);
    }
    g_autofree char *after = to != NULL ? quoted(to, machine) : NULL;
    sql = from == NULL ? insert_sql(machine, to)
          : to == NULL
              ? g_strdup(clean)
              : g_strdup_printf("UPDATE %s SET %s = %s WHERE id = 9", machine->table, machine->column, after);
    bool may = states_may(machine, from, to);
    if (statement_run(book, &error, sql, "") != may)
        fail_msg("%s from %s to %s: %s", machine->thing, from, to, may ? error->message : "was not refused");
    if (may)
        return;
    g_autofree char *words =
        g_strdup_printf("%s 9 may not go from %s to %s", machine->thing,
                        from != NULL ? from : "its beginning", to != NULL ? to : "its removal");
    assert_error(error, AWSIFT_ERROR_REFUSED, words);
    int64_t left = 0;
    g_autofree char *count = g_strdup_printf("SELECT count(*) FROM %s WHERE id = 9", machine->table);
    assert_true(statement_number(book, statement_bind(book, NULL, count, ""), &left, NULL));
    assert_int_equal(left, from != NULL ? 1 : 0);
}

static GPtrArray *states_of(const struct state_machine *machine)
{
    GPtrArray *states = g_ptr_array_new();
    for (size_t i = 0; i < machine->count; i++) {
        const char *const ends[] = {machine->steps[i].from, machine->steps[i].to};
        for (int end = 0; end < 2; end++)
            if (ends[end] != NULL && !g_ptr_array_find_with_equal_func(states, ends[end], g_str_equal, NULL))
                g_ptr_array_add(states, (void *)ends[end]);
    }
    return states;
}

static void what_is_listed_is_done_and_all_else_refused(void **state)
{
    record(&(struct mail){.name = "a",
                          .actions = "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {},"
                                     " \"key\": \"k\", \"due\": 1}]"});
    const struct state_machine *machine;
    for (size_t i = 0; (machine = states_machine(i)) != NULL; i++) {
        g_autoptr(GPtrArray) states = states_of(machine);
        for (guint from = 0; from <= states->len; from++)
            for (guint to = 0; to <= states->len; to++) {
                const char *before = from < states->len ? states->pdata[from] : NULL,
                           *after = to < states->len ? states->pdata[to] : NULL;
                if (before != after) /* a row that keeps its state makes no step */
                    assert_guarded(machine, before, after);
            }
    }
}

/* What a refused statement's transaction did before goes with it. */
static void a_refused_step_leaves_nothing_of_its_transaction(void **state)
{
    g_autoptr(GError) error = NULL;
    record(&(struct mail){.name = "a"});
    set_filed(1, "other");
    assert_true(ledger_begin(book, NULL));
    record(&(struct mail){.name = "b"});
    assert_false(
        statement_run(book, &error, "UPDATE messages SET state = 'unreadable' WHERE id IN (1, 2)", ""));
    assert_error(error, AWSIFT_ERROR_REFUSED, "mail 1 may not go from filed to unreadable");
    ledger_rollback(book);
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "messages"), "{\"filed\":1}");
    record(&(struct mail){.name = "c"}); /* and the handle is well */
}

static char *cell(const char *state, const char *none)
{
    return state != NULL ? g_strdup_printf("`%s`", state) : g_strdup(none);
}

static void the_page_shows_each_step_and_no_other(void **state)
{
    g_autofree char *file = g_build_filename(g_getenv("AWSIFT_SOURCE"), "docs", "STATES.md", NULL),
                    *text = NULL;
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    size_t rows = 0, steps = 0;
    const struct state_machine *machine;
    for (size_t m = 0; (machine = states_machine(m)) != NULL; m++)
        for (size_t i = 0; i < machine->count; i++, steps++) {
            const struct state_step *step = &machine->steps[i];
            g_autofree char *from = cell(step->from, "(begins)"), *to = cell(step->to, "(removed)"),
                            *row = g_strdup_printf("| %s | %s | %s |", from, step->event, to),
                            *arrow =
                                g_strdup_printf("    %s --> %s\n", step->from != NULL ? step->from : "[*]",
                                                step->to != NULL ? step->to : "[*]");
            if (strstr(text, row) == NULL)
                fail_msg("docs/STATES.md lacks: %s", row);
            bool drawn = step->to != NULL || strcmp(machine->table, "attempts") != 0 ||
                         strcmp(step->from, "open") == 0;
            if (drawn && strstr(text, arrow) == NULL)
                fail_msg("docs/STATES.md draws no%s", arrow);
        }
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        rows += g_str_has_prefix(at, "\n| (begins)") || g_str_has_prefix(at, "\n| `");
    size_t others = 0; /* of the last table, of what else a crash leaves */
    for (const char *at = strstr(text, "## What else"); at != NULL && (at = strchr(at, '\n')) != NULL; at++)
        others += g_str_has_prefix(at, "\n| `");
    assert_int_equal(rows - others, steps);
}

#define GROUPED(key)                                                                                         \
    "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {\"to\": \"technical\"}, \"key\": \"" key  \
    "\", \"telling\": \"t-" key                                                                              \
    "\", \"due\": 1, \"group\": {\"key\": \"g\", \"wait\": 1000, \"most\": 9000}}]"

/* Gathered into a group whose leader died; queued again by another decision, which died as well; the leader
 * is tried again, and tells what it leads: not this one. */
static void what_another_took_over_is_not_taken_for_told(void **state)
{
    const struct mail first = {.name = "a", .actions = GROUPED("one")},
                      second = {.name = "b", .actions = GROUPED("two")};
    record(&first);
    record(&second); /* action 2, gathered into the group that action 1 leads */
    assert_true(ledger_attempt_start(book, 1, NOON, NULL));
    assert_true(ledger_attempt_end(book, 1, "dead", "no", "", NOON, NOON, NULL));
    redecide(2, &second); /* action 3, with the key of action 2 */
    put("UPDATE actions SET state = 'waiting' WHERE id = 1");
    assert_true(ledger_attempt_start(book, 1, NOON, NULL));
    assert_true(ledger_attempt_start(book, 3, NOON, NULL));
    assert_true(ledger_attempt_end(book, 3, "dead", "no", "", NOON, NOON, NULL));
    assert_true(ledger_attempt_end(book, 1, "done", "", "", NOON, NOON, NULL));
    g_autoptr(json_t) story = show(2);
    assert_json(at(story, "decisions", "0", "actions", "0", "state", NULL), "\"dead\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_listed_is_done_and_all_else_refused),
        TEST(a_refused_step_leaves_nothing_of_its_transaction),
        TEST(the_page_shows_each_step_and_no_other),
        TEST(what_another_took_over_is_not_taken_for_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
