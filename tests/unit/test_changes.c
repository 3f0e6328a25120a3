/* What lies between two snapshots, and what of it looks like an accident. */
#include "keeper/changes.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static struct config_rules first = {.path = "/etc/one"}, second = {.path = "/etc/two"};
static struct config configuration, *known = &configuration;

static int set_up(void **state)
{
    known->rules = g_ptr_array_new();
    g_ptr_array_add(known->rules, &first);
    g_ptr_array_add(known->rules, &second);
    return 0;
}

static int tear_down(void **state)
{
    g_ptr_array_unref(known->rules);
    return 0;
}

/* files: "n/name=text" each; NULL ends them. */
static struct snapshot *snapshot_of(const char *const *files)
{
    g_autofree char *home = g_dir_make_tmp("awsift-changes-XXXXXX", NULL),
                    *scripts = g_build_filename(home, "s", NULL), *one = g_build_filename(home, "0", NULL),
                    *two = g_build_filename(home, "1", NULL);
    assert_true(g_mkdir(scripts, 0700) == 0 && g_mkdir(one, 0700) == 0 && g_mkdir(two, 0700) == 0);
    for (size_t i = 0; files[i] != NULL; i++) {
        const char *text = strchr(files[i], '=');
        g_autofree char *name = g_strndup(files[i], (gsize)(text - files[i])),
                        *path = g_build_filename(home, name, NULL), *parent = g_path_get_dirname(path);
        assert_int_equal(g_mkdir_with_parents(parent, 0700), 0);
        assert_true(g_file_set_contents(path, text + 1, -1, NULL));
    }
    struct snapshot *taken = snapshot_take(scripts, (const char *const[]){one, two, NULL}, NULL);
    assert_non_null(taken);
    char *arguments[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    return taken;
}

static void what_changed_is_named_by_its_path(void **state)
{
    g_autoptr(snapshot) before =
        snapshot_of((const char *const[]){"0/a.lua=a", "0/b.lua=b", "1/c.lua=c", NULL});
    g_autoptr(snapshot) after =
        snapshot_of((const char *const[]){"0/a.lua=A", "0/b.lua=b", "1/d.lua=d", NULL});
    g_autoptr(json_t) changes = changes_between(known, before, after);
    g_autofree char *text = json_canonical(changes);
    assert_string_equal(text, "[{\"change\":\"changed\",\"file\":\"/etc/one/a.lua\"},"
                              "{\"change\":\"removed\",\"file\":\"/etc/two/c.lua\"},"
                              "{\"change\":\"added\",\"file\":\"/etc/two/d.lua\"}]");
    g_autoptr(json_t) none = changes_between(known, after, after);
    assert_int_equal(json_array_size(none), 0);
}

static void what_became_empty_is_an_accident(void **state)
{
    static const struct {
        const char *const old[4], *const now[4], *accidents;
    } cases[] = {
        {{"0/a.lua=a", "0/b.lua=b"}, {"0/a.lua=", "0/b.lua=b"}, "/etc/one/a.lua;"},
        {{"0/a.lua=a", "0/b.lua=b"}, {"0/a.lua= \n", "0/b.lua="}, "/etc/one/a.lua;/etc/one/b.lua;"},
        {{"0/a.lua=a", "1/contacts.csv=c"}, {"0/a.lua=a", "1/contacts.csv="}, "/etc/two/contacts.csv;"},
        {{"0/a.lua=a", "0/b.lua=b"}, {"0/b.lua=b"}, ""},
        {{"0/a.lua=", "0/b.lua=b"}, {"0/a.lua=", "0/b.lua=b"}, ""},
        {{"0/a.lua=a", "0/tests/a.lua=a", "0/tests/x.eml=x"},
         {"0/a.lua=a", "0/tests/a.lua=", "0/tests/x.eml="},
         ""},
        {{"0/a.lua=a", "1/b.lua=b"}, {"0/a.lua=a"}, "/etc/two;"},
        {{"0/a.lua=a", "1/b.lua=b"}, {"1/tests/b.lua=b"}, "/etc/one;/etc/two;"},
        {{"0/a.lua=a", "1/x.txt=b"}, {"0/a.lua=a"}, ""},
        {{"0/a.lua=a"}, {"0/b.lua=b"}, ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(snapshot) before = snapshot_of(cases[i].old), after = snapshot_of(cases[i].now);
        g_autoptr(json_t) lost = changes_accidents(known, before, after);
        g_autoptr(GString) named = g_string_new(NULL);
        size_t index;
        json_t *entry;
        json_array_foreach(lost, index, entry)
            g_string_append_printf(named, "%s;", json_text(entry, "file"));
        assert_string_equal(named->str, cases[i].accidents);
    }
}

static void a_hundred_changes_are_named_and_the_others_counted(void **state)
{
    g_autoptr(GPtrArray) many = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < 103; i++)
        g_ptr_array_add(many, g_strdup_printf("0/%03d.lua=x", i));
    g_ptr_array_add(many, NULL);
    g_autoptr(snapshot) before = snapshot_of((const char *const[]){NULL}),
                        after = snapshot_of((const char *const *)many->pdata);
    g_autoptr(json_t) changes = changes_between(known, before, after);
    assert_int_equal(json_array_size(changes), 101);
    assert_int_equal(json_number(json_array_get(changes, 100), "more", 0), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_is_named_by_its_path),
        cmocka_unit_test(what_became_empty_is_an_accident),
        cmocka_unit_test(a_hundred_changes_are_named_and_the_others_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
