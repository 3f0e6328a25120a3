/* How long an action is tried, and after which pauses. */
#include "keeper/retries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <glib.h>

#include <cmocka.h>

#define HOUR INT64_C(3600000)

static void pauses_double_up_to_the_longest(void **state)
{
    const struct retries retries = retries_for(NULL, NULL, "chat", NULL);
    assert_int_equal(retries_pause(&retries, 1, 1), 5000);
    assert_int_equal(retries_pause(&retries, 1, 0), 3750);
    assert_int_equal(retries_pause(&retries, 2, 1), 10000);
    assert_int_equal(retries_pause(&retries, 1000, 1), HOUR);
}

/* A mail server that is out of order for a day costs no mail, whatever the pauses' chance. */
static void patience_outlasts_a_day(void **state)
{
    static const struct {
        int attempts;
        int64_t first, most, patience;
    } table[] = {{12, 5000, HOUR, 48 * HOUR}, {1, 1, 1, 100}, {12, 100, 1000, HOUR}, {3, HOUR, HOUR, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const struct retries retries = {table[i].attempts, table[i].first, table[i].most, table[i].patience, 0};
        int64_t shortest = 0;
        int most = retries_most(&retries, true);
        for (int attempt = 1; attempt < most; attempt++)
            shortest += retries_pause(&retries, attempt, 0);
        assert_true(shortest >= table[i].patience && most >= table[i].attempts);
        assert_int_equal(retries_most(&retries, false), table[i].attempts);
    }
}

static void what_the_configuration_says(void **state)
{
    json_t *config = json_pack("{s:{s:i, s:i, s:i, s:i}}", "outbox", "attempts", 3, "first", 10, "most", 20,
                               "patience", 30);
    const struct retries retries = retries_for(config, NULL, "chat", NULL);
    assert_int_equal(retries.attempts, 3);
    assert_int_equal(retries.first, 10);
    assert_int_equal(retries.most, 20);
    assert_int_equal(retries.patience, 30);
    json_decref(config);
}

static void the_nearest_word_counts(void **state)
{
    json_t *config = json_loads("{\"outbox\": {\"attempts\": 3, \"deadline\": 9},"
                                " \"policies\": {\"chat\": {\"attempts\": 5, \"most\": 20}},"
                                " \"channels\": {\"ops\": {\"policy\": {\"most\": 40}}}}",
                                0, NULL),
           *declared = json_loads("{\"chat\": {\"attempts\": 4, \"first\": 10}}", 0, NULL),
           *args = json_loads("{\"channel\": \"ops\"}", 0, NULL);
    const struct retries ops = retries_for(config, declared, "chat", args),
                         other = retries_for(config, declared, "chat", NULL),
                         page = retries_for(config, declared, "page", args);
    assert_int_equal(ops.attempts, 5);
    assert_int_equal(ops.first, 10);
    assert_int_equal(ops.most, 40);
    assert_int_equal(ops.deadline, 9);
    assert_int_equal(other.most, 20);
    assert_int_equal(page.attempts, 3);
    assert_int_equal(page.first, 5000);
    assert_true(retries_too_late(&ops, 100, 110));
    assert_false(retries_too_late(&ops, 100, 109));
    json_decref(config);
    json_decref(declared);
    json_decref(args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_double_up_to_the_longest),
        cmocka_unit_test(patience_outlasts_a_day),
        cmocka_unit_test(what_the_configuration_says),
        cmocka_unit_test(the_nearest_word_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
