/* A mail that is decided again and is another contact's by then: who is told, who no longer, and under which
 * keys. */
#include "ledger_book.h"
#include "ledger/owed.h"

#include <sqlite3.h>

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FORWARD(to, more)                                                                                    \
    "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {\"to\": \"" to "\"}, \"key\": \"" KEY     \
    "\", \"due\": 1" more "}]"
#define CHAT                                                                                                 \
    "[{\"action\": \"chat\", \"actor\": \"courier\", \"args\": {\"channel\": \"ops\"}, \"key\": \"" KEY      \
    "\", \"due\": 1}]"
#define OWED(kind, to)                                                                                       \
    "[{\"kind\": \"" kind "\", \"key\": \"K\", \"plan\": {\"name\": \"n\", \"steps\": [{\"after\": 0,"       \
    " \"actions\": [{\"action\": \"call\", \"args\": {\"to\": \"" to "\"}}]}]}}]"

static const struct mail of_a = {.name = "m", .actions = FORWARD("technical", ""), .contact = "a"},
                         of_b = {.name = "m", .actions = FORWARD("technical", ""), .contact = "b"};

/* "state" of each action of all its decisions, in order of their ids; with "!" where its key is KEY. */
static void assert_actions(int64_t message, const char *want)
{
    g_autoptr(json_t) story = show(message);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t i, k;
    json_t *decision, *action;
    json_array_foreach(json_object_get(story, "decisions"), i, decision)
        json_array_foreach(json_object_get(decision, "actions"), k, action)
            g_string_append_printf(text, "%s%s%s", text->len > 0 ? ", " : "", json_text(action, "state"),
                                   g_strcmp0(json_text(action, "key"), KEY) == 0 ? "!" : "");
    assert_string_equal(text->str, want);
}

static void run(const char *sql)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void end(int64_t action, const char *outcome)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, action, NOON, &error), error);
    good(ledger_attempt_end(book, action, outcome, "why", "", NOON, NOON, &error), error);
}

static void each_contact_is_told_once(void **state)
{
    int64_t message = record(&of_a).message;
    end(1, "done");
    assert_int_equal(redecide(message, &of_a).actions, 0);
    assert_int_equal(redecide(message, &of_b).actions, 1);
    assert_actions(message, "done!, waiting");
    assert_int_equal(redecide(message, &of_b).actions, 0);
    end(2, "done");
    assert_int_equal(redecide(message, &of_b).actions, 0);
    assert_int_equal(redecide(message, &of_a).actions, 0);
    const struct mail of_nobody = {.name = "m", .actions = FORWARD("technical", "")};
    assert_int_equal(redecide(message, &of_nobody).actions, 1);
    assert_actions(message, "done!, done, waiting");
}

static void what_waits_for_another_is_dropped(void **state)
{
    int64_t message = record(&of_a).message;
    assert_int_equal(redecide(message, &of_a).actions, 0);
    assert_actions(message, "waiting!");
    assert_int_equal(redecide(message, &of_b).actions, 1);
    assert_actions(message, "dropped!, waiting!"); /* nobody was told under that key */
    end(2, "unknown");
    assert_int_equal(redecide(message, &of_a).actions, 1);
    assert_actions(message, "dropped!, dropped!, waiting");
}

/* Whose fate is known only after this one was told. */
static void a_key_of_its_own_stays(void **state)
{
    g_autoptr(GError) error = NULL;
    int64_t message = record(&of_a).message;
    good(ledger_attempt_start(book, 1, NOON, &error), error);
    assert_int_equal(redecide(message, &of_b).actions, 1);
    end(2, "done");
    good(ledger_attempt_end(book, 1, "dead", "why", "", NOON, NOON, &error), error);
    assert_int_equal(redecide(message, &of_b).actions, 0);
    assert_actions(message, "dead!, done");
}

static void parts_count_as_their_whole(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) list = json_of("[\"x@a\", \"y@a\"]");
    int64_t message = record(&of_a).message;
    good(ledger_attempt_start(book, 1, NOON, &error) && ledger_attempt_split(book, 1, list, NOON, &error),
         error);
    end(1, "done");
    assert_int_equal(redecide(message, &of_b).actions, 1);
    assert_actions(message, "done, dropped, waiting");
    assert_int_equal(redecide(message, &of_b).actions, 0);
}

static void whoever_is_the_same_is_told_no_more(void **state)
{
    const char *const actions[] = {CHAT, FORWARD("operators", "")};
    for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
        struct mail mail = {.name = i == 0 ? "m" : "n", .actions = actions[i], .contact = "a"};
        int64_t message = record(&mail).message;
        mail.contact = "b";
        assert_int_equal(redecide(message, &mail).actions, 0);
        assert_actions(message, "waiting!");
        end((int64_t)i + 1, "done");
        assert_int_equal(redecide(message, &mail).actions, 0);
        run("UPDATE actions SET key = id"); /* which has it alone */
    }
}

/* The next one of it leads it. */
static void a_group_goes_on_without_it(void **state)
{
    const char *gathers =
        FORWARD("technical", ", \"group\": {\"key\": \"g\", \"wait\": 1000, \"most\": 2000}");
    struct mail one = {.name = "one", .actions = gathers, .contact = "a"};
    g_autofree char *other = g_strdup(gathers);
    memcpy(strstr(other, KEY), "9999", 4);
    const struct mail two = {.name = "two", .actions = other, .contact = "a", .message_id = "2@x"};
    int64_t first = record(&one).message, second = record(&two).message;
    assert_actions(first, "waiting!");
    assert_actions(second, "gathered");
    one.contact = "b";
    one.actions = FORWARD("technical", "");
    assert_int_equal(redecide(first, &one).actions, 1);
    assert_actions(first, "dropped!, waiting!");
    assert_actions(second, "waiting");
    struct mail later = {.name = "two", .actions = "[]", .contact = "b"};
    redecide(second, &later);
    assert_actions(second, "dropped");
}

/* "outcome key" of all that is owed. */
static void assert_owed(int64_t message, const char *want)
{
    g_autoptr(json_t) list = owed_of(book, message, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *row;
    json_array_foreach(list, index, row)
        g_string_append_printf(text, "%s%s", index > 0 ? ", " : "", json_text_or(row, "outcome", "open"));
    assert_string_equal(text->str, want);
}

static void the_phone_of_whose_it_is_rings(void **state)
{
    struct mail mail = {.name = "m", .owed = OWED("call", "emergency"), .contact = "a"};
    int64_t message = record(&mail).message;
    end(1, "done");
    assert_int_equal(redecide(message, &mail).actions, 0);
    mail.contact = "b";
    assert_int_equal(redecide(message, &mail).actions, 1);
    assert_owed(message, "decided, open");
    assert_actions(message, "done, waiting");
    assert_int_equal(redecide(message, &mail).actions, 0);
    assert_int_equal(decide(&mail, message, "hana").actions, 0);
    assert_owed(message, "decided, open");
    mail.contact = "a"; /* whose phone has rung: that goes on, and the other one's ends */
    redecide(message, &mail);
    assert_owed(message, "open, decided");
    good(owed_advance(book, NOON + 3000, NULL, NULL), NULL);
    assert_actions(message, "done, dropped");
}

static void what_rings_the_operators_goes_on(void **state)
{
    struct mail mail = {.name = "m", .contact = "a"};
    mail.owed = "[{\"kind\": \"call\", \"key\": \"O\", \"plan\": {\"name\": \"o\", \"steps\": [{\"after\": 0,"
                " \"actions\": [{\"action\": \"call\", \"args\": {\"to\": \"operators\"}}]}]}}]";
    int64_t message = record(&mail).message;
    mail.contact = "b";
    mail.owed = OWED("call", "emergency");
    assert_int_equal(redecide(message, &mail).actions, 1);
    assert_owed(message, "open, open");
}

static void who_acknowledged_it_is_rung_no_more(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) result = NULL;
    struct mail mail = {.name = "m", .owed = OWED("call", "emergency"), .contact = "a"};
    int64_t message = record(&mail).message;
    const struct owed_ack ack = {.message = message, .by = "hana"};
    good(owed_acknowledge(book, &ack, NOON + 3000, &result, &error), error);
    mail.contact = "b";
    assert_int_equal(redecide(message, &mail).actions, 0);
    assert_owed(message, "acknowledged");
    struct mail other = {.name = "n", .contact = "a"};
    other.owed =
        "[{\"kind\": \"call\", \"key\": \"N\", \"plan\": {\"name\": \"n\", \"steps\": [{\"after\": 0,"
        " \"actions\": [{\"action\": \"call\", \"args\": {\"to\": \"emergency\"}}]}]}}]";
    const struct owed_ack later = {.message = record(&other).message, .by = "hana"};
    static const char *const contacts[] = {"b", "a", "c", "b"};
    for (size_t i = 0; i < G_N_ELEMENTS(contacts); i++) { /* b acknowledges: no other is rung after that */
        g_autoptr(json_t) acknowledged = NULL;
        other.contact = contacts[i];
        assert_int_equal(redecide(later.message, &other).actions, i == 0);
        if (i == 0)
            good(owed_acknowledge(book, &later, NOON + 3000, &acknowledged, &error), error);
        assert_owed(later.message, "decided, acknowledged");
    }
    struct mail operators = {.name = "o", .owed = OWED("call", "operators"), .contact = "a"};
    operators.owed =
        "[{\"kind\": \"call\", \"key\": \"O\", \"plan\": {\"name\": \"n\", \"steps\": [{\"after\": 0,"
        " \"actions\": [{\"action\": \"call\", \"args\": {\"to\": \"operators\"}}]}]}}]";
    message = record(&operators).message;
    operators.contact = "b";
    assert_int_equal(redecide(message, &operators).actions, 0);
    assert_owed(message, "open");
}

static void an_answer_is_owed_by_whose_it_is(void **state)
{
    g_autoptr(GError) error = NULL;
    struct mail mail = {.name = "m", .contact = "a"};
    mail.owed =
        "[{\"kind\": \"answer\", \"key\": \"A\", \"plan\": {\"name\": \"n\", \"steps\": [{\"after\": 5000,"
        " \"actions\": [{\"action\": \"remind\", \"args\": {\"to\": \"technical\"}}]}]}}]";
    int64_t message = record(&mail).message;
    mail.contact = "b";
    assert_int_equal(redecide(message, &mail).actions, 0);
    assert_owed(message, "open");
    good(owed_advance(book, NOON + HOUR, NULL, &error), error);
    const struct ledger_wish wish = {.actor = "courier", .now = NOON + HOUR, .most = 9};
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, &error);
    assert_int_equal(due->len, 1);
    assert_string_equal(json_text(((struct ledger_action *)due->pdata[0])->context, "contact"), "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_contact_is_told_once),
        TEST(what_waits_for_another_is_dropped),
        TEST(a_key_of_its_own_stays),
        TEST(what_rings_the_operators_goes_on),
        TEST(parts_count_as_their_whole),
        TEST(whoever_is_the_same_is_told_no_more),
        TEST(a_group_goes_on_without_it),
        TEST(the_phone_of_whose_it_is_rings),
        TEST(who_acknowledged_it_is_rung_no_more),
        TEST(an_answer_is_owed_by_whose_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
