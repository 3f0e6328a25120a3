/* Many needles in one pass find what looking for each alone finds. */
#include "rules/needles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint32_t add(struct needles *needles, const char *first, const char *second)
{
    g_autoptr(GPtrArray) runs = g_ptr_array_new();
    g_ptr_array_add(runs, (void *)first);
    if (second != NULL)
        g_ptr_array_add(runs, (void *)second);
    return needles_add(needles, runs);
}

static void on_found(uint32_t number, void *data)
{
    ((bool *)data)[number] = true;
}

static void numbers_are_given_once(void **state)
{
    struct needles *needles = needles_new();
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    assert_int_equal(add(needles, "retirement", NULL), 0);
    assert_int_equal(add(needles, "maintenance", NULL), 1);
    assert_int_equal(add(needles, "retirement", NULL), 0);
    assert_int_equal(add(needles, "retirement", "of"), 2);
    assert_int_equal(needles_add(needles, none), NEEDLES_NONE);
    assert_int_equal(add(needles, "x", NULL), NEEDLES_NONE);
    needles_build(needles);
    assert_int_equal(needles_count(needles), 3);
    needles_free(needles);
}

static void the_rarest_run_is_looked_for(void **state)
{
    struct needles *needles = needles_new();
    for (int i = 0; i < 50; i++) {
        g_autofree char *own = g_strdup_printf("own words of number %02d", i);
        add(needles, "[awsaccount:", own);
    }
    needles_build(needles);
    for (uint32_t i = 0; i < needles_count(needles); i++)
        assert_true(g_str_has_prefix(needles_text(needles, i), "own words"));
    needles_free(needles);
}

/* Short alphabets make overlaps, common beginnings and ends likely. */
static char *random_text(GRand *random, int least, int most)
{
    int length = g_rand_int_range(random, least, most + 1);
    char *text = g_malloc0((size_t)length + 1);
    for (int i = 0; i < length; i++)
        text[i] = "aab\xe9"[g_rand_int_range(random, 0, 4)];
    return text;
}

static void one_pass_finds_what_each_alone_finds(void **state)
{
    GRand *random = g_rand_new_with_seed(20261125);
    unsigned present = 0, absent = 0;
    for (int round = 0; round < 300; round++) {
        struct needles *needles = needles_new();
        uint32_t count = (uint32_t)g_rand_int_range(random, 1, 60);
        bool found[60] = {false};
        for (uint32_t i = 0; i < count; i++) {
            g_autofree char *text = random_text(random, 2, 14);
            add(needles, text, NULL);
        }
        needles_build(needles);
        g_autofree char *text = random_text(random, 0, 200);
        assert_true(needles_scan(needles, text, strlen(text), on_found, found));
        for (uint32_t i = 0; i < needles_count(needles); i++) {
            bool there = strstr(text, needles_text(needles, i)) != NULL;
            assert_int_equal(found[i], there);
            present += there;
            absent += !there;
        }
        needles_free(needles);
    }
    assert_true(present > 1000 && absent > 1000);
    g_rand_free(random);
}

/* The table is not the text's: a run at the very beginning and at the very end, and one longer than the text.
 */
static void edges_are_looked_at(void **state)
{
    struct needles *needles = needles_new();
    bool found[4] = {false};
    add(needles, "beginning-of-all", NULL);
    add(needles, "end-of-all", NULL);
    add(needles, "the beginning-of-all", NULL);
    add(needles, "end-of-all-things", NULL);
    needles_build(needles);
    const char *text = "beginning-of-all and end-of-all";
    needles_scan(needles, text, strlen(text), on_found, found);
    assert_true(found[0] && found[1] && !found[2] && !found[3]);
    needles_scan(needles, "", 0, on_found, found);
    needles_free(needles);
}

static void on_any(uint32_t number, void *data)
{
}

/* Needles that have all their grams in common, and a text of nothing else. */
static void what_would_never_end_is_given_up(void **state)
{
    struct needles *needles = needles_new();
    for (size_t length = 8; length < 3000; length++) {
        g_autofree char *line = g_strnfill(length, '=');
        add(needles, line, NULL);
    }
    needles_build(needles);
    g_autofree char *lines = g_strnfill(200000, '='), *words = g_strnfill(200000, '-');
    assert_false(needles_scan(needles, lines, 200000, on_any, NULL));
    assert_true(needles_scan(needles, words, 200000, on_any, NULL));
    assert_true(needles_scan(needles, lines, 20, on_any, NULL));
    needles_free(needles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_given_once),
        cmocka_unit_test(the_rarest_run_is_looked_for),
        cmocka_unit_test(one_pass_finds_what_each_alone_finds),
        cmocka_unit_test(edges_are_looked_at),
        cmocka_unit_test(what_would_never_end_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
