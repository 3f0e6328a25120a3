/* Rendering: every kind of value, what nothing fills, and that a value never adds a line. */
#include "base/json.h"
#include "rules/render.h"
#include "wire/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define VALUES                                                                                                    \
    "{\"account\": \"123456789012\", \"list\": [\"a\", \"b\"], \"none\": [], \"null\": null, \"yes\": true, "     \
    "\"no\": false, \"n\": 7, \"lines\": \"one\\ntwo\\u2028three\", \"brace\": \"{account}\", \"x9\": \"nine\", " \
    "\"object\": {\"a\": 1}, \"empty\": \"\"}"

static void on_trouble(const char *name, const char *why, void *data)
{
    g_string_append_printf(data, "%s%s%s;", name, why != NULL ? ": " : "", why != NULL ? why : "");
}

static const struct {
    const char *args, *want, *unknown;
} cases[] = {
    {"{\"t\": \"plain\"}", "{\"t\":\"plain\"}", ""},
    {"{\"t\": \"a {account} b\"}", "{\"t\":\"a 123456789012 b\"}", ""},
    {"{\"t\": \"{account}{account}\"}", "{\"t\":\"123456789012123456789012\"}", ""},
    {"{\"t\": \"{list}|{none}|{null}|{yes}|{no}|{n}|{empty}\"}", "{\"t\":\"a, b|||yes||7|\"}", ""},
    {"{\"t\": \"{x9}\"}", "{\"t\":\"nine\"}", ""},
    {"{\"t\": \"{lines}\"}", "{\"t\":\"one two three\"}", ""},
    {"{\"t\": \"own\\nline\"}", "{\"t\":\"own\\nline\"}", ""}, /* the author's line stays */
    {"{\"t\": \"{brace}\"}", "{\"t\":\"{account}\"}", ""},     /* a value is no template */
    {"{\"t\": \"[{case}] {case_subject}.\"}", "{\"t\":\"[] .\"}", "case;case_subject;"},
    {"{\"t\": \"{object}\"}", "{\"t\":\"\"}", ""},
    {"{\"t\": \"{} {A} { account} {account\"}", "{\"t\":\"{} {A} { account} {account\"}", ""},
    {"{\"t\": \"{{account}}\"}", "{\"t\":\"{123456789012}\"}", ""},
    {"{\"t\": 5, \"u\": true, \"v\": null}", "{\"t\":5,\"u\":true,\"v\":null}", ""},
    {"{\"t\": [\"{n}\", {\"u\": \"{n}\"}]}", "{\"t\":[\"7\",{\"u\":\"7\"}]}", ""},
    {"{\"{n}\": \"x\"}", "{\"{n}\":\"x\"}", ""}, /* keys are no texts */
    {"{\"t\": \"重要{n}\"}", "{\"t\":\"重要7\"}", ""},
};

static void texts_are_filled(void **state)
{
    g_autoptr(json_t) values = json_loads(VALUES, 0, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) args = json_loads(cases[i].args, 0, NULL);
        g_autoptr(GString) unknown = g_string_new(NULL);
        const struct render_ear ear = {on_trouble, unknown};
        g_autofree char *before = json_canonical(args);
        g_autoptr(json_t) filled = render_args(args, NULL, values, &ear);
        g_autofree char *got = json_canonical(filled), *after = json_canonical(args);
        assert_string_equal(got, cases[i].want);
        assert_string_equal(unknown->str, cases[i].unknown);
        assert_string_equal(before, after);
        g_autoptr(json_t) again = render_args(args, NULL, values, NULL);
        assert_true(json_equal(again, filled));
    }
}

/* text, what it becomes, what is said of it */
static const struct {
    const char *text, *want, *said;
} filtered[] = {
    {"{subject|clip 7}", "Amazon…", ""},
    {"{subject|clip 10}", "Amazon EC…", ""},
    {"{subject|clip 8}", "Amazon…", ""}, /* no blank before the mark */
    {"{subject|clip 9999}", "Amazon EC2 Instance", ""},
    {"{japanese|clip 4}", "インス…", ""},
    {"{marked|clip 2}", "…", ""}, /* no character is taken apart */
    {"{instances|clip 6}", "i-a,…", ""},
    {"{instances|join \"/\"}", "i-a/i-b/i-c", ""},
    {"{instances|join \"\"}", "i-ai-bi-c", ""},
    {"{instances | join ' \\' } '}", "i-a ' } i-b ' } i-c", ""},
    {"{instances|join \"\\n\"}", "i-a\ni-b\ni-c", ""}, /* the author's lines */
    {"{instances|upper|join '\\n- '}", "I-A\n- I-B\n- I-C", ""},
    {"{hostile|join '\\n'}|{lines|join '\\n'}", "one two\nthree|one two three", ""}, /* and nobody else's */
    {"{lines|default '\\n'}{hostile|first|join '\\n'}", "one two threeone two", ""},
    {"{subject|join \"/\"}", "Amazon EC2 Instance", ""},
    {"{none|join \"/\"}", "", ""},
    {"{subject|upper}", "AMAZON EC2 INSTANCE", ""},
    {"{subject|lower}", "amazon ec2 instance", ""},
    {"{umlaut|upper}", "ÄÖÜ", ""},
    {"{instances|upper|join \"+\"}", "I-A+I-B+I-C", ""},
    {"{instances|first}", "i-a", ""},
    {"{none|first}", "", ""},
    {"{subject|first}", "Amazon EC2 Instance", ""},
    {"{instances|first|upper}", "I-A", ""},
    {"{instances|count}", "3", ""},
    {"{none|count} {empty|count} {subject|count} {absent|count}", "0 0 1 0", ""},
    {"{subject|default \"-\"}", "Amazon EC2 Instance", ""},
    {"{empty|default \"-\"}{null|default \"-\"}{none|default \"-\"}{no|default '-'}{blank|default '-'}",
     "-----", ""},
    {"{absent|default \"a|b}c\"}", "a|b}c", ""},
    {"{absent|upper}", "", "absent;"},
    {"{none|first|default \"no instance\"}", "no instance", ""},
    {"{absent|default \"x\"|upper}", "X", ""},
    {"{deadline|date}", "2026-12-05 01:30 UTC", ""},
    {"{deadline|date \"%d.%m.%Y\"}", "05.12.2026", ""},
    {"{deadline|date \"%H:%M %Z\"}", "01:30 UTC", ""},
    {"{deadline|date \"%b %d, %R\"}", "Dec 05, 01:30 UTC", ""},
    {"{mailed|date \"%F %T\"}", "2026-12-05 01:30:00 UTC", ""},
    {"{day|date \"%F\"} {dots|date \"%F\"}", "2026-12-05 2026-01-05", ""},
    {"{nodate|date \"%F\"}", "2026年13月5日", "nodate: 'date' can read no date in it, so it stays as it is;"},
    {"{null|date}{empty|date}", "", ""},
    {"{subject|date}", "Amazon EC2 Instance",
     "subject: 'date' can read no date in it, so it stays as it is;"},
    {"https://x/?q={odd|url}", "https://x/?q=a%26b%3D%2F%3F%23%20%E9%87%8D", ""},
    {"{lines|upper}", "ONE TWO THREE", ""},
    {"{brace|upper}", "{ACCOUNT}", ""},
    {"{subject|uper}", "Amazon EC2 Instance", "subject: {subject|uper}: there is no filter 'uper';"},
    {"{subject|clip}", "Amazon EC2 Instance", "subject: {subject|clip}: write it like {subject|clip 80};"},
    {"{subject|clip \"8\"}", "Amazon EC2 Instance",
     "subject: {subject|clip}: write it like {subject|clip 80};"},
    {"{subject|clip 0}", "Amazon EC2 Instance", "subject: {subject|clip}: write it like {subject|clip 80};"},
    {"{subject|clip -1}", "Amazon EC2 Instance", "subject: {subject|clip}: write it like {subject|clip 80};"},
    {"{subject|upper 3}", "Amazon EC2 Instance", "subject: {subject|upper}: write it like {subject|upper};"},
    {"{instances|join , }.", "i-a, i-b, i-c.",
     "instances: {instances|join}: write it like {instances|join \", \"};"},
    {"{subject|clip 3 4}.", "Amazon EC2 Instance.",
     "subject: {subject|…}: a filter takes one argument; a text stands in quotation marks;"},
    {"{subject|}.", "Amazon EC2 Instance.",
     "subject: {subject|…}: the name of a filter is missing behind '|';"},
    {"a {subject|upper", "a Amazon EC2 Instance", "subject: {subject|…}: the closing } is missing;"},
    {"{subject|join \"x}.", "Amazon EC2 Instance.",
     "subject: {subject|…}: a quotation mark has no other one behind it;"},
};

static void values_go_through_filters(void **state)
{
    g_autoptr(json_t) values = json_loads(
        "{\"subject\": \"Amazon EC2 Instance\", \"japanese\": \"インスタンスの停止\", \"instances\": [\"i-a\", \"i-b\", "
        "\"i-c\"], \"none\": [], \"empty\": \"\", \"null\": null, \"no\": false, \"blank\": \" \\u200b\", \"umlaut\": "
        "\"äöü\", \"deadline\": \"2026-12-05T01:30:00Z\", \"day\": \"2026年 12月5日\", \"dots\": \"2026.1.5\", "
        "\"nodate\": \"2026年13月5日\", \"mailed\": \"Sat, 05 Dec 2026 10:30:00 +0900\", \"odd\": "
        "\"a&b=/?# 重\", \"lines\": \"one\\ntwo\\u2028three\", \"hostile\": [\"one\\ntwo\", \"three\"], \"brace\": \"{account}\", \"marked\": "
        "\"a\\u0301\\u0302b\"}",
        0, NULL);
    assert_non_null(values);
    for (size_t i = 0; i < G_N_ELEMENTS(filtered); i++) {
        g_autoptr(GString) said = g_string_new(NULL);
        const struct render_ear ear = {on_trouble, said};
        g_autoptr(json_t) args = json_pack("{s:s}", "t", filtered[i].text);
        g_autoptr(json_t) filled = render_args(args, NULL, values, &ear);
        assert_string_equal(json_text(filled, "t"), filtered[i].want);
        assert_string_equal(said->str, filtered[i].said);
    }
}

/* What a hostile mail may put into a name. */
static const struct {
    const char *text, *value, *want;
} names[] = {
    {"{x}", "billing", "billing"},
    {"{x}", "EC2", "ec2"},
    {"{x}", "../../etc/passwd", "_.-..-etc-passwd"},
    {"{x}", "..", "_."},
    {"{x}", ".hidden", "_hidden"},
    {"{x}", "/", "none"},
    {"{x}", "", "none"},
    {"{x}", "a\x01\x1b[31m\nb", "a-31m-b"},
    {"{x}", "重要", "none"},
    {"a{x}", "../b", "a..-b"},
    {"{x}-{x}", "a", "a-a"},
    {"{x|upper}", "ec2", "ec2"},
};

static void values_make_plain_names(void **state)
{
    g_autoptr(json_t) kinds = json_pack("{s:s, s:s}", "folder", "name?", "text", "text");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(json_t) values = json_pack("{s:s}", "x", names[i].value);
        g_autoptr(json_t) args = json_pack("{s:s, s:s}", "folder", names[i].text, "text", "{x}");
        g_autoptr(json_t) filled = render_args(args, kinds, values, NULL);
        assert_string_equal(json_text(filled, "folder"), names[i].want);
        assert_true(name_is_valid(json_text(filled, "folder")));
    }
    g_autofree char *long_text = g_strnfill(20000, 'x');
    g_autoptr(json_t) values = json_pack("{s:s}", "x", long_text);
    g_autoptr(json_t) args = json_pack("{s:s}", "folder", "{x}");
    g_autoptr(json_t) filled = render_args(args, kinds, values, NULL);
    assert_true(name_is_valid(json_text(filled, "folder")));
}

/* A function of a rule may build a text that asks for more than a mail may cost. */
static void filtering_is_bounded(void **state)
{
    g_autofree char *value = g_strnfill(30000, 'x');
    g_autoptr(GString) text = g_string_new(NULL), said = g_string_new(NULL);
    const struct render_ear ear = {on_trouble, said};
    for (int i = 0; i < 10000; i++)
        g_string_append(text, "{x|upper|lower|clip 1}");
    g_autoptr(json_t) values = json_pack("{s:s}", "x", value);
    g_autoptr(json_t) args = json_pack("{s:s}", "t", text->str);
    g_autoptr(json_t) filled = render_args(args, NULL, values, &ear);
    assert_in_range(g_utf8_strlen(json_text(filled, "t"), -1), 1, 12);
    assert_non_null(strstr(said->str, "too much to fill"));
}

/* The same of what nothing fills, and of values that leave nothing behind. */
static void filling_is_bounded(void **state)
{
    g_autofree char *blank = g_strnfill(30000, ' ');
    g_autoptr(GString) many = g_string_new(NULL), same = g_string_new(NULL), said = g_string_new(NULL);
    const struct render_ear ear = {on_trouble, said};
    for (int i = 0; i < 50000; i++) {
        g_string_append_printf(many, "{a%d}", i);
        g_string_append(same, "{blank}");
    }
    g_autoptr(json_t) values = json_pack("{s:s}", "blank", blank);
    g_autoptr(json_t) args = json_pack("{s:s, s:s}", "t", many->str, "u", same->str);
    g_autoptr(json_t) filled = render_args(args, NULL, values, &ear);
    assert_string_equal(json_text(filled, "t"), "");
    assert_in_range(said->len, 100, 10000);
}

static void texts_are_bounded(void **state)
{
    g_autofree char *long_text = g_strnfill(20000, 'x');
    g_autoptr(json_t) values = json_pack("{s:s}", "x", long_text);
    g_autoptr(json_t) args = json_pack("{s:s}", "t", "{x}{x}{x}{x}");
    g_autoptr(json_t) filled = render_args(args, NULL, values, NULL);
    size_t length = strlen(json_text(filled, "t"));
    assert_in_range(length, 30000, 40000);
}

static void deep_values_end(void **state)
{
    g_autoptr(json_t) value = json_string("{n}");
    for (int i = 0; i < 20; i++)
        value = json_pack("[o]", value);
    g_autoptr(json_t) values = json_pack("{s:i}", "n", 1);
    g_autoptr(json_t) filled = render_args(value, NULL, values, NULL);
    assert_true(json_equal(filled, value)); /* as it was: nothing legitimate is that deep */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_filled),        cmocka_unit_test(values_go_through_filters),
        cmocka_unit_test(values_make_plain_names), cmocka_unit_test(filtering_is_bounded),
        cmocka_unit_test(filling_is_bounded),      cmocka_unit_test(texts_are_bounded),
        cmocka_unit_test(deep_values_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
