/* What is told of a spool's folder: a count with a limit, the oldest of those that were looked at, and a
 * rate. */
#include "keeper/backlog.h"
#include "base/files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include <cmocka.h>

static char *folder;

static int set_up(void **state)
{
    folder = g_dir_make_tmp("awsift-XXXXXX", NULL);
    return 0;
}

static void put(const char *name, time_t written)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    const struct timespec times[] = {{written, 0}, {written, 0}};
    assert_int_equal(futimens(file, times), 0);
    close(file);
}

static int tear_down(void **state)
{
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
    g_free(folder);
    return 0;
}

static void what_may_be_mail_is_counted_and_the_oldest_told(void **state)
{
    const struct config_spool drop = {.path = folder, .kind = SPOOL_DIRECTORY};
    put("a", 5000);
    put("b", 3000);
    put(".hidden", 1000);
    put("c.tmp", 1000);
    put("d.part", 1000);
    struct backlog found = backlog_look(&drop);
    assert_int_equal(found.files, 2);
    assert_int_equal(found.oldest, 3000000);
    assert_false(found.more);
    json_t *status = json_object();
    backlog_tell(&found, status);
    g_autofree char *text = json_dumps(status, JSON_SORT_KEYS | JSON_COMPACT);
    assert_string_equal(text, "{\"oldest\":\"1970-01-01T00:50:00Z\",\"waiting\":2,\"waiting_more\":false}");
    json_decref(status);
}

static void a_maildir_s_new_is_looked_at_whatever_the_names(void **state)
{
    const struct config_spool maildir = {.path = folder, .kind = SPOOL_MAILDIR};
    assert_true(maildir_make(folder, NULL));
    put("new/a.tmp", 5000);
    put("cur/b", 1000);
    assert_int_equal(backlog_look(&maildir).files, 1);
}

static void no_more_is_counted_than_the_limit(void **state)
{
    const struct config_spool drop = {.path = folder, .kind = SPOOL_DIRECTORY};
    for (int i = 0; i < BACKLOG_COUNTED_MOST; i++) {
        g_autofree char *name = g_strdup_printf("%d", i);
        put(name, 5000);
    }
    struct backlog found = backlog_look(&drop);
    assert_int_equal(found.files, BACKLOG_COUNTED_MOST);
    assert_false(found.more);
    put("one more", 5000);
    found = backlog_look(&drop);
    assert_int_equal(found.files, BACKLOG_COUNTED_MOST);
    assert_true(found.more);
}

static void a_folder_that_is_gone_holds_nothing(void **state)
{
    const struct config_spool gone = {.path = "/nonexistent", .kind = SPOOL_MAILDIR};
    struct backlog found = backlog_look(&gone);
    assert_int_equal(found.files, 0);
    assert_int_equal(found.oldest, 0);
}

static void a_rate_is_of_the_last_minute(void **state)
{
    struct rate rate = {0};
    assert_int_equal(rate_of_minute(&rate, 1000000), 0);
    for (int i = 0; i < 3; i++)
        rate_note(&rate, 1000000);
    rate_note(&rate, 1000059);
    assert_int_equal(rate_of_minute(&rate, 1000059), 4);
    assert_int_equal(rate_of_minute(&rate, 1000060), 1);
    assert_int_equal(rate_of_minute(&rate, 1000060), 1);
    rate_note(&rate, 5000000);
    assert_int_equal(rate_of_minute(&rate, 5000000), 1);
    assert_int_equal(rate_of_minute(&rate, 5000100), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_may_be_mail_is_counted_and_the_oldest_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_maildir_s_new_is_looked_at_whatever_the_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_is_counted_than_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_is_gone_holds_nothing, set_up, tear_down),
        cmocka_unit_test(a_rate_is_of_the_last_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
