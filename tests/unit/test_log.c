/* The log: one line an event, whatever the text holds. Standard error is a pipe here. */
#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int kept, reading = -1;

static int set_up(void **state)
{
    int pair[2];
    kept = dup(STDERR_FILENO);
    if (kept < 0 || pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    dup2(pair[1], STDERR_FILENO);
    close(pair[1]);
    reading = pair[0];
    g_unsetenv("JOURNAL_STREAM");
    log_open("keeper");
    return 0;
}

static int tear_down(void **state)
{
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(reading);
    return 0;
}

static char *take(void)
{
    char buffer[65536];
    ssize_t got = read(reading, buffer, sizeof buffer);
    return g_strndup(buffer, got > 0 ? (size_t)got : 0);
}

static void assert_logged(const char *want)
{
    g_autofree char *line = take();
    assert_true(strlen(line) > 21);
    g_autofree char *time = g_strndup(line, 21);
    assert_true(g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ $", time, 0, 0));
    assert_string_equal(line + 21, want);
}

static void a_line_has_time_level_and_name(void **state)
{
    log_info("decided %d", 42);
    assert_logged("info keeper: decided 42\n");
    log_warning("%s", "");
    assert_logged("warning keeper: \n");
    log_error("100%% of %s", "日本");
    assert_logged("error keeper: 100% of 日本\n");
}

static void a_text_cannot_forge_a_line(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a\nb\r\nc\td", "info keeper: a?b??c?d\n"},
        {"\x1b[31mred\x7f", "info keeper: ?[31mred?\n"},
        {"csi \xc2\x9b"
         "31m next\xc2\x85line",
         "info keeper: csi ?31m next?line\n"},
        {"raw csi \x9b"
         "31m",
         "info keeper: raw csi \xef\xbf\xbd"
         "31m\n"},
        {"separators \xe2\x80\xa8 \xe2\x80\xa9", "info keeper: separators ? ?\n"},
        {"cut \xe6\x97", "info keeper: cut \xef\xbf\xbd\xef\xbf\xbd\n"},
        {"%s%n", "info keeper: %s%n\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        log_info("%s", cases[i].text);
        assert_logged(cases[i].want);
    }
}

static void a_long_text_is_cut_between_letters(void **state)
{
    for (size_t extra = 0; extra < 3; extra++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (size_t i = 0; i < extra; i++)
            g_string_append_c(text, 'x');
        while (text->len < 100000)
            g_string_append(text, "日");
        log_info("%s", text->str);
        g_autofree char *line = take();
        assert_in_range(strlen(line), PIPE_BUF - 8, PIPE_BUF);
        assert_true(g_utf8_validate(line, -1, NULL));
        assert_true(g_str_has_suffix(line, "日…\n"));
    }
}

static void names_are_copied_and_bounded(void **state)
{
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    name[5] = '\n';
    log_open(name);
    memset(name, 'x', 100);
    log_info("hello");
    g_autofree char *line = take();
    log_open("keeper");
    assert_non_null(strstr(line, " info nnnnn?nnn"));
    assert_true(g_str_has_suffix(line, "nnn: hello\n"));
    assert_true(strlen(line) < 120);
}

static void the_journal_gets_its_prefix_when_stderr_is_its_stream(void **state)
{
    struct stat status;
    assert_int_equal(fstat(STDERR_FILENO, &status), 0);
    g_autofree char *own = g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    g_setenv("JOURNAL_STREAM", own, TRUE);
    log_open("keeper");
    log_info("a\nb");
    log_warning("b");
    log_error("c");
    g_autofree char *lines = take();
    g_setenv("JOURNAL_STREAM", "8:12345", TRUE); /* that of another: inherited by a terminal or a test */
    log_open("keeper");
    log_info("d");
    g_unsetenv("JOURNAL_STREAM");
    log_open("keeper");
    assert_string_equal(lines, "<6>keeper: a?b\n<4>keeper: b\n<3>keeper: c\n");
    assert_logged("info keeper: d\n");
}

static void messages_of_glib_come_here(void **state)
{
    g_log("GMime", G_LOG_LEVEL_WARNING, "odd\nthing");
    assert_logged("warning keeper: odd?thing\n");
    g_log("GMime", G_LOG_LEVEL_MESSAGE, "by the way");
    assert_logged("info keeper: by the way\n");
    g_log("GMime", G_LOG_LEVEL_DEBUG, "chatter");
    g_autofree char *nothing = take();
    assert_string_equal(nothing, "");
}

static void drain(void)
{
    for (size_t left = 1; left > 0;) {
        g_autofree char *some = take();
        left = strlen(some);
    }
}

/* As a pager, a stopped terminal or a journal that hangs: the other end is open, and reads nothing. */
static void a_reader_that_stands_still_stops_nothing(void **state)
{
    assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, 0), 0); /* who writes waits, as everybody's does */
    log_open("keeper");
    alarm(60);
    for (int i = 0; i < 100; i++) /* the pipe is full after 16 */
        log_info("%04000d", i);
    drain();
    log_info("again");
    g_autofree char *lines = take();
    assert_non_null(strstr(lines, "warning keeper: 84 lines of the log are lost here"));
    assert_non_null(strstr(lines, "info keeper: again\n"));
    log_info("no more");
    assert_logged("info keeper: no more\n");
    alarm(0);
}

static void a_log_that_cannot_be_written_stops_nothing(void **state)
{
    int out = dup(STDERR_FILENO);
    dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
    log_open("keeper");
    log_info("no room");
    close(STDERR_FILENO);
    log_info("nobody hears");
    dup2(out, STDERR_FILENO);
    close(out);
    log_info("again");
    assert_logged("info keeper: again\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_has_time_level_and_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_cannot_forge_a_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_text_is_cut_between_letters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_copied_and_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_journal_gets_its_prefix_when_stderr_is_its_stream, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(messages_of_glib_come_here, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_stands_still_stops_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_cannot_be_written_stops_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
