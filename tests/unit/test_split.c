/* An action that becomes one for each recipient: keys, what is told once, and a split that is done again. */
#include "ledger_book.h"
#include "ledger/handling.h"
#include "wire/action.h"

#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ACTION(key, telling)                                                                                 \
    "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {\"to\": \"technical\"}, \"key\": \"" key  \
    "\", \"telling\": \"" telling "\", \"due\": 1}]"

static json_t *actions_of(int64_t message)
{
    g_autoptr(json_t) story = show(message);
    json_t *all = json_array();
    size_t index;
    json_t *decision;
    json_array_foreach(json_object_get(story, "decisions"), index, decision)
        json_array_extend(all, json_object_get(decision, "actions"));
    return all;
}

/* "recipient state attempts" of each, in order of their ids. */
static void assert_actions(int64_t message, const char *want)
{
    g_autoptr(json_t) actions = actions_of(message);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *action;
    json_array_foreach(actions, index, action)
        g_string_append_printf(text, "%s%s %s %d", index > 0 ? ", " : "",
                               json_text_or(json_object_get(action, "args"), ACTION_RECIPIENT, "-"),
                               json_text(action, "state"), (int)json_number(action, "count", -1));
    assert_string_equal(text->str, want);
}

static int64_t id_of(int64_t message, size_t index)
{
    g_autoptr(json_t) actions = actions_of(message);
    return json_number(json_array_get(actions, index), "id", 0);
}

static void start(int64_t action)
{
    g_autoptr(GError) error = NULL;
    good(ledger_attempt_start(book, action, NOON, &error), error);
}

static void end(int64_t action, const char *outcome)
{
    g_autoptr(GError) error = NULL;
    start(action);
    good(ledger_attempt_end(book, action, outcome, "why", "", NOON, NOON, &error), error);
}

static void split(int64_t action, const char *recipients)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) list = json_of(recipients);
    start(action);
    good(ledger_attempt_split(book, action, list, NOON, &error), error);
}

static const struct mail mail = {.name = "a", .actions = ACTION(KEY, "")};

static void each_recipient_gets_an_action(void **state)
{
    int64_t message = record(&mail).message;
    split(id_of(message, 0), "[\"a@x\", \"b@x\", \"a@x\", \"c@x\"]");
    assert_actions(message, "a@x waiting 0, b@x waiting 0, c@x waiting 0");
    g_autoptr(json_t) actions = actions_of(message);
    for (size_t i = 0; i < 3; i++) {
        const json_t *action = json_array_get(actions, i);
        g_autofree char *key =
            action_key_for(KEY, json_text(json_object_get(action, "args"), ACTION_RECIPIENT));
        assert_string_equal(json_text(action, "key"), key);
        assert_string_equal(json_text(json_object_get(action, "args"), "to"), "technical");
        assert_int_equal(json_array_size(json_object_get(action, "attempts")), 0);
    }
}

static void decided_again_only_what_is_dead_is_queued(void **state)
{
    int64_t message = record(&mail).message;
    split(id_of(message, 0), "[\"a@x\", \"b@x\"]");
    end(id_of(message, 0), "done");
    assert_int_equal(redecide(message, &mail).actions, 0);
    end(id_of(message, 1), "dead");
    assert_int_equal(redecide(message, &mail).actions, 1);
    split(id_of(message, 2), "[\"a@x\", \"b@x\"]");
    assert_actions(message, "a@x done 1, b@x dead 1, b@x waiting 0");
    assert_int_equal(redecide(message, &mail).actions, 0);
    end(id_of(message, 2), "done");
    assert_int_equal(redecide(message, &mail).actions, 0);
}

static void a_role_that_has_changed_is_split_anew(void **state)
{
    int64_t message = record(&mail).message;
    split(id_of(message, 0), "[\"a@x\", \"typo@x\"]");
    end(id_of(message, 0), "done");
    end(id_of(message, 1), "retry");
    split(id_of(message, 1), "[\"a@x\", \"b@x\"]");
    assert_actions(message, "a@x done 1, b@x waiting 0");
    split(id_of(message, 1), "[\"a@x\"]");
    assert_actions(message, "a@x done 1, b@x dropped 0");
}

static void the_same_told_twice_is_told_once_to_each(void **state)
{
    int64_t first = record(&mail).message;
    int64_t one = record(&(struct mail){.name = "one", .actions = ACTION("1" KEY, KEY)}).message,
            two = record(&(struct mail){.name = "two", .actions = ACTION("2" KEY, KEY)}).message;
    const struct ledger_wish wish = {.actor = "courier", .now = NOON, .most = 9};
    split(id_of(one, 0), "[\"a@x\", \"b@x\"]");
    split(id_of(two, 0), "[\"a@x\", \"b@x\"]");
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, NULL);
    assert_int_equal(due->len, 3); /* those of the third wait for those of the second */
    end(id_of(one, 0), "done");
    end(id_of(one, 1), "dead");
    bool hushed;
    for (guint i = 0; i < due->len; i++)
        assert_true(ledger_hush(book, ((struct ledger_action *)due->pdata[i])->telling, NOON, &hushed, NULL));
    g_autoptr(GPtrArray) later = ledger_due(book, &wish, NULL);
    for (guint i = 0; i < later->len; i++)
        assert_true(
            ledger_hush(book, ((struct ledger_action *)later->pdata[i])->telling, NOON, &hushed, NULL));
    assert_actions(two, "a@x dropped 0, b@x waiting 0");
    assert_actions(first, "- waiting 0");
}

/* What a person had tried again after long has all its time: each part of it. */
static void each_part_counts_from_when_the_whole_was_tried_again(void **state)
{
    g_autoptr(GError) error = NULL;
    record(&(struct mail){.name = "m", .actions = ACTION(KEY, "t")});
    end(1, "dead");
    g_autoptr(json_t) ids = json_of("[\"a1\"]");
    const struct ledger_handling wish = {.what = HANDLING_RETRY, .ids = ids, .by = "hana"};
    json_t *results = ledger_handle(book, &wish, NOON + HOUR, &error);
    good(results != NULL, error);
    json_decref(results);
    split(1, "[\"x@a\", \"y@a\"]");
    const struct ledger_wish due = {.actor = "courier", .now = NOON + 2 * HOUR, .most = 9};
    g_autoptr(GPtrArray) parts = ledger_due(book, &due, &error);
    assert_int_equal(parts->len, 2);
    for (guint i = 0; i < parts->len; i++)
        assert_true(((struct ledger_action *)parts->pdata[i])->since >= NOON + HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_recipient_gets_an_action),
        TEST(decided_again_only_what_is_dead_is_queued),
        TEST(a_role_that_has_changed_is_split_anew),
        TEST(the_same_told_twice_is_told_once_to_each),
        TEST(each_part_counts_from_when_the_whole_was_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
