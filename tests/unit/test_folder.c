/* Opening a folder over what others may have put on the way. */
#include "base/error.h"
#include "base/folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static char *home;

static int set_up(void **state)
{
    home = g_dir_make_tmp("awsift-folder-XXXXXX", NULL);
    return g_chdir(home) == 0 && g_mkdir_with_parents("real/inner", 0700) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const links[] = {"link", "there", "a", "b", "up", "dangling", "file"};
    for (size_t i = 0; i < G_N_ELEMENTS(links); i++)
        g_unlink(links[i]);
    g_rmdir("real/inner");
    g_rmdir("real");
    g_rmdir(home);
    g_free(home);
    return 0;
}

/* Whether path is opened as the folder "real/inner" is. */
static bool is_inner(const char *path)
{
    g_autoptr(GError) error = NULL;
    struct stat opened, inner;
    int folder = folder_open(path, &error);
    if (folder < 0)
        fail_msg("%s", error->message);
    assert_int_equal(fcntl(folder, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fstat(folder, &opened), 0);
    assert_int_equal(stat("real/inner", &inner), 0);
    close(folder);
    return opened.st_dev == inner.st_dev && opened.st_ino == inner.st_ino;
}

static void refuse(const char *path, const char *why)
{
    g_autoptr(GError) error = NULL;
    assert_int_equal(folder_open(path, &error), -1);
    if (strstr(error->message, why) == NULL)
        fail_msg("%s: %s", path, error->message);
}

static void ways_that_lead_there(void **state)
{
    g_autofree char *absolute = g_build_filename(home, "real", "inner", NULL);
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(symlink(absolute, "there"), 0);
    assert_int_equal(symlink("../real/./inner", "real/up"), 0);
    assert_true(is_inner("real/inner") && is_inner("real//inner/") && is_inner("./real/../real/inner"));
    assert_true(is_inner(absolute) && is_inner("link/inner") && is_inner("there") && is_inner("link/up"));
    g_unlink("real/up");
}

static void ways_that_lead_nowhere(void **state)
{
    assert_true(g_file_set_contents("file", "x", -1, NULL));
    assert_int_equal(symlink("b", "a"), 0);
    assert_int_equal(symlink("a", "b"), 0);
    assert_int_equal(symlink("nothing", "dangling"), 0);
    refuse("a", "Too many levels");
    refuse("dangling", "No such file");
    refuse("real/nothing/inner", "No such file");
    refuse("file", "Not a directory");
    refuse("file/inner", "Not a directory");
}

static void a_link_of_anothers_is_not_followed(void **state)
{
    if (geteuid() != 0)
        skip();
    assert_int_equal(symlink("real", "link"), 0);
    assert_int_equal(lchown("link", 61234, 61234), 0);
    refuse("link/inner", "a symbolic link of the user 61234, which is not followed");
    refuse("link", "a symbolic link of the user 61234, which is not followed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ways_that_lead_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ways_that_lead_nowhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_link_of_anothers_is_not_followed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
