/* Keys of effects, which must not change between releases, and results as an actor would lie about them. */
#include "base/error.h"
#include "base/json.h"
#include "wire/action.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char sha[] = "a295e46c7b4bda7b1ae5be0fea9f23d7d7a3ebd9c0b81a2fc1dc3c1e8c1a51f2";

static json_t *read_text(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static char *key_of(const char *hash, const char *recipient, const char *action, const char *args,
                    unsigned ordinal)
{
    g_autoptr(json_t) value = read_text(args);
    return action_key(hash, recipient, action, value, ordinal);
}

static void a_key_is_what_it_always_was(void **state)
{
    g_autofree char *joined = g_strdup_printf("%s|root@example.com|forward|to=technical|0|", sha);
    gsize length = strlen(joined);
    g_strdelimit(joined, "|", '\0');
    g_autofree char *want = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)joined, length);
    g_autofree char *key = key_of(sha, "root@example.com", "forward", "{\"to\":\"technical\"}", 0);
    assert_string_equal(key, want);
}

static void the_same_effect_has_the_same_key(void **state)
{
    static const char *const pairs[][2] = {
        {"{\"to\":\"technical\",\"subject\":\"one\"}",
         "{\"subject\":\"two\",\"to\":\"technical\",\"quote\":true}"},
        {"{\"channel\":\"ops\",\"text\":\"a\"}", "{\"text\":\"b\",\"channel\":\"ops\"}"},
        {"{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_autofree char *one = key_of(sha, "a@example.com", "forward", pairs[i][0], 0);
        g_autofree char *two = key_of(sha, "a@example.com", "forward", pairs[i][1], 0);
        assert_string_equal(one, two);
    }
    g_autofree char *none = key_of(sha, NULL, "forward", "{\"to\":\"technical\"}", 0);
    g_autofree char *empty = key_of(sha, "", "forward", "{\"to\":\"technical\"}", 0);
    assert_string_equal(none, empty);
}

static void each_field_changes_the_key(void **state)
{
    static const char other[] = "b295e46c7b4bda7b1ae5be0fea9f23d7d7a3ebd9c0b81a2fc1dc3c1e8c1a51f2";
    static const struct {
        const char *sha, *recipient, *action, *args;
        unsigned ordinal;
    } cases[] = {
        {sha, "a@example.com", "forward", "{\"to\":\"technical\"}", 0},
        {other, "a@example.com", "forward", "{\"to\":\"technical\"}", 0},
        {sha, "b@example.com", "forward", "{\"to\":\"technical\"}", 0},
        {sha, NULL, "forward", "{\"to\":\"technical\"}", 0},
        {sha, "a@example.com", "call", "{\"to\":\"technical\"}", 0},
        {sha, "a@example.com", "forward", "{\"to\":\"security\"}", 0},
        {sha, "a@example.com", "forward", "{\"to\":\"technical\"}", 1},
        {sha, "a@example.com", "forward", "{\"to\":\"technical\"}", 10},
        {sha, "a@example.com", "forward", "{\"channel\":\"technical\"}", 0},
        {sha, "a@example.com", "forward", "{\"command\":\"technical\"}", 0},
        {sha, "a@example.com", "forward", "{\"webhook\":\"technical\"}", 0},
        {sha, "a@example.com", "forward", "{\"folder\":\"technical\"}", 0},
        {sha, "a@example.com", "forward", "{\"text\":\"technical\"}", 0},
        {sha, "a@example.com", "forward", "{\"to\":[\"technical\"]}", 0},
        {sha, "a@example.com", "forward", "{\"to\":null}", 0},
        {sha, "a@example.com", "forward", "{}", 0},
        /* what stands in one field must not slip into the next */
        {sha, "a@example.comforward", "", "{\"to\":\"technical\"}", 0},
        {sha, "a@example.com", "forwardto=", "{\"to\":\"technical\"}", 0},
        {sha, "", "a@example.com", "{\"to\":\"technical\"}", 0},
    };
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *key =
            key_of(cases[i].sha, cases[i].recipient, cases[i].action, cases[i].args, cases[i].ordinal);
        assert_int_equal(strlen(key), 64);
        if (!g_hash_table_add(keys, key))
            fail_msg("case %zu has the key of another", i);
    }
}

static void a_destination_is_the_first_that_is_named(void **state)
{
    static const char *const cases[][2] = {
        {"{\"folder\":\"f\",\"to\":\"technical\"}", "to=technical"},
        {"{\"channel\":\"ops\",\"command\":\"c\"}", "channel=ops"},
        {"{\"to\":7,\"command\":\"c\"}", "command=c"},
        {"{\"webhook\":\"\"}", "webhook="},
        {"{\"folder\":\"a\\nb\"}", "folder=a\nb"},
        {"{\"b\":1,\"a\":\"日本\"}", "{\"a\":\"日本\",\"b\":1}"},
        {"{}", "{}"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) args = read_text(cases[i][0]);
        g_autofree char *destination = action_destination(args);
        assert_string_equal(destination, cases[i][1]);
    }
}

static void outcomes_have_names(void **state)
{
    assert_string_equal(outcome_name(OUTCOME_DONE), "done");
    assert_string_equal(outcome_name(OUTCOME_RETRY), "retry");
    assert_string_equal(outcome_name(OUTCOME_DEAD), "dead");
    assert_string_equal(outcome_name(OUTCOME_UNKNOWN), "unknown");
}

static void results_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t id;
        enum outcome outcome;
        int64_t after;
        const char *reason, *detail;
    } cases[] = {
        {"{\"id\":1,\"outcome\":\"done\"}", 1, OUTCOME_DONE, -1, "", ""},
        {"{\"id\":9223372036854775807,\"outcome\":\"dead\",\"reason\":\"no\",\"detail\":\"d\",\"after\":null}",
         INT64_MAX, OUTCOME_DEAD, -1, "no", "d"},
        {"{\"id\":7,\"outcome\":\"retry\",\"after\":0}", 7, OUTCOME_RETRY, 0, "", ""},
        {"{\"id\":7,\"outcome\":\"retry\",\"after\":60000}", 7, OUTCOME_RETRY, 60000, "", ""},
        {"{\"id\":7,\"outcome\":\"retry\",\"after\":9223372036854775807}", 7, OUTCOME_RETRY, INT64_MAX, "",
         ""},
        {"{\"id\":7,\"outcome\":\"unknown\",\"down\":1}", 7, OUTCOME_UNKNOWN, -1, "", ""},
        {"{\"id\":7,\"outcome\":\"split\",\"recipients\":[\"a@example.jp\"]}", 7, OUTCOME_SPLIT, -1, "", ""},
        {"{\"id\":7,\"outcome\":\"done\",\"reason\":[],\"detail\":7}", 7, OUTCOME_DONE, -1, "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) body = read_text(cases[i].text);
        struct action_result result;
        assert_true(action_result_read(body, &result, NULL));
        assert_true(result.id == cases[i].id && result.after == cases[i].after);
        assert_int_equal(result.outcome, cases[i].outcome);
        assert_string_equal(result.reason, cases[i].reason);
        assert_string_equal(result.detail, cases[i].detail);
    }
}

static void a_result_that_cannot_be_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "{\"id\":1}",
        "{\"outcome\":\"done\"}",
        "{\"id\":0,\"outcome\":\"done\"}",
        "{\"id\":-1,\"outcome\":\"done\"}",
        "{\"id\":-9223372036854775808,\"outcome\":\"done\"}",
        "{\"id\":\"1\",\"outcome\":\"done\"}",
        "{\"id\":1.0,\"outcome\":\"done\"}",
        "{\"id\":1,\"outcome\":\"split\"}",
        "{\"id\":1,\"outcome\":\"split\",\"recipients\":[]}",
        "{\"id\":1,\"outcome\":\"split\",\"recipients\":\"a@example.jp\"}",
        "{\"id\":1,\"outcome\":\"split\",\"recipients\":[\"a@example.jp\",1]}",
        "{\"id\":1,\"outcome\":\"split\",\"recipients\":[\"\"]}",
        "{\"id\":1,\"outcome\":\"\"}",
        "{\"id\":1,\"outcome\":\"Done\"}",
        "{\"id\":1,\"outcome\":0}",
        "{\"id\":1,\"outcome\":null}",
        "{\"id\":1,\"outcome\":[\"done\"]}",
        "{\"id\":1,\"outcome\":\"retry\",\"after\":-2}",
        "{\"id\":1,\"outcome\":\"retry\",\"after\":-9223372036854775808}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(json_t) body = read_text(texts[i]);
        g_autoptr(GError) error = NULL;
        struct action_result result;
        if (action_result_read(body, &result, &error))
            fail_msg("accepted: %s", texts[i]);
        assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL));
    }
}

static void recipients_have_limits(void **state)
{
    for (size_t count = ACTION_RECIPIENTS_MOST; count <= ACTION_RECIPIENTS_MOST + 1; count++) {
        g_autoptr(json_t) body = json_pack("{s:i, s:s, s:[]}", "id", 1, "outcome", "split", "recipients");
        for (size_t i = 0; i < count; i++)
            json_array_append_new(json_object_get(body, "recipients"), json_string("a@example.jp"));
        struct action_result result;
        assert_int_equal(action_result_read(body, &result, NULL), count == ACTION_RECIPIENTS_MOST);
    }
}

static void words_have_a_limit(void **state)
{
    static const char *const names[] = {"reason", "detail"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        for (size_t length = ACTION_WORDS_LONGEST; length <= ACTION_WORDS_LONGEST + 1; length++) {
            g_autofree char *words = g_strnfill(length, 'x');
            g_autoptr(json_t) body =
                json_pack("{s:i, s:s, s:s}", "id", 1, "outcome", "done", names[i], words);
            struct action_result result;
            assert_int_equal(action_result_read(body, &result, NULL), length == ACTION_WORDS_LONGEST);
        }
}

static void a_recipients_key_begins_with_the_wholes(void **state)
{
    g_autoptr(json_t) args = read_text("{\"to\":\"technical\"}");
    g_autofree char *whole = action_key("sha", "", "forward", args, 0),
                    *one = action_key_for(whole, "a@example.jp"),
                    *other = action_key_for(whole, "b@example.jp"),
                    *again = action_key_for(other, "a@example.jp");
    assert_int_equal(strlen(whole), ACTION_KEY_LENGTH);
    assert_true(g_str_has_prefix(one, whole) && one[ACTION_KEY_LENGTH] == '.');
    assert_string_not_equal(one, other);
    assert_string_equal(one, again); /* that of one recipient may be split anew */
    g_autofree char *once_more = g_strconcat(whole, "+2", NULL),
                    *part = action_key_for(once_more, "a@example.jp"),
                    *of_part = g_strconcat(one, "+2", NULL), *same = action_key_for(of_part, "a@example.jp"),
                    *anew = action_key_for(part, "a@example.jp");
    assert_true(g_str_has_prefix(part, once_more) && part[strlen(once_more)] == '.');
    assert_string_equal(part, same);
    assert_string_equal(part, anew);
}

static char *telling(const char *decision, const char *body, const char *action, const char *args,
                     unsigned ordinal)
{
    g_autoptr(json_t) decided = json_loads(decision, 0, NULL), said = json_loads(args, 0, NULL);
    assert_non_null(decided);
    assert_non_null(said);
    return action_telling(decided, body, action, said, ordinal);
}

#define DECIDED                                                                                              \
    "{\"message_id\":\"a@example.com\",\"account\":\"123456789012\",\"rule\":\"r\",\"auth\":{\"verdict\":\"proven\"}}"

static void a_telling_is_the_same_only_where_all_is(void **state)
{
    static const struct {
        const char *decision, *body, *action, *args;
        unsigned ordinal;
    } others[] = {
        {"{\"message_id\":\"b@example.com\",\"account\":\"123456789012\",\"rule\":\"r\",\"auth\":{\"verdict\":\"proven\"}}",
         "b", "forward", "{\"to\":\"technical\"}", 0},
        {"{\"message_id\":\"a@example.com\",\"account\":\"123456789013\",\"rule\":\"r\",\"auth\":{\"verdict\":\"proven\"}}",
         "b", "forward", "{\"to\":\"technical\"}", 0},
        {"{\"message_id\":\"a@example.com\",\"account\":\"123456789012\",\"rule\":\"s\",\"auth\":{\"verdict\":\"proven\"}}",
         "b", "forward", "{\"to\":\"technical\"}", 0},
        {"{\"message_id\":\"a@example.com\",\"account\":\"123456789012\",\"rule\":\"r\",\"auth\":{\"verdict\":\"unproven\"}}",
         "b", "forward", "{\"to\":\"technical\"}", 0},
        {DECIDED, "c", "forward", "{\"to\":\"technical\"}", 0},
        {DECIDED, "b", "chat", "{\"to\":\"technical\"}", 0},
        {DECIDED, "b", "forward", "{\"to\":\"security\"}", 0},
        {DECIDED, "b", "forward", "{\"to\":\"technical\"}", 1},
    };
    g_autofree char *one = telling(DECIDED, "b", "forward", "{\"to\":\"technical\"}", 0),
                    *again = telling(DECIDED, "b", "forward", "{\"to\":\"technical\"}", 0);
    assert_string_equal(one, again);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *other =
            telling(others[i].decision, others[i].body, others[i].action, others[i].args, others[i].ordinal);
        assert_string_not_equal(one, other);
    }
}

#define GROUPED(verdict, rule, technical)                                                                    \
    "{\"verdict\":\"" verdict                                                                                \
    "\",\"group\":{\"by\":[\"rule\"],\"wait\":\"5m\",\"most\":\"1h\",\"facts\":{\"rule\":\"" rule            \
    "\"},\"people\":{\"technical\":" technical ",\"\":\"c\"}}}"
#define USUAL GROUPED("proven", "r", "\"p\"")

/* The key, "" for an action that is told by itself. */
static char *group_key(const char *context, const char *action, const char *actor, const char *args)
{
    g_autoptr(json_t) known = json_loads(context, 0, NULL), said = json_loads(args, 0, NULL);
    g_autoptr(json_t) group = action_group(known, action, actor, said);
    if (json_is_object(group)) {
        assert_int_equal(json_number(group, "wait", 0), 300000);
        assert_int_equal(json_number(group, "most", 0),
                         strstr(context, "\"1h\"") != NULL ? 3600000 : 7200000);
    }
    return g_strdup(json_text_or(group, "key", ""));
}

static void a_group_has_one_key_only_where_all_is_alike(void **state)
{
    static const struct {
        const char *name, *context, *action, *actor, *args;
        char like; /* '=' the usual key, '!' another, '0' none */
    } cases[] = {
        {"the same", USUAL, "forward", "courier", "{\"to\":\"technical\"}", '='},
        {"other words", USUAL, "forward", "courier", "{\"to\":\"technical\",\"text\":\"x\"}", '='},
        {"less proven", GROUPED("unproven", "r", "\"p\""), "forward", "courier", "{\"to\":\"technical\"}",
         '!'},
        {"another rule", GROUPED("proven", "q", "\"p\""), "forward", "courier", "{\"to\":\"technical\"}",
         '!'},
        {"other people", GROUPED("proven", "r", "\"o\""), "forward", "courier", "{\"to\":\"technical\"}",
         '!'},
        {"other times",
         "{\"verdict\":\"proven\",\"group\":{\"by\":[\"rule\"],\"wait\":\"5m\",\"most\":\"2h\",\"facts\":{\"rule\":\"r\"},"
         "\"people\":{\"technical\":\"p\",\"\":\"c\"}}}",
         "forward", "courier", "{\"to\":\"technical\"}", '!'},
        {"people that nobody knows", GROUPED("proven", "r", "null"), "forward", "courier",
         "{\"to\":\"technical\"}", '0'},
        {"a role that was not looked up", USUAL, "forward", "courier", "{\"to\":\"security\"}", '0'},
        {"a chat", USUAL, "chat", "courier", "{\"channel\":\"c\"}", '!'},
        {"a call", USUAL, "call", "courier", "{\"to\":\"technical\"}", '0'},
        {"a program", USUAL, "exec", "courier", "{\"command\":\"c\"}", '0'},
        {"a team's own", USUAL, "forward", "custom", "{\"to\":\"technical\"}", '0'},
        {"no group", "{\"verdict\":\"proven\",\"group\":null}", "forward", "courier",
         "{\"to\":\"technical\"}", '0'},
    };
    g_autofree char *usual = group_key(USUAL, "forward", "courier", "{\"to\":\"technical\"}");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *key = group_key(cases[i].context, cases[i].action, cases[i].actor, cases[i].args);
        char like = key[0] == '\0' ? '0' : strcmp(key, usual) == 0 ? '=' : '!';
        if (like != cases[i].like)
            fail_msg("%s: %c", cases[i].name, like);
    }
}

static void what_cannot_be_compared_has_no_telling(void **state)
{
    assert_null(telling("{\"account\":\"123456789012\"}", "b", "forward", "{}", 0));
    assert_null(telling(DECIDED, NULL, "forward", "{}", 0));
    assert_null(telling(DECIDED, "b", "webhook", "{}", 0));
    assert_null(telling(DECIDED, "b", "record", "{}", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_telling_is_the_same_only_where_all_is),
        cmocka_unit_test(what_cannot_be_compared_has_no_telling),
        cmocka_unit_test(a_group_has_one_key_only_where_all_is_alike),
        cmocka_unit_test(a_key_is_what_it_always_was),
        cmocka_unit_test(the_same_effect_has_the_same_key),
        cmocka_unit_test(each_field_changes_the_key),
        cmocka_unit_test(a_destination_is_the_first_that_is_named),
        cmocka_unit_test(outcomes_have_names),
        cmocka_unit_test(results_are_read),
        cmocka_unit_test(a_result_that_cannot_be_is_refused),
        cmocka_unit_test(recipients_have_limits),
        cmocka_unit_test(words_have_a_limit),
        cmocka_unit_test(a_recipients_key_begins_with_the_wholes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
