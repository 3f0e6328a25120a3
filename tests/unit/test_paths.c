/* Where the parts of an installation are, seen from a binary in the build tree and from a copy elsewhere. */
#include "base/paths.h"
#include "constants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

static void the_binary_knows_itself(void **state)
{
    g_autofree char *link = g_file_read_link("/proc/self/exe", NULL);
    assert_string_equal(path_self(), link);
    assert_ptr_equal(path_self(), path_self());
    assert_int_equal(access(path_self(), X_OK), 0);
}

static void a_build_tree_uses_its_sources(void **state)
{
    assert_string_equal(path_data(), AWSIFT_SOURCE_FOLDER);
    g_autofree char *language = g_build_filename(path_data(), "scripts", "awsift", "language.lua", NULL);
    assert_true(g_file_test(language, G_FILE_TEST_IS_REGULAR));
}

/* This very program, copied to a folder with a line break in its name. */
static void a_copy_elsewhere_uses_the_installed_data(void **state)
{
    g_autofree char *home = g_dir_make_tmp("awsift-paths-XXXXXX", NULL), *bytes = NULL, *output = NULL;
    g_autofree char *folder = g_build_filename(home, "a\nb", NULL),
                    *copy = g_build_filename(folder, "x", NULL);
    gsize size;
    int status;
    assert_int_equal(g_mkdir(folder, 0700), 0);
    assert_true(g_file_get_contents(path_self(), &bytes, &size, NULL));
    assert_true(g_file_set_contents(copy, bytes, (gssize)size, NULL));
    assert_int_equal(g_chmod(copy, 0700), 0);
    char *arguments[] = {copy, "tell", NULL};
    assert_true(g_spawn_sync(NULL, arguments, NULL, 0, NULL, NULL, &output, NULL, &status, NULL));
    g_autofree char *want = g_strdup_printf("%s\n%s\n", copy, AWSIFT_DATA_FOLDER);
    g_unlink(copy);
    g_rmdir(folder);
    g_rmdir(home);
    assert_int_equal(status, 0);
    assert_string_equal(output, want);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_binary_knows_itself),
        cmocka_unit_test(a_build_tree_uses_its_sources),
        cmocka_unit_test(a_copy_elsewhere_uses_the_installed_data),
    };
    if (count == 2 && strcmp(arguments[1], "tell") == 0) {
        printf("%s\n%s\n", path_self(), path_data());
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
