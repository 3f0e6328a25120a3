/* Where things stand in the text of a rule file: what is found is found at its line and column, and broken or
 * odd text ends the search without harm. */
#include "rules/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static const struct {
    const char *source;
    struct source_want want;
    int line, column;
} places[] = {
    {"rule \"a\" { subject = \"x\" }", {.line = 1, .word = "rule", .name = "a", .text = "x"}, 1, 22},
    {"rule \"a\" {\n  subject = { \"x\",\n    'y' } }",
     {.line = 1, .word = "rule", .name = "a", .text = "y"},
     3,
     5},
    {"rule 'a' { title = 'x' } rule 'b' { title = 'x' }",
     {.line = 1, .word = "rule", .name = "b", .text = "x"},
     1,
     45},
    {"rule 'a' { title = 'x' } rule 'b' { title = 'y' }",
     {.line = 1, .word = "rule", .name = "a", .text = "y"},
     1,
     1},
    {"rule 'a' { title = 'y', -- 'x'\n subject = 'x' }",
     {.line = 1, .word = "rule", .name = "a", .text = "x"},
     2,
     12},
    {"rule 'a' { --[[ 'x' ]] subject = 'x' }", {.line = 1, .word = "rule", .name = "a", .text = "x"}, 1, 34},
    {"rule 'a' { subject = [=[a]]b]=] }", {.line = 1, .word = "rule", .name = "a", .text = "a]]b"}, 1, 22},
    {"rule 'a' { subject = 'a\\'b\\n\\65\\x42\\u{3042}' }",
     {.line = 1, .name = "a", .text = "a'b\nAB\xE3\x81\x82"},
     1,
     22},
    {"rule '\xE6\x97\xA5\xE6\x9C\xAC' { subject = 'x' }", {.line = 1, .word = "rule", .text = "x"}, 1, 23},
    {"rule 'a' { subject = 'x', title = 'x' }", {.line = 1, .name = "a", .text = "x", .skipped = 1}, 1, 35},
    {"rule 'a' { subject = 'c', category = 'c' }",
     {.line = 1, .name = "a", .keys = (const char *const[]){"category", NULL}, .text = "c"},
     1,
     38},
    {"rule 'a' { subject = 'c', category = 'c' }",
     {.line = 1, .name = "a", .keys = (const char *const[]){"category", NULL}},
     1,
     27},
    {"rule 'a' { header = { ['X-A'] = 'c' } }",
     {.line = 1, .name = "a", .keys = (const char *const[]){"header", "X-A", NULL}},
     1,
     24},
    {"rule 'a' { x = y == 'k', k = 1 }",
     {.line = 1, .name = "a", .keys = (const char *const[]){"k", NULL}},
     1,
     26},
    {"\n\n  rule('a') { subject = 'x' }", {.line = 3, .word = "rule", .name = "a"}, 3, 3},
    {"rule 'a' { also = { chat { channel = 'x' },\n  chat { channel = 'y' } } }",
     {.line = 2, .word = "chat", .text = "y"},
     2,
     20},
    {"for i = 1, 2 do rule('a' .. i) { subject = 'x' } end",
     {.line = 1, .word = "rule", .name = "a1"},
     1,
     17},
    {"local t = 'x' rule 'a' { subject = t }", {.line = 1, .word = "rule", .name = "a", .text = "x"}, 1, 15},
    {"contacts { ['1'] = { technical = 'x' },\n['2'] = { technical = 'x' } }",
     {.line = 2, .column = 1, .keys = (const char *const[]){"technical", NULL}, .text = "x"},
     2,
     23},
    {"contacts { ['1'] = { a = 'x' }, ['2'] = { b = 'x' } }",
     {.line = 1, .column = 12, .keys = (const char *const[]){"b", NULL}},
     1,
     12},
    {"rule 'a' { subject = 'x", {.line = 1, .word = "rule", .name = "a", .text = "y"}, 1, 1},
    {"rule 'a' { subject = [[x", {.line = 1, .word = "rule", .name = "a", .text = "x"}, 1, 22},
    {"rule 'a' { subject = '\\", {.line = 1, .word = "rule", .name = "a"}, 1, 1},
    {"", {.line = 1, .word = "rule", .name = "a"}, 1, 1},
};

static void what_is_looked_for_is_found(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        struct source_place place = {0};
        assert_true(source_find(places[i].source, strlen(places[i].source), &places[i].want, &place));
        if (place.line != places[i].line || place.column != places[i].column)
            fail_msg("%zu: %s: %d:%d", i, places[i].source, place.line, place.column);
    }
}

static void a_line_that_is_not_there_is_none(void **state)
{
    struct source_place place;
    const struct source_want want = {.line = 3};
    assert_false(source_find("a\nb", 3, &want, &place));
    assert_int_equal(source_column("ab\n\xE3\x81\x82x", 6), 2);
}

static const struct {
    const char *source, *key;
    int line, column;
} twice[] = {
    {"rule 'a' { subject = 'x', title = 'y' }", NULL, 0, 0},
    {"rule 'a' { subject = 'x',\n subject = 'y' }", "subject", 2, 2},
    {"rule 'a' { any = { { subject = 'x' }, { subject = 'y' } }, subject = 'z' }", NULL, 0, 0},
    {"rule 'a' { also = forward { to = 'x', to = 'y' } }", "to", 1, 39},
    {"rule 'a' { subject = 'x' } rule 'b' { subject = 'y' }", NULL, 0, 0},
    {"rule 'a' { title = 'x', when = function() local a = 1 a = 2 end }", NULL, 0, 0},
};

static void keys_that_stand_twice_are_found(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(twice); i++) {
        struct source_place place = {0};
        const struct source_want want = {.line = 1, .word = "rule", .name = "a"};
        g_autofree char *key = source_twice(twice[i].source, strlen(twice[i].source), &want, &place);
        if (g_strcmp0(key, twice[i].key) != 0 || place.line != twice[i].line ||
            place.column != twice[i].column)
            fail_msg("%s: %s at %d:%d", twice[i].source, key, place.line, place.column);
    }
}

/* Every beginning of every text: nothing is read beyond its end. */
static void text_that_breaks_off_does_no_harm(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        for (size_t size = 0; size <= strlen(places[i].source); size++) {
            struct source_place place;
            g_autofree char *cut = g_memdup2(places[i].source, MAX(size, 1));
            g_autofree char *key = source_twice(cut, size, &places[i].want, &place);
            source_find(cut, size, &places[i].want, &place);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_looked_for_is_found),
                                       cmocka_unit_test(a_line_that_is_not_there_is_none),
                                       cmocka_unit_test(keys_that_stand_twice_are_found),
                                       cmocka_unit_test(text_that_breaks_off_does_no_harm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
