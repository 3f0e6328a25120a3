/* Git's lock, found from anywhere in a work tree. */
#include "keeper/checkout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static char *home;

static int set_up(void **state)
{
    g_autofree char *made = g_dir_make_tmp("awsift-checkout-XXXXXX", NULL);
    home = realpath(made, NULL);
    return home != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    free(home);
    return 0;
}

static char *put(const char *name, const char *text)
{
    char *path = g_build_filename(home, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_mkdir_with_parents(parent, 0700);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void assert_lock(const char *folder, const char *want)
{
    g_autofree char *path = g_build_filename(home, folder, NULL), *lock = checkout_lock(path);
    if (want == NULL)
        assert_null(lock);
    else
        assert_string_equal(lock, want);
}

static void the_lock_of_the_folder_or_one_above_it(void **state)
{
    g_autofree char *file = put("tree/etc/rules.d/a.lua", ""), *head = put("tree/.git/HEAD", "");
    assert_lock("tree", NULL);
    assert_lock("tree/etc/rules.d", NULL);
    g_autofree char *lock = put("tree/.git/index.lock", "");
    assert_lock("tree", lock);
    assert_lock("tree/etc/rules.d", lock);
    assert_lock("", NULL);
    assert_lock("missing", NULL);
}

static void the_lock_of_a_linked_work_tree(void **state)
{
    g_autofree char *file = put("linked/rules.d/a.lua", ""),
                    *relative = put("linked/.git", "gitdir: ../main/linked\n"),
                    *main_lock = put("main/index.lock", "");
    assert_lock("linked/rules.d", NULL);
    g_autofree char *lock = put("main/linked/index.lock", "");
    assert_lock("linked/rules.d", lock);
    g_autofree char *text = g_strdup_printf("gitdir: %s/main/linked\n", home),
                    *absolute = put("linked/.git", text);
    assert_lock("linked/rules.d", lock);
    g_autofree char *rubbish = put("linked/.git", "rubbish\n");
    assert_lock("linked/rules.d", NULL);
}

static void a_link_is_followed_to_its_work_tree(void **state)
{
    g_autofree char *file = put("tree/rules.d/a.lua", ""), *lock = put("tree/.git/index.lock", ""),
                    *target = g_build_filename(home, "tree", "rules.d", NULL),
                    *link = g_build_filename(home, "link", NULL);
    assert_int_equal(symlink(target, link), 0);
    assert_lock("link", lock);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_lock_of_the_folder_or_one_above_it),
        CASE(the_lock_of_a_linked_work_tree),
        CASE(a_link_is_followed_to_its_work_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
