/* Groups: who leads and who is gathered, until when it is waited, and that the members have the leader's
 * fate. */
#include "ledger_book.h"
#include "ledger/groups.h"
#include "ledger/handling.h"

#include <sqlite3.h>

#define DECIDED (NOON + 2000)

/* A mail with one action of the group "g" (or of none, where wait is 0); returns the mail. */
static int64_t gather(const char *name, const char *telling, int64_t wait, int64_t most)
{
    g_autofree char *group =
        wait > 0 ? g_strdup_printf("{\"key\": \"g\", \"wait\": %d, \"most\": %d}", (int)wait, (int)most)
                 : g_strdup("null");
    g_autofree char *actions = g_strdup_printf(
        "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {\"to\": \"technical\", \"text\": \"of %s\"},"
        " \"key\": \"key of %s\", \"telling\": \"%s\", \"due\": %" G_GINT64_FORMAT ", \"group\": %s}]",
        name, name, telling != NULL ? telling : name, DECIDED, group);
    const struct mail mail = {.name = name,
                              .account = "123456789012",
                              .actions = actions,
                              .notice = "{\"title\": \"T\", \"resources\": [\"i-1\"]}"};
    return record(&mail).message;
}

static json_t *action_of(int64_t message)
{
    g_autoptr(json_t) story = show(message);
    return json_incref((json_t *)at(story, "decisions", "0", "actions", "0", NULL));
}

static int64_t id_of(int64_t message)
{
    g_autoptr(json_t) action = action_of(message);
    return json_number(action, "id", 0);
}

/* The states of the mails' first actions. */
static void assert_states(const char *want, const int64_t *messages, size_t count)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < count; i++) {
        g_autoptr(json_t) action = action_of(messages[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", json_text(action, "state"));
    }
    assert_string_equal(text->str, want);
}
#define STATES(want, ...)                                                                                    \
    assert_states(want, (const int64_t[]){__VA_ARGS__},                                                      \
                  sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static int64_t next_due(void)
{
    return ledger_next_due(book, NULL) - DECIDED;
}

static void start(int64_t message)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, id_of(message), NOON, &error), error);
}

static void end_of(int64_t action, const char *outcome)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_end(book, action, outcome, "the reason", "", NOON, NOON, &error), error);
}

static void run(const char *sql)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static GPtrArray *due_at(int64_t now)
{
    g_autoptr(GError) error = NULL;
    const struct ledger_wish wish = {.actor = "courier", .now = now, .most = 99};
    for (;;) { /* as the outbox does: what is told already is dropped, and there may be more */
        GPtrArray *due = ledger_due(book, &wish, &error);
        bool any = false, hushed;
        good(due != NULL, error);
        for (guint i = 0; i < due->len; i++) {
            good(ledger_hush(book, ((struct ledger_action *)due->pdata[i])->telling, now, &hushed, &error),
                 error);
            any |= hushed;
        }
        if (!any)
            return due;
        g_ptr_array_unref(due);
    }
}

static void each_one_prolongs_it_up_to_the_most(void **state)
{
    int64_t first = gather("a", NULL, 1000, 10000);
    assert_int_equal(next_due(), 1000);
    int64_t second = gather("b", NULL, 5000, 10000);
    assert_int_equal(next_due(), 5000);
    int64_t third = gather("c", NULL, 50000, 90000);
    assert_int_equal(next_due(), 10000);
    STATES("waiting gathered gathered", first, second, third);
    g_autoptr(GPtrArray) early = due_at(DECIDED + 9999), due = due_at(DECIDED + 10000);
    assert_int_equal(early->len, 0);
    assert_int_equal(due->len, 1);
    const struct ledger_action *action = due->pdata[0];
    const json_t *told = json_object_get(action->context, "gathered");
    assert_int_equal(action->message, first);
    assert_int_equal(json_number(told, "count", 0), 3);
    assert_false(json_flag(told, "alike"));
    for (size_t i = 0; i < 3; i++) {
        const json_t *mail = json_array_get(json_object_get(told, "mails"), i);
        const char *const texts[] = {"of a", "of b", "of c"};
        const int64_t ids[] = {first, second, third};
        assert_int_equal(json_number(mail, "id", 0), ids[i]);
        assert_string_equal(json_text(mail, "text"), texts[i]);
        assert_string_equal(json_text(mail, "account"), "123456789012");
        assert_json(json_object_get(mail, "resources"), "[\"i-1\"]");
    }
}

static void one_by_itself_is_told_as_ever(void **state)
{
    gather("a", NULL, 1000, 1000);
    g_autoptr(GPtrArray) due = due_at(DECIDED + 1000);
    assert_int_equal(due->len, 1);
    assert_null(json_object_get(((struct ledger_action *)due->pdata[0])->context, "gathered"));
}

static void what_was_started_takes_no_more(void **state)
{
    int64_t first = gather("a", NULL, 1000, 1000);
    start(first);
    int64_t second = gather("b", NULL, 1000, 1000);
    end_of(id_of(first), "retry");
    int64_t third = gather("c", NULL, 1000, 1000);
    STATES("waiting waiting gathered", first, second, third);
}

static void members_have_the_leaders_fate(void **state)
{
    static const char *const fates[] = {"done", "dead"};
    for (size_t i = 0; i < G_N_ELEMENTS(fates); i++) {
        g_autofree char *a = g_strdup_printf("a%zu", i), *b = g_strdup_printf("b%zu", i);
        int64_t first = gather(a, NULL, 1000, 1000), second = gather(b, NULL, 1000, 1000);
        start(first);
        STATES("running gathered", first, second);
        end_of(id_of(first), fates[i]);
        g_autofree char *want = g_strdup_printf("%s %s", fates[i], fates[i]);
        STATES(want, first, second);
        g_autoptr(json_t) member = action_of(second);
        assert_non_null(strstr(json_text(member, "reason"), i == 0 ? "told with mail" : "the reason"));
        assert_non_null(json_text(member, "ended"));
    }
}

static void the_dead_are_tried_again_together(void **state)
{
    int64_t first = gather("a", NULL, 1000, 1000), second = gather("b", NULL, 1000, 1000),
            third = gather("c", NULL, 1000, 1000);
    start(first);
    end_of(id_of(first), "dead");
    const struct mail again = {.name = "c",
                               .actions = "[{\"action\": \"forward\", \"actor\": \"courier\","
                                          " \"args\": {}, \"key\": \"key of c\", \"due\": 1}]"};
    assert_int_equal(redecide(third, &again).actions, 1); /* its key is another action's by now */
    run("UPDATE actions SET state = 'waiting' WHERE leads IS NOT NULL");
    STATES("waiting gathered dead", first, second, third);
    g_autoptr(GPtrArray) due = due_at(DECIDED);
    const json_t *told = json_object_get(((struct ledger_action *)due->pdata[1])->context, "gathered");
    assert_int_equal(json_number(told, "count", 0), 2); /* the third is told by itself */
    start(first);
    end_of(id_of(first), "done");
    STATES("done done", first, second);
}

static void handle(enum handling what, int64_t action)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("[\"a%d\"]", (int)action);
    g_autoptr(json_t) ids = json_of(name);
    const struct ledger_handling wish = {.what = what, .ids = ids, .by = "hana"};
    json_t *results = ledger_handle(book, &wish, NOON, &error);
    good(results != NULL, error);
    json_decref(results);
}

/* One that a person had tried again by itself, or dropped, is no longer the group's: it is told once, or not.
 */
static void what_a_person_took_out_is_not_told_with_the_others(void **state)
{
    int64_t first = gather("a", NULL, 1000, 1000), second = gather("b", NULL, 1000, 1000),
            third = gather("c", NULL, 1000, 1000), fourth = gather("d", NULL, 1000, 1000);
    start(first);
    end_of(id_of(first), "dead");
    handle(HANDLING_RETRY, id_of(second));
    start(second);
    end_of(id_of(second), "done");
    handle(HANDLING_DROP, id_of(third));
    handle(HANDLING_RETRY, id_of(first));
    STATES("waiting done dropped gathered", first, second, third, fourth);
    g_autoptr(GPtrArray) due = due_at(DECIDED);
    const json_t *told = json_object_get(((struct ledger_action *)due->pdata[0])->context, "gathered");
    assert_int_equal(json_number(told, "count", 0), 2);
}

/* Who drops the action of one mail means that mail: the others of its group are told all the same. */
static void a_leader_that_is_dropped_hands_over(void **state)
{
    int64_t first = gather("a", NULL, 1000, 1000), second = gather("b", NULL, 1000, 1000),
            third = gather("c", NULL, 1000, 1000);
    handle(HANDLING_DROP, id_of(first));
    STATES("dropped waiting gathered", first, second, third);
    int64_t fourth = gather("d", NULL, 1000, 1000); /* it is the same group */
    g_autoptr(GPtrArray) due = due_at(DECIDED + 1000);
    const struct ledger_action *action = due->pdata[0];
    assert_int_equal(due->len, 1);
    assert_int_equal(action->message, second);
    assert_int_equal(json_number(json_object_get(action->context, "gathered"), "count", 0), 3);
    start(second);
    end_of(id_of(second), "dead");
    handle(HANDLING_DROP, id_of(second));
    STATES("dropped dropped dead dead", first, second, third, fourth);
    handle(HANDLING_RETRY, id_of(third));
    STATES("dropped dropped waiting gathered", first, second, third, fourth);
    start(third);
    end_of(id_of(third), "unknown"); /* what may have been told is not told by another one */
    handle(HANDLING_DROP, id_of(third));
    STATES("dropped dropped dropped dropped", first, second, third, fourth);
}

static void what_is_dropped_takes_no_more(void **state)
{
    int64_t first = gather("a", NULL, 1000, 1000), second = gather("b", NULL, 1000, 1000);
    run("UPDATE actions SET state = 'dropped' WHERE leads IS NOT NULL");
    int64_t third = gather("c", NULL, 1000, 1000);
    STATES("dropped dropped waiting", first, second, third);
}

static void a_gathered_action_is_not_queued_again(void **state)
{
    gather("a", NULL, 1000, 1000);
    int64_t second = gather("b", NULL, 1000, 1000);
    const struct mail again = {.name = "b",
                               .actions = "[{\"action\": \"forward\", \"actor\": \"courier\","
                                          " \"args\": {}, \"key\": \"key of b\", \"due\": 1}]"};
    assert_int_equal(redecide(second, &again).actions, 0);
}

static void each_part_tells_all(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) recipients = json_of("[\"x@a\", \"y@a\"]");
    int64_t first = gather("a", NULL, 1000, 1000), second = gather("b", NULL, 1000, 1000);
    start(first);
    good(ledger_attempt_split(book, id_of(first), recipients, NOON, &error), error);
    g_autoptr(GPtrArray) due = due_at(DECIDED + 5000);
    assert_int_equal(due->len, 2);
    for (guint i = 0; i < 2; i++) {
        const struct ledger_action *part = due->pdata[i];
        assert_int_equal(json_number(json_object_get(part->context, "gathered"), "count", 0), 2);
        good(ledger_attempt_start(book, part->id, NOON, &error), error);
        STATES("gathered", second);
        end_of(part->id, i == 0 ? "dead" : "done");
    }
    STATES("dead done", first, second);
}

/* What another copy tells already stands by itself, and is dropped only once that was told. */
static void a_copy_is_not_gathered(void **state)
{
    int64_t first = gather("a", "same", 1000, 1000), second = gather("b", NULL, 1000, 1000),
            copy = gather("copy", "same", 1000, 1000), other = gather("other", "b", 1000, 1000);
    STATES("waiting gathered waiting waiting", first, second, copy, other);
    g_autoptr(GPtrArray) due = due_at(DECIDED + 5000);
    assert_int_equal(due->len, 1);
    start(first);
    end_of(id_of(first), "dead");
    g_autoptr(GPtrArray) left = due_at(DECIDED + 5000);
    assert_int_equal(left->len, 2); /* nobody was told */
    run("UPDATE actions SET state = 'waiting' WHERE leads IS NOT NULL");
    start(first);
    end_of(id_of(first), "done");
    g_autoptr(GPtrArray) none = due_at(DECIDED + 5000);
    assert_int_equal(none->len, 0);
    STATES("dropped dropped", copy, other);
}

/* A leader whose own mail was told otherwise meanwhile still tells what it gathered. */
static void a_leader_is_never_hushed(void **state)
{
    int64_t first = gather("a", "same", 1000, 1000), second = gather("b", NULL, 1000, 1000);
    int64_t other = gather("other", "same", 0, 0);
    run("UPDATE actions SET state = 'done' WHERE leads IS NULL AND gathered IS NULL");
    g_autoptr(GPtrArray) due = due_at(DECIDED + 5000);
    assert_int_equal(due->len, 1);
    STATES("waiting gathered done", first, second, other);
}

static void so_many_are_told_at_once(void **state)
{
    g_autoptr(GError) error = NULL;
    good(ledger_begin(book, &error), error);
    int64_t first = 0;
    for (int i = 0; i < GROUP_MEMBERS_MOST + 2; i++) {
        g_autofree char *name = g_strdup_printf("mail %d", i);
        int64_t message = gather(name, NULL, 1000, 1000000);
        first = first != 0 ? first : message;
    }
    good(ledger_commit(book, &error), error);
    STATES("waiting waiting gathered", first, first + GROUP_MEMBERS_MOST, first + GROUP_MEMBERS_MOST + 1);
    g_autoptr(GPtrArray) due = due_at(DECIDED);
    assert_int_equal(due->len, 1);
    const json_t *told = json_object_get(((struct ledger_action *)due->pdata[0])->context, "gathered");
    assert_int_equal(json_array_size(json_object_get(told, "mails")), GROUP_MEMBERS_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_one_prolongs_it_up_to_the_most),
        TEST(one_by_itself_is_told_as_ever),
        TEST(what_was_started_takes_no_more),
        TEST(members_have_the_leaders_fate),
        TEST(the_dead_are_tried_again_together),
        TEST(what_a_person_took_out_is_not_told_with_the_others),
        TEST(a_leader_that_is_dropped_hands_over),
        TEST(what_is_dropped_takes_no_more),
        TEST(a_gathered_action_is_not_queued_again),
        TEST(each_part_tells_all),
        TEST(a_copy_is_not_gathered),
        TEST(a_leader_is_never_hushed),
        TEST(so_many_are_told_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
