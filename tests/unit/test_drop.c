/* Drop: a stream becomes one whole mail in a spool, or nothing. */
#include "keeper/drop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static char *home;

static char *in(const char *folder, const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void assert_holds(const char *path, const char *text)
{
    g_autofree char *found = NULL;
    assert_true(g_file_get_contents(path, &found, NULL, NULL));
    assert_string_equal(found, text);
}

static int set_up(void **state)
{
    home = g_dir_make_tmp("awsift-drop-XXXXXX", NULL);
    return home != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(home);
    return 0;
}

static struct config_spool spool_of(const char *path, enum spool_kind kind)
{
    return (struct config_spool){.name = "spool", .path = (char *)path, .kind = kind};
}

static char *only_file(const char *folder)
{
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    g_autofree char *name = g_strdup(g_dir_read_name(listing));
    assert_non_null(name);
    assert_null(g_dir_read_name(listing));
    return in(folder, name);
}

static int input_of(const char *bytes, size_t size)
{
    g_autofree char *path = in(home, "input");
    assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void dropped_bytes_arrive(void **state)
{
    static const struct {
        const char *name, *input, *recipient, *want;
    } cases[] = {
        {"as it is", "Subject: x\n\nbody\n", NULL, "Subject: x\n\nbody\n"},
        {"envelope line", "From a@example.com Mon Nov 24\nSubject: x\n\n", NULL, "Subject: x\n\n"},
        {"only at the top", "Subject: x\n\nFrom me\n", NULL, "Subject: x\n\nFrom me\n"},
        {"a field, not the line", "From : a@example.com\n\n", NULL, "From : a@example.com\n\n"},
        {"no end of line", "From nobody", NULL, "From nobody"},
        {"recipient", "Subject: x\n\n", "a+1@example.jp", "Delivered-To: a+1@example.jp\nSubject: x\n\n"},
        {"CRLF", "From x\r\nSubject: x\r\n\r\n", "a@example.jp",
         "Delivered-To: a@example.jp\r\nSubject: x\r\n\r\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("%s/maildir-%zu", home, i);
        struct config_spool to = spool_of(path, SPOOL_MAILDIR);
        int input = input_of(cases[i].input, strlen(cases[i].input));
        int64_t size = -1;
        assert_true(drop_mail(&to, input, cases[i].recipient, NULL, &size, NULL));
        close(input);
        g_autofree char *folder = in(path, "new");
        g_autofree char *file = only_file(folder);
        assert_holds(file, cases[i].want);
        assert_int_equal(size, strlen(cases[i].want));
    }
}

static void a_large_mail_arrives_whole(void **state)
{
    static const size_t sizes[] = {65535, 65536, 65537, 131072, 5000000};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *bytes = g_malloc(sizes[i]);
        for (size_t at = 0; at < sizes[i]; at++)
            bytes[at] = (char)(at * 31 % 251);
        g_autofree char *path = g_strdup_printf("%s/large-%zu", home, i);
        struct config_spool to = spool_of(path, SPOOL_MAILDIR);
        int input = input_of(bytes, sizes[i]);
        assert_true(drop_mail(&to, input, NULL, NULL, NULL, NULL));
        close(input);
        g_autofree char *folder = in(path, "new");
        g_autofree char *file = only_file(folder);
        g_autofree char *found = NULL;
        gsize length = 0;
        assert_true(g_file_get_contents(file, &found, &length, NULL));
        assert_int_equal(length, sizes[i]);
        assert_memory_equal(found, bytes, length);
    }
}

static void a_drop_that_fails_leaves_nothing(void **state)
{
    g_autofree char *path = in(home, "failing");
    struct config_spool to = spool_of(path, SPOOL_MAILDIR);
    volatile sig_atomic_t interrupted = SIGTERM;
    int input = input_of("mail", 4);

    assert_false(drop_mail(&to, input, NULL, &interrupted, NULL, NULL));
    assert_false(drop_mail(&to, input, "a@example.com\nBcc: b@example.com", NULL, NULL, NULL));
    assert_false(drop_mail(&to, input, "", NULL, NULL, NULL));
    assert_false(drop_mail(&to, -1, NULL, NULL, NULL, NULL)); /* closed standard input is no empty mail */
    close(input);
    static const char *const nothing[] = {"", "From a@example.com Mon Nov 24\n"};
    for (size_t i = 0; i < G_N_ELEMENTS(nothing); i++) {
        input = input_of(nothing[i], strlen(nothing[i]));
        assert_false(drop_mail(&to, input, NULL, NULL, NULL, NULL));
        close(input);
        input = input_of(nothing[i], strlen(nothing[i]));
        assert_false(drop_mail(&to, input, "a@example.jp", NULL, NULL, NULL));
        close(input);
    }
    static const char *const folders[] = {"tmp", "new", "cur"};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *folder = in(path, folders[i]);
        g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
        assert_true(listing == NULL || g_dir_read_name(listing) == NULL);
    }
}

static void a_drop_directory_takes_mail_too(void **state)
{
    g_autofree char *path = in(home, "drops");
    struct config_spool to = spool_of(path, SPOOL_DIRECTORY);
    int input = input_of("mail", 4);
    assert_false(drop_mail(&to, input, NULL, NULL, NULL, NULL)); /* it is not ours to make */
    g_mkdir(path, 0700);
    assert_true(drop_mail(&to, input, NULL, NULL, NULL, NULL));
    close(input);
    g_autofree char *file = only_file(path);
    assert_true(g_str_has_suffix(file, ".eml"));
    assert_holds(file, "mail");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dropped_bytes_arrive),
        cmocka_unit_test(a_large_mail_arrives_whole),
        cmocka_unit_test(a_drop_that_fails_leaves_nothing),
        cmocka_unit_test(a_drop_directory_takes_mail_too),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
