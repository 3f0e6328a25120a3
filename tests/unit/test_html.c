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
        {"a link in a sentence that has its words",
         "<a href=\"https://evil.example.com\">see https://evil.example.com now</a>",
         "see https://evil.example.com now <https://evil.example.com>"},
        {"a link whose text begins with it",
         "<a href=\"https://example.com\">https://example.com.evil.example.org</a>",
         "https://example.com.evil.example.org <https://example.com>"},
        {"a link that is its text, among blanks",
         "<a href=\" https://example.com/\n\"> https://example.com/ </a>", "https://example.com/ "},
        {"a link with blanks before it", "<a href=\" \t\nhttps://example.com/ \">x</a>",
         "x <https://example.com/>"},
        {"a link with a line break in it", "<a href=\"https://exa\nmple\t.com/\r\na b\">x</a>",
         "x <https://example.com/a%20b>"},
        {"a link that would end itself", "<a href=\"https://example.com/>y<z\">x</a>",
         "x <https://example.com/%3Ey%3Cz>"},
        {"a link's scheme", "<a href=\"httpx://example.com/\">x</a>", "x"},
        {"a link around a picture", "<a href=\"https://example.com/\"><img></a>", " <https://example.com/>"},
        {"no link", "<a href=\"#top\">up</a> <a href=\"mailto:a@example.com\">mail</a>", "up mail"},
        {"unseen", "<head><title>t</title><style>p{}</style></head><body><script>1</script>x</body>", "x"},
        {"hidden by style", "<div style=\"DISPLAY :\n none\">no</div><p hidden>no</p>yes", "yes"},
        {"comments", "a<!-- no -->b", "ab"},
        {"lines that are kept", "<pre>line one\n  line  two\n</pre>x", "line one\n  line  two\nx"},
        {"lines that are kept by style",
         "<div style='white-space: pre-wrap'>a\nb<p style='white-space:normal'>c\nd</div>", "a\nb\nc d\n"},
        {"sections",
         "<article>a</article><address>b</address><center>c</center><main>d</main><nav>e</nav><form>f</form>"
         "<figure>g<figcaption>h</figcaption></figure><section>i</section><header>j</header><footer>k</footer>"
         "<aside>l</aside><dl><dt>m<dd>n</dl><fieldset><legend>o</legend>p</fieldset>q<hr>r<details><summary>s</summary>"
         "t</details>",
         "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\ns\nt\n"},
        {"a table with a caption", "<table><caption>a</caption><tr><td>b</table>", "a\nb \n"},
        {"blocks by style", "a<span style='display:block'>b</span>c", "a\nb\nc"},
        {"choices", "<select><option>a<option>b</select>", "a\nb\n"},
        {"unclosed", "<p>one<p>two<b>three", "one\ntwothree\n"},
        {"no HTML at all", "just text", "just text"},
        {"nothing", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = text_from_html(table[i].html, NULL);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("%s: got '%s', want '%s'", table[i].name, text, table[i].want);
    }
}

/* HID is hidden from a person; SEEN is not, whatever it looks like. */
static void what_no_person_sees_is_left_out(void **state)
{
    static const char *const table[] = {
        "<p hidden>HID</p>SEEN",
        "<p hidden style='display:block'>SEEN</p>",
        "<style>p{display:block}</style><p hidden>SEEN</p>",
        "<span style='display:none'>HID<b style='display:inline'>HID</b></span>SEEN",
        "<span style='display:none!important'>HID</span>SEEN",
        "<span style='DISPLAY :\n NONE ! Important ;'>HID</span>SEEN",
        "<span style='display:none ! important;display:inline'>HID</span>SEEN",
        "<span style='display:none;display:inline'>SEEN</span>",
        "<span style='display:inline;display:none'>HID</span>SEEN",
        "<span style='display:none;display:inline!important'>SEEN</span>",
        "<span style='display:none;all:unset'>SEEN</span>",
        "<span style='background:url(x?display:none)'>SEEN</span>",
        "<span style='background:url(x?;display:none;)'>SEEN</span>",
        "<span style='background:url( \"x)\" );display:none'>HID</span>SEEN",
        "<span style='background:url(x\");display:none'>HID</span>SEEN",
        "<span style='background:url(x\\);display:none)'>SEEN</span>",
        "<span style='x:(;display:none'>SEEN</span>",
        "<span style='x:([)];display:none)'>SEEN</span>",
        "<span style='x-display:none'>SEEN</span>",
        "<span style='content:\"a;display:none\"'>SEEN</span>",
        "<span style='content:\"a\\\";display:none\"'>SEEN</span>",
        "<span style='content:\"\";display:none'>HID</span>SEEN",
        "<span style='dis/**/play:none'>SEEN</span>",
        "<span style='display:none;x:xurl(a\")\"b);display:inline'>SEEN</span>",
        "<span style='display:none;x:#url(a\")\"b);display:inline'>SEEN</span>",
        "<span style='display:none;x:\"&#12;;display:inline'>SEEN</span>",
        "<span style='display:none;x:\"&#13;;display:inline'>SEEN</span>",
        "<span style='display:none;d\\69&#13;&#10;splay:inline'>SEEN</span>",
        "<span style='x:\"\\&#13;&#10;;display:none;\"'>SEEN</span>",
        "<span style='/*display:none*/'>SEEN</span>",
        "<span style='display/**/:/*x*/none'>HID</span>SEEN",
        "<span style='display:none;d\\69splay:inline'>SEEN</span>",
        "<span style='d\\000069 splay:none'>HID</span>SEEN",
        "<span style='display\\:none'>SEEN</span>",
        "<span style='display:none;@x{}display:inline'>SEEN</span>",
        "<span style='display:none;x{}display:inline'>SEEN</span>",
        "<span style='display:none x'>SEEN</span>",
        "<span style='display:;display:none;display:'>HID</span>SEEN",
        "<body style='display:none'>SEEN",
        "<style>.a{display:block!important}</style><span class=a style='display:none'>SEEN</span>",
        "<style>.a{display:block ! important}</style><span class=a style='display:none!important'>HID</span>SEEN",
        "<style>.a{c\\olor:red}</style><span class=a style='display:none'>SEEN</span>",
        "<style>.b{display:none!important}</style><span style='display:none'>HID</span>SEEN",
        "<style>@media screen{p{margin:0!important}}</style><span style='display:none'>HID</span>SEEN",
        "<span style='animation:a;opacity:0'>SEEN</span><style>@keyframes a{from{opacity:1}}</style>",
        "<p style='visibility:hidden'>HID<b style='visibility:visible'>SEEN</b>",
        "<style>b{visibility:visible}</style><p style='visibility:hidden'>HID<b>SEEN</b>",
        "<span style='font-size:0'>HID</span>SEEN",
        "<span style='font-size:0.0px'>HID<b>HID</b><b style='font-size:2em'>HID</b><b style='font-size:9px'>SEEN</b></span>",
        "<span style='font-size:1px'>SEEN</span>",
        "<span style='font-size:0x'>SEEN</span>",
        "<span style='font-size:0%'>HID</span>SEEN",
        "<style>p{font-size:9px}p::first-line{font-size:9px}</style><p style='font-size:0'>SEEN",
        "<span style='font:12px 0 a'>SEEN</span>",
        "<span style='font:0 inherit'>SEEN</span>",
        "<div style='font-size:0'><svg><text font-size=20>SEEN</text></svg></div>",
        "<span style='font-size:.5px'>SEEN</span>",
        "<span style='font:0/0 a'>HID</span>SEEN",
        "<span style='font-size:0;font:12px a'>SEEN</span>",
        "<div style='font-size:0'><table><td>SEEN</table></div>",
        "<div style='font-size:0'>HID<font size=3>SEEN</font></div>",
        "<style>td{font-size:12px}</style><div style='font-size:0'>HID<b>SEEN</b></div>",
        "<span style='opacity:0'>HID<b style='opacity:1'>HID</b></span>SEEN",
        "<span style='opacity:0px'>SEEN</span>",
        "<span style='opacity:0%'>HID</span>SEEN",
        "<span style='opacity:.01'>SEEN</span>",
        "<div style='max-height:0;overflow:hidden'>HID<p>HID</p></div>SEEN",
        "<div style='height:0px;overflow:hidden'>HID</div>SEEN",
        "<div style='max-height:0%;overflow:hidden'>SEEN</div>",
        "<div style='max-height:0;overflow:hidden'>HID<dialog open>SEEN</dialog></div>",
        "<div style='max-height:0'>SEEN</div>",
        "<div style='overflow:hidden'>SEEN</div>",
        "<div style='max-height:0;overflow:hidden;overflow:visible'>SEEN</div>",
        "<div style='max-height:0;min-height:20px;overflow:hidden'>SEEN</div>",
        "<div style='max-height:0;padding:20px;overflow:hidden'>SEEN</div>",
        "<div style='max-height:0;padding:0;overflow:hidden'>HID</div>SEEN",
        "<span style='max-height:0;overflow:hidden'>SEEN</span>",
        "<span style='display:block;max-height:0;overflow:hidden'>HID</span>SEEN",
        "<div style='display:inline;max-height:0;overflow:hidden'>SEEN</div>",
        "<style>div{display:inline}</style><div style='max-height:0;overflow:hidden'>SEEN</div>",
        "<style>td{padding:0}</style><div style='max-height:0;overflow:hidden'>HID</div>SEEN",
        "<table><td style='max-height:0;overflow:hidden'>SEEN</table>",
        "<div style='max-height:0;overflow:hidden'>HID<p style='position:absolute'>SEEN</p></div>",
        "<span style='mso-hide:all'>SEEN</span>", /* but where one program shows it */
        "<span style='color:#fff'>HID</span>SEEN",
        "<p style='color:white;background-color:#FFF'>HID<b>HID</b></p>SEEN",
        "<p style='color:rgb(255, 255, 255)'>HID<b style='color:#000'>SEEN</b></p>",
        "<p color=white>SEEN</p>",
        "<font color=fff>SEEN</font>",
        "<font color=#fff>HID</font>SEEN",
        "<p style='color:rgb(-1,-1,-1)'>SEEN</p>",
        "<mark><font color=white>SEEN</font></mark>",
        "<button><font color=white>SEEN</font></button>",
        "<meta name=color-scheme content=dark><font color=white>SEEN</font>",
        "<body bgcolor=chucknorris><p style='color:chucknorris'>SEEN</p>",
        "<img><p style='font:12px/0 a;color:white'>SEEN</p>",
        "<font color=ffffff>HID</font>SEEN",
        "<font color=white>HID<font color=red>SEEN</font></font>",
        "<span style='color:#fffffe'>SEEN</span>",
        "<body bgcolor='#000000'><p style='color:black'>SEEN</p>",
        "<body bgcolor='#000000'><p style='color:white;background:white'>SEEN</p>",
        "<body bgcolor='#000000'>SEEN",
        "<body bgcolor=white><p style='color:white'>HID</p>SEEN",
        "<table bgcolor=navy><td><font color=white>SEEN</font></table>",
        "<table><td background=x.png><font color=white>SEEN</font></table>",
        "<div style='background:url(x)'><font color=white>SEEN</font></div>",
        "<div style='border-bottom:50px solid #000;height:0'><font color=white>SEEN</font></div>",
        "<font color=white><a href=mailto:x>SEEN</a></font>",
        "<style>p{background:#000}</style><p><font color=white>SEEN</font></p>",
        "<style>p{margin:0;font-size:9px}</style><p><font color=white>HID</font></p>SEEN",
        "<div style='background:navy'>SEEN <span style='color:red;background:red'>HID</span></div>",
        "<div style='background:navy'><span style='color:red;background:red'>HID<i>HID</i><b style='color:blue'>SEEN</b></span></div>",
        "<div style='height:0;background:red;color:red'>SEEN</div>",
        "<div style='text-shadow:0 0 1px #000'><span style='color:red;background:red'>SEEN</span></div>",
        "<div style='-webkit-text-fill-color:#000'><font color=white>SEEN</font></div>",
        "<span style='color:transparent'>HID</span>SEEN",
        "<div style='background:navy'><span style='color:rgba(0,0,0,0)'>HID</span>SEEN</div>",
        "<span style='color:inherit'>SEEN</span>",
        "<html style='color:#fff'><body text=white><p>SEEN</p>",
        "<body style='color:transparent'>SEEN",
        "<style>.a{color:#000!important}</style><span class=a style='color:red;background:red'>SEEN</span>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = text_from_html(table[i], NULL);
        if (strstr(text, "HID") != NULL || strstr(text, "SEEN") == NULL)
            fail_msg("%s: got '%s'", table[i], text);
    }
}

/* Styles are read where they are copied into every paragraph, too. */
static void styles_cost_little(void **state)
{
    static const char *const eachs[] = {"x:(", "a:b;", "display:none;", "\\", "/*",
                                        "\"",  "url(", "x:[(",          "{",  "!"};
    for (size_t i = 0; i < G_N_ELEMENTS(eachs); i++) {
        g_autoptr(GString) style = g_string_new(NULL);
        for (int j = 0; j < 5000 / (int)strlen(eachs[i]); j++)
            g_string_append(style, eachs[i]);
        g_autoptr(GString) html = g_string_new(NULL);
        g_string_printf(html, "<style>%s</style><p>START<font style='%s'>", style->str, style->str);
        for (int j = 0; j < 2000; j++)
            g_string_append(html, "<p>x");
        for (int j = 0; j < 40; j++)
            g_string_append_printf(html, "<i style='%s'>y</i>", style->str);
        g_autofree char *text = text_from_html(html->str, NULL);
        assert_non_null(strstr(text, "START"));
    }
}

static void style_sheets_cost_little(void **state)
{
    static const char *const eachs[] = {"a:", "display:", "/*", "/**/", " :", ";", "a{b:c}", "-", "!:"};
    for (size_t i = 0; i < G_N_ELEMENTS(eachs); i++) {
        g_autoptr(GString) html = g_string_new("<p>START<style>");
        while (html->len < 1 << 18)
            g_string_append(html, eachs[i]);
        g_autofree char *text = text_from_html(html->str, NULL);
        assert_non_null(strstr(text, "START"));
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
    g_autofree char *text = text_from_html(html->str, NULL);
    if (strstr(text, "START") == NULL || (to_the_end && strstr(text, "END") == NULL))
        fail_msg("%s: text is lost", name);
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
    g_autofree char *text = text_from_html(html->str, NULL);
    assert_non_null(strstr(text, "x"));
}

static void long_honest_mail_keeps_its_lines(void **state)
{
    g_autoptr(GString) html = g_string_new("<table>");
    for (int i = 0; i < 2000; i++)
        g_string_append_printf(html, "<tr><td><b>i-%d</b></td><td><span>x</span></td></tr>", i);
    g_string_append(html, "</table>");
    g_autofree char *text = text_from_html(html->str, NULL);
    assert_non_null(strstr(text, "\ni-1999 x \n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_a_person),
        cmocka_unit_test(what_no_person_sees_is_left_out),
        cmocka_unit_test(styles_cost_little),
        cmocka_unit_test(style_sheets_cost_little),
        cmocka_unit_test(depth_and_work_are_bounded),
        cmocka_unit_test(open_formatting_is_not_repeated_without_end),
        cmocka_unit_test(long_honest_mail_keeps_its_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
