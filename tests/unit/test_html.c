/* Text out of HTML: blocks as lines, links kept, what is hidden left out, and no depth that harms. */
#include "mail/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void reads_as_a_person(void **state)
{
    static const struct {
        const char *name, *html, *want;
    } table[] = {
        {"blocks", "<p>one</p><div>two<br>three</div>", "one\ntwo\nthree\n"},
        {"blanks", "<p>  a \n\n b  </p>", "a b \n"},
        {"a table", "<table><tr><td>Event</td><td>Start</td></tr><tr><td>x</td></tr></table>",
         "Event Start \nx \n"},
        {"entities", "<p>a &amp; b &lt;c&gt; &#26085;&nbsp;x</p>", "a & b <c> 日\xc2\xa0x\n"},
        {"a link", "<a href=\"https://example.com/a?b=1&amp;c\">here</a>",
         "here <https://example.com/a?b=1&c>"},
        {"a link in upper case", "<A HREF=\"HTTPS://example.com/\">here</A>", "here <HTTPS://example.com/>"},
        {"a link that is its text", "<a href=\"https://example.com/\">https://example.com/</a>",
         "https://example.com/"},
        {"no link", "<a href=\"#top\">up</a> <a href=\"mailto:a@example.com\">mail</a>", "up mail"},
        {"unseen", "<head><title>t</title><style>p{}</style></head><body><script>1</script>x</body>", "x"},
        {"hidden by style", "<div style=\"DISPLAY :\n none\">no</div><p hidden>no</p>yes", "yes"},
        {"comments", "a<!-- no -->b", "ab"},
        {"unclosed", "<p>one<p>two<b>three", "one\ntwothree\n"},
        {"no HTML at all", "just text", "just text"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = text_from_html(table[i].html);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, text, table[i].want);
    }
}

/* START, then count times each, then END, which a person may not see where a tag or a comment was left open.
 */
static void survives(const char *name, const char *each, int count, bool to_the_end)
{
    g_autoptr(GString) html = g_string_new("<p>START</p>");
    for (int i = 0; i < count; i++)
        g_string_append_printf(html, each, i);
    g_string_append(html, "END");
    gint64 began = g_get_monotonic_time();
    g_autofree char *text = text_from_html(html->str);
    if (strstr(text, "START") == NULL || (to_the_end && strstr(text, "END") == NULL))
        fail_msg("%s: text is lost", name);
    if (g_get_monotonic_time() - began > 20 * G_USEC_PER_SEC)
        fail_msg("%s: takes too long", name);
}

static void depth_and_work_are_bounded(void **state)
{
    survives("deep", "<div>", 100000, true);
    survives("deep, with end tags that end nothing", "<div></x%d>", 100000, true);
    survives("deep, with end tags that are out of scope", "<div><table></div>", 50000, true);
    survives("formatting that is opened anew in each block", "<font a=%d><p>x", 20000, true);
    survives("formatting, ended by what ends nothing", "<font a=%d></x><p>x", 20000, true);
    survives("comments", "<!--", 100000, false);
    survives("open tags", "<", 100000, false);
    survives("attributes", "<a b%d=", 20000, false);
}

static void open_formatting_is_not_repeated_without_end(void **state)
{
    g_autoptr(GString) html = g_string_new("<p>");
    for (int i = 0; i < 900; i++)
        g_string_append_printf(html, "<font a=%d>", i);
    for (int i = 0; i < 50000; i++)
        g_string_append(html, "<p>x");
    gint64 began = g_get_monotonic_time();
    g_autofree char *text = text_from_html(html->str);
    assert_non_null(strstr(text, "x"));
    assert_true(g_get_monotonic_time() - began < 10 * G_USEC_PER_SEC);
}

static void long_honest_mail_keeps_its_lines(void **state)
{
    g_autoptr(GString) html = g_string_new("<table>");
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(html, "<tr><td><b>i-%d</b></td><td><span>x</span></td></tr>", i);
    g_string_append(html, "</table>");
    g_autofree char *text = text_from_html(html->str);
    assert_non_null(strstr(text, "\ni-1999 x \n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_a_person),
        cmocka_unit_test(depth_and_work_are_bounded),
        cmocka_unit_test(open_formatting_is_not_repeated_without_end),
        cmocka_unit_test(long_honest_mail_keeps_its_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
