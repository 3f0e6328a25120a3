/* What a spool remembers of names: order, waits, and the bounds. */
#include "keeper/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int set_up(void **state)
{
    *state = names_new();
    return 0;
}

static int tear_down(void **state)
{
    names_free(*state);
    return 0;
}

static void assert_hinted(struct names *names, const char *want, bool want_whole)
{
    bool whole = !want_whole;
    g_autofree char *name = names_hinted(names, &whole);
    assert_string_equal(name, want);
    assert_int_equal(whole, want_whole);
}

static void assert_no_hint(struct names *names)
{
    bool whole;
    assert_null(names_hinted(names, &whole));
}

static void hints_come_in_order(void **state)
{
    struct names *names = *state;
    assert_true(names_quiet(names));
    names_hint(names, "a", true);
    names_hint(names, "b", false);
    assert_false(names_quiet(names));
    assert_hinted(names, "a", true);
    assert_hinted(names, "b", false);
    assert_no_hint(names);
    assert_true(names_quiet(names));
}

static void waits_become_hints_once(void **state)
{
    struct names *names = *state;
    const struct name_wait late = {.due = 200}, early = {.due = 100, .delayed = true, .whole = true};
    assert_int_equal(names_wake(names, 0), -1);
    names_wait(names, "late", &late);
    names_wait(names, "early", &early);
    assert_int_equal(names_wake(names, 40), 60);
    assert_no_hint(names);
    assert_int_equal(names_wake(names, 100), 100);
    assert_int_equal(names_wake(names, 100), 100);
    assert_hinted(names, "early", false);
    assert_no_hint(names);
    assert_true(names_waiting(names, "early")->whole); /* until somebody looked */
    names_wait_end(names, "early");
    assert_null(names_waiting(names, "early"));
    assert_int_equal(names_wake(names, 1000), -1);
    assert_hinted(names, "late", false);
    names_wait_end(names, "late");
    assert_true(names_quiet(names));
}

static void too_many_hints_ask_for_a_walk(void **state)
{
    struct names *names = *state;
    for (int i = 0; i < 100000; i++)
        names_hint(names, "a", true);
    assert_true(names_lost(names));
    assert_false(names_lost(names));
    size_t count = 0;
    bool whole;
    for (char *name; (name = names_hinted(names, &whole)) != NULL; count++)
        g_free(name);
    assert_in_range(count, 100, 10000);
}

static void too_many_waits_ask_for_a_walk_in_time(void **state)
{
    struct names *names = *state;
    size_t woken = 0;
    bool whole;
    for (int i = 0; i < 50000; i++) {
        char text[32];
        const struct name_wait wait = {.due = 1000};
        snprintf(text, sizeof text, "m%d", i);
        names_wait(names, text, &wait);
    }
    assert_false(names_lost(names));
    int64_t now = 1000;
    for (int64_t next = 0; next >= 0; now += next) {
        next = names_wake(names, now);
        for (char *name; (name = names_hinted(names, &whole)) != NULL; woken++) {
            names_wait_end(names, name);
            g_free(name);
        }
    }
    assert_true(names_lost(names));
    assert_in_range(woken, 1000, 20000);
    assert_true(now < 2000);
    assert_true(names_quiet(names));
}

/* As of a file that a program has open: it waits again and again, and is said once. */
static void what_waits_is_reported_on(void **state)
{
    struct names *names = *state;
    const struct name_wait wait = {.due = 100};
    assert_true(names_report(names, "held", "open"));
    names_wait(names, "held", &wait);
    for (int walk = 0; walk < 3; walk++)
        names_walked(names);
    assert_false(names_report(names, "held", "open"));
    names_wait_end(names, "held");
    names_walked(names);
    names_walked(names);
    assert_true(names_report(names, "held", "open"));
}

static void reports_are_said_once_and_end_with_their_file(void **state)
{
    struct names *names = *state;
    assert_true(names_report(names, "a\n", "a FIFO"));
    assert_false(names_report(names, "a\n", "a FIFO"));
    json_t *list = names_reported(names);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "a\\x0a: a FIFO");
    json_decref(list);
    names_walked(names);
    assert_false(names_report(names, "a\n", "a FIFO"));
    names_walked(names);
    names_walked(names);
    assert_true(names_report(names, "a\n", "a FIFO"));
    assert_true(names_report(names, "a\n", "a folder")); /* by now */
    list = names_reported(names);
    assert_string_equal(json_string_value(json_array_get(list, 0)), "a\\x0a: a folder");
    json_decref(list);
    int said = 0;
    for (int i = 0; i < 1000; i++)
        said += names_report(names, "a\n", i % 2 == 0 ? "a FIFO" : "a folder");
    assert_in_range(said, 1, 10);
}

static void reports_are_bounded(void **state)
{
    struct names *names = *state;
    int said = 0;
    for (int i = 0; i < 10000; i++) {
        char text[32];
        snprintf(text, sizeof text, "m%d", i);
        names_report(names, text, "a folder");
        said += names_overran(names);
    }
    assert_int_equal(said, 1);
    json_t *list = names_reported(names);
    assert_in_range(json_array_size(list), 10, 1000);
    json_decref(list);
    names_walked(names);
    names_walked(names);
    assert_false(names_overran(names));
    for (int i = 0; i < 1000; i++) {
        char text[32];
        snprintf(text, sizeof text, "n%d", i);
        names_report(names, text, "a folder");
        said += names_overran(names);
    }
    assert_int_equal(said, 2);
}

static void what_was_escaped_is_the_same_bytes_again(void **state)
{
    static const char *const cases[] = {"",      "plain.eml", "new\nline", "\xff\xfe", "日本語",
                                        "\\x41", "\\",        "a\\x",      "\x1b[31m"};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *escaped = name_escape(cases[i]), *again = name_unescape(escaped);
        assert_string_equal(again, cases[i]);
    }
    g_autofree char *unsound = name_unescape("\\x4");
    assert_string_equal(unsound, "\\x4");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hints_come_in_order),           TEST(waits_become_hints_once),
        TEST(too_many_hints_ask_for_a_walk), TEST(too_many_waits_ask_for_a_walk_in_time),
        TEST(what_waits_is_reported_on),     TEST(reports_are_said_once_and_end_with_their_file),
        TEST(reports_are_bounded),           TEST(what_was_escaped_is_the_same_bytes_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
