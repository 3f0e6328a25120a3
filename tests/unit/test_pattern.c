/* Patterns: every kind, what they find and in which order, blanks and hard-wrapped text, and bounds. */
#include "rules/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static GHashTable *placeholders;

static int set_up(void **state)
{
    static const char *const known[][2] = {
        {"account", "\\d{12}"}, {"case", "\\d{8,16}"},  {"line", "[^\\n]{1,500}"}, {"any", "[^\\n]{0,500}?"},
        {"n", "\\d{1,12}"},     {"word", "\\S{1,200}"}, {"zone", "[a-z]"},         {"area", "[a-z]"}};
    placeholders = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        g_hash_table_insert(placeholders, (void *)known[i][0], (void *)known[i][1]);
    return 0;
}

static int tear_down(void **state)
{
    g_hash_table_unref(placeholders);
    return 0;
}

static void on_found(const char *name, const char *value, size_t length, void *data)
{
    g_string_append_printf(data, "%s=%.*s;", name, (int)length, value);
}

static struct pattern *made(enum pattern_kind kind, const char *text, bool nocase)
{
    GError *error = NULL;
    struct pattern *pattern = pattern_new(kind, text, nocase, placeholders, &error);
    if (pattern == NULL)
        fail_msg("%s: %s", text, error->message);
    return pattern;
}

static const struct {
    const char *name;
    enum pattern_kind kind;
    const char *pattern, *text;
    const char *want; /* what is found, NULL: no match */
    bool nocase;
} cases[] = {
    /* templates stand for the whole text */
    {"literal", PATTERN_TEMPLATE, "Your bill", "Your bill", "", false},
    {"more behind", PATTERN_TEMPLATE, "Your bill", "Your bills", NULL, false},
    {"more before", PATTERN_TEMPLATE, "Your bill", "RE: Your bill", NULL, false},
    {"line end behind", PATTERN_TEMPLATE, "Your bill", "Your bill\n", NULL, false},
    {"case counts", PATTERN_TEMPLATE, "Your bill", "your bill", NULL, false},
    {"nocase", PATTERN_TEMPLATE, "Your bill {n}", "YOUR BILL 7", "n=7;", true},
    {"nocase beyond ASCII", PATTERN_TEMPLATE, "Ärger", "ärger", "", true},
    {"placeholder", PATTERN_TEMPLATE, "Case {case} [{account}]", "Case 12345678 [123456789012]",
     "case=12345678;account=123456789012;", false},
    {"order of the text, not the alphabet", PATTERN_TEMPLATE, "{zone}-{area}", "x-y", "zone=x;area=y;",
     false},
    {"a name twice", PATTERN_TEMPLATE, "{n} of {n}", "1 of 2", "n=1;n=2;", false},
    {"type is kept", PATTERN_TEMPLATE, "Case {case}", "Case 1234567", NULL, false},
    {"twelve digits, no more", PATTERN_TEMPLATE, "{account}", "1234567890123", NULL, false},
    {"specials are literal", PATTERN_TEMPLATE, "a.b*c(d)[e]^$|\\?+", "a.b*c(d)[e]^$|\\?+", "", false},
    {"specials are no expression", PATTERN_TEMPLATE, "a.c", "abc", NULL, false},
    {"braces without a name", PATTERN_TEMPLATE, "{} {A} {1} {n", "{} {A} {1} {n", "", false},
    {"template is normalized", PATTERN_TEMPLATE, "ＡＷＳ　 {n}", "AWS 5", "n=5;", false},
    {"empty any", PATTERN_TEMPLATE, "A{any}", "A", "any=;", false},
    {"any ends at the line", PATTERN_TEMPLATE, "A{any}", "A\nB", NULL, false},
    /* needles */
    {"contains", PATTERN_CONTAINS, "Severity: Urgent", "x Severity: Urgent y", "", false},
    {"contains nothing", PATTERN_CONTAINS, "Severity", "severity", NULL, false},
    {"contains nocase", PATTERN_CONTAINS, "SEVERITY", "severity", "", true},
    {"braces are literal", PATTERN_CONTAINS, "{n}", "5", NULL, false},
    {"starts", PATTERN_STARTS, "Amazon", "Amazon EC2", "", false},
    {"starts elsewhere", PATTERN_STARTS, "EC2", "Amazon EC2", NULL, false},
    {"starts a line is not the text", PATTERN_STARTS, "EC2", "Amazon\nEC2", NULL, false},
    {"ends", PATTERN_ENDS, "EC2", "Amazon EC2", "", false},
    {"ends a line is not the text", PATTERN_ENDS, "EC2", "EC2\n", NULL, false},
    /* blanks: one line break at most, none invented */
    {"wrapped", PATTERN_CONTAINS, "one two", "one\ntwo", "", false},
    {"wrapped with blanks", PATTERN_CONTAINS, "one two", "one \n two", "", false},
    {"two line breaks", PATTERN_CONTAINS, "one two", "one\n\ntwo", NULL, false},
    {"no blank", PATTERN_CONTAINS, "one two", "onetwo", NULL, false},
    {"Latin words do not wrap within", PATTERN_CONTAINS, "onetwo", "one\ntwo", NULL, false},
    {"blanks in the needle are one", PATTERN_CONTAINS, "one \t  two", "one two", "", false},
    {"a blank at the end is meant", PATTERN_STARTS, "Recorded ", "Recordeds", NULL, false},
    {"a blank at the end", PATTERN_STARTS, "Recorded ", "Recorded 1", "", false},
    /* CJK text breaks anywhere */
    {"CJK wrapped", PATTERN_CONTAINS, "重要なお知らせ", "重要な\nお知らせ", "", false},
    {"CJK wrapped with blanks", PATTERN_CONTAINS, "重要なお知らせ", "重要な \n お知らせ", "", false},
    {"CJK, two line breaks", PATTERN_CONTAINS, "重要なお知らせ", "重要な\n\nお知らせ", NULL, false},
    {"CJK, a blank is no break", PATTERN_CONTAINS, "重要なお知らせ", "重要な お知らせ", NULL, false},
    {"CJK, a blank in the needle may go", PATTERN_CONTAINS, "重要な お知らせ", "重要なお知らせ", "", false},
    {"CJK beside Latin does not break", PATTERN_CONTAINS, "重要AWS", "重要\nAWS", NULL, false},
    {"a template's line does not break", PATTERN_TEMPLATE, "重要なお知らせ", "重要な\nお知らせ", NULL, false},
    /* captures */
    {"capture anywhere", PATTERN_CAPTURE, "Subject: {line}", "x\nSubject: a b\nc", "line=a b;", false},
    {"capture the first", PATTERN_CAPTURE, "n {n}", "n 1 n 2", "n=1;", false},
    {"capture over a break", PATTERN_CAPTURE, "Case ID: {case}", "Case\nID: 12345678", "case=12345678;",
     false},
    /* regular expressions */
    {"matches anywhere", PATTERN_MATCHES, "b(?<x>.)d", "abcd", "x=c;", false},
    {"matches lines", PATTERN_MATCHES, "^b$", "a\nb\nc", "", false},
    {"a part that took no part", PATTERN_MATCHES, "(?<a>x)|(?<b>y)", "y", "b=y;", false},
    {"matches nocase", PATTERN_MATCHES, "B", "b", "", true},
    /* globs stand for the whole text */
    {"glob", PATTERN_GLOB, "AWS_EC2_*RETIREMENT*", "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", "", false},
    {"glob needs all", PATTERN_GLOB, "AWS_EC2", "AWS_EC2_X", NULL, false},
    {"glob one", PATTERN_GLOB, "a?c", "abc", "", false},
    {"glob one of CJK", PATTERN_GLOB, "a?c", "a重c", "", false},
    {"glob specials", PATTERN_GLOB, "*.p[d]f", "a.p[d]f", "", false},
    {"glob dot is a dot", PATTERN_GLOB, "a.pdf", "axpdf", NULL, false},
    /* addresses */
    {"address", PATTERN_ADDRESS, "a@Example.com", "A@example.COM", "", false},
    {"another address", PATTERN_ADDRESS, "a@example.com", "ba@example.com", NULL, false},
    {"domain", PATTERN_ADDRESS, "@example.com", "a@example.com", "", false},
    {"sub-domain", PATTERN_ADDRESS, "@example.com", "a@mail.example.com", NULL, false},
    {"domain in the local part", PATTERN_ADDRESS, "@example.com", "\"@example.com\"@example.jp", NULL, false},
    {"no address", PATTERN_ADDRESS, "@example.com", "", NULL, false},
    /* decorations */
    {"head", PATTERN_HEAD, "\\[{account}\\]", "[123456789012] Title", "account=123456789012;", false},
    {"head is at the head", PATTERN_HEAD, "\\[{n}\\]", "Title [5]", NULL, false},
    {"tail", PATTERN_TAIL, "\\[{n}\\]", "Title [5]", "n=5;", false},
    {"tail is at the tail", PATTERN_TAIL, "\\[{n}\\]", "[5] Title", NULL, false},
    {"cue", PATTERN_CUE, "hand over on {n}", "We hand\nover on 5.", "n=5;", false},
    {"cue wrapped between ideographs", PATTERN_CUE, "予定日{n}", "予\n定日5", "n=5;", false},
    {"cue with a class", PATTERN_CUE, "asset[ 番号、。]{n}", "asset。5", "n=5;", false},
    {"a class may be a line end where it has a blank", PATTERN_CUE, "asset[ _]{n}", "asset\n5", "n=5;",
     false},
    {"a class is what stands in it, and no more", PATTERN_CUE, "asset[ 番号]{n}", "asset?5", NULL, false},
    {"a class that begins with its end", PATTERN_CUE, "asset[^] _]{n}", "asset|5 asset 6", "n=5;", false},
    {"a class with a named one", PATTERN_CUE, "asset[[:alpha:] _]{n}", "asset 5", "n=5;", false},
    {"a blank that is escaped", PATTERN_CUE, "asset\\ {n}", "asset 5", "n=5;", false},
};

static void patterns_match(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(pattern) pattern = made(cases[i].kind, cases[i].pattern, cases[i].nocase);
        g_autoptr(GString) found = g_string_new(NULL);
        enum pattern_result result =
            pattern_try(pattern, cases[i].text, strlen(cases[i].text), NULL, NULL, on_found, found);
        bool good = result == (cases[i].want != NULL ? PATTERN_YES : PATTERN_NO) &&
                    (cases[i].want == NULL || strcmp(found->str, cases[i].want) == 0);
        if (!good)
            fail_msg("%s: result %d, found %s", cases[i].name, result, found->str);
        assert_string_equal(pattern_text(pattern), cases[i].pattern);
    }
}

static void matching_goes_on_behind_the_match(void **state)
{
    g_autoptr(pattern) pattern = made(PATTERN_CAPTURE, "id {n}", false);
    const char *text = "id 1, id 22.";
    size_t offset = 0, start = 0;
    static const size_t want[][2] = {{0, 4}, {6, 11}};
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        assert_int_equal(pattern_try(pattern, text, strlen(text), &offset, &start, NULL, NULL), PATTERN_YES);
        assert_int_equal(start, want[i][0]);
        assert_int_equal(offset, want[i][1]);
    }
    assert_int_equal(pattern_try(pattern, text, strlen(text), &offset, &start, NULL, NULL), PATTERN_NO);
    offset = strlen(text) + 1;
    assert_int_equal(pattern_try(pattern, text, strlen(text), &offset, &start, NULL, NULL), PATTERN_NO);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        enum pattern_kind kind;
        const char *text, *message;
    } wrong[] = {
        {PATTERN_TEMPLATE, "x {acount}", "{acount}"},
        {PATTERN_CAPTURE, "{nothing}", "{nothing}"},
        {PATTERN_MATCHES, "a(b", "character 4"},
        {PATTERN_MATCHES, "\\C", "\\C"},
        {PATTERN_HEAD, "[", "'['"},
        {PATTERN_ADDRESS, "example.com", "neither an address nor @domain"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(pattern_new(wrong[i].kind, wrong[i].text, false, placeholders, &error));
        if (strstr(error->message, wrong[i].message) == NULL)
            fail_msg("%s: %s", wrong[i].text, error->message);
    }
}

static void what_overruns_is_told_apart_from_no_match(void **state)
{
    static const char *const hungry[] = {"^(a+)+$", "(a|aa)+$", "(.*)(.*)(.*)(.*)[bc]$"};
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 4000; i++)
        g_string_append_c(text, 'a');
    g_string_append_c(text, '!');
    for (size_t i = 0; i < G_N_ELEMENTS(hungry); i++) {
        g_autoptr(pattern) pattern = made(PATTERN_MATCHES, hungry[i], false);
        enum pattern_result result = pattern_try(pattern, text->str, text->len, NULL, NULL, NULL, NULL);
        if (result != PATTERN_OVERRAN)
            fail_msg("%s: %d", hungry[i], result);
    }
    g_autoptr(pattern) modest = made(PATTERN_CONTAINS, "a!", false);
    assert_int_equal(pattern_try(modest, text->str, text->len, NULL, NULL, NULL, NULL), PATTERN_YES);
}

static void kinds_are_known_by_name(void **state)
{
    enum pattern_kind kind;
    assert_true(pattern_kind_read("template", &kind));
    assert_int_equal(kind, PATTERN_TEMPLATE);
    assert_true(pattern_kind_read("glob", &kind));
    assert_int_equal(kind, PATTERN_GLOB);
    assert_false(pattern_kind_read("like", &kind));
    assert_false(pattern_kind_read(NULL, &kind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(matching_goes_on_behind_the_match),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(what_overruns_is_told_apart_from_no_match),
        cmocka_unit_test(kinds_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
