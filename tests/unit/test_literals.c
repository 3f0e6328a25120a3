/* What a pattern cannot match without. Each row was tried with the engine too: every text that matches has
 * the runs. */
#include "rules/literals.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct row {
    enum pattern_kind kind;
    const char *text;
    bool nocase;
    const char *want;    /* the runs, joined with | */
    const char *matches; /* a text that matches, or NULL */
};

static const struct row rows[] = {
    {PATTERN_TEMPLATE, "Amazon EC2 Instance Retirement [AWS Account: {account}]", false,
     "amazonec2instanceretirement[awsaccount:", "Amazon EC2 Instance Retirement [AWS Account: 123456789012]"},
    {PATTERN_TEMPLATE, "{any} of {n} {word}", false, "of", "x of 1 y"},
    {PATTERN_TEMPLATE, "{any}{n}", false, "", "x1"},
    {PATTERN_TEMPLATE, "{not one} {", false, "{notone}{", "{not one} {"},
    {PATTERN_TEMPLATE, "ＡＷＳ  からの お知らせ", false, "awsからのお知らせ", "AWS からの お知らせ"},
    {PATTERN_CAPTURE, "Subject: {line}", false, "subject:", "x\nSubject: y"},
    {PATTERN_CONTAINS, "scheduled for retirement", false, "scheduledforretirement",
     "scheduled\nfor retirement"},
    {PATTERN_CONTAINS, "重要なお知らせ", false, "重要なお知らせ", "重要な\nお知らせ"},
    {PATTERN_CONTAINS, "Severity: Urgent", true, "everity:urgent", "sEVERITY: URGENT"},
    {PATTERN_CONTAINS, "Kelvin task", true, "elvinta", "\u212aELVIN taſ\u212a"},
    {PATTERN_CONTAINS, "École 重要 straße", true, "cole重要|tra", "éCOLE 重要 STRA\u1e9eE"},
    {PATTERN_STARTS, "Amazon ", false, "amazon", "Amazon x"},
    {PATTERN_ENDS, "]", false, "", "x]"},
    {PATTERN_GLOB, "AWS_EC2_*RETIREMENT*", false, "aws_ec2_|retirement",
     "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED"},
    {PATTERN_GLOB, "*", false, "", "AWS"},
    {PATTERN_ADDRESS, "No-Reply@Amazon.COM", false, "no-reply@amazon.com", "no-reply@amazon.com"},
    {PATTERN_ADDRESS, "@health.aws", false, "@health.aws", "x@health.aws"},
    {PATTERN_MATCHES, "Usage report \\[AWS Account(?: ID)?: ?(?<account>\\d{12})\\]", false,
     "usagereport[awsaccount", "Usage report [AWS Account ID: 123456789012]"},
    {PATTERN_MATCHES, "abc?d+e*f", false, "ab", "abddf"},
    {PATTERN_MATCHES, "ab{2}cd{0,}ef", false, "ef", "abbcef"},
    {PATTERN_MATCHES, "ab{x}cd", false, "ab{x}cd", "ab{x}cd"},
    {PATTERN_MATCHES, "one|other", false, "", "other"},
    {PATTERN_MATCHES, "(?:one|other) thing", false, "thing", "other thing"},
    {PATTERN_MATCHES, "(?i)Case", false, "", "cASE"},
    {PATTERN_MATCHES, "(?:(?i)ab)cd", false, "cd", "ABcd"},
    {PATTERN_MATCHES, "(?x) a b", false, "", "ab"},
    {PATTERN_MATCHES, "(*UCP)ab", false, "", "ab"},
    {PATTERN_MATCHES, "\\Qa|b\\E", false, "", "a|b"},
    {PATTERN_MATCHES, "(?:\\Qa)\\E)bc", false, "", "a)bc"},
    {PATTERN_MATCHES, "[]x|(]ab[^]y]cd[[:alpha:]\\]]ef", false, "ab|cd|ef", "|ab1cd]ef"},
    {PATTERN_MATCHES, "\\x41bc", false, "", "Abc"},
    {PATTERN_MATCHES, "\\p{Han}bc\\dde", false, "bc|de", "重bc1de"},
    {PATTERN_MATCHES, "(?<=ab)cd(?!ef)gh", false, "cd|gh", NULL},
    {PATTERN_MATCHES, "(?=ab)abx(?#a|b)cd", false, "ab|cd", "abxcd"},
    {PATTERN_MATCHES, "^ab$", false, "ab", "ab"},
    {PATTERN_MATCHES, "(ab)\\1cd", false, "", "ababcd"},
    {PATTERN_MATCHES, "a\\.b\\*c", false, "a.b*c", "a.b*c"},
    {PATTERN_MATCHES, "(a(b[)]c)d)ef", false, "ef", "ab)cdef"},
    {PATTERN_MATCHES, "重要?お知", false, "重|お知", "重お知"},
    {PATTERN_MATCHES, "((?x)ab#)cdef\n)gh", false, "", "abgh"},
    {PATTERN_MATCHES, "(?:ab(*ACCEPT))cdef", false, "", NULL},
    {PATTERN_MATCHES, "(?:(?:ab|x(*ACCEPT)))cdef", false, "", NULL},
    {PATTERN_MATCHES, "[[:x]ab|cd:]]efg", false, "", "xab"},
    {PATTERN_MATCHES, "[\\c]x]abcd", false, "", "xabcd"},
    {PATTERN_MATCHES, "(?:\\c)|ab)cd", false, "", "abcd"},
    {PATTERN_MATCHES, "(?:\\c[)cd]?", false, "",
     "\x1b"
     "cd"},
    {PATTERN_MATCHES, "(?#[)ab|cd(x])efg", false, "", "ab"},
    {PATTERN_MATCHES, "abx(?#)?cd", false, "ab|cd", "abcd"},
    {PATTERN_MATCHES, "(a(?#()b)cd", false, "cd", "abcd"},
    {PATTERN_MATCHES, "((?C\"a)b\")c)defg", false, "", "cdefg"},
    {PATTERN_MATCHES, "[[:<:]]abc[[:^digit:]d]ef", false, "abc|ef", "abcdef"},
    {PATTERN_MATCHES, "[\\Q]ab\\E]cd", false, "", "]cd"},
    {PATTERN_MATCHES, "abc(?#d)*ef(?#)?gh", false, "ab|gh", "abegh"},
    {PATTERN_MATCHES, "(?#[)a|b(?#])xyz", false, "", "a"},
    {PATTERN_MATCHES, "(c(?#()d)xyz", false, "xyz", "cdxyz"},
    {PATTERN_MATCHES, "((?x)a #)\n b)xyz", false, "", "abxyz"},
    {PATTERN_MATCHES, "abc{0\t}de", false, "ab|de", NULL}, /* a count, for PCRE2 of 10.43 on */
    {PATTERN_MATCHES, "ab(?:c(?i))de", false, "ab|de", "abcde"},
    {PATTERN_MATCHES, "ab{ 2 }cd", false, "cd", NULL},
    {PATTERN_MATCHES, "(?(?=ab)ab|cd)ef", false, "ef", "cdef"},
    {PATTERN_MATCHES, "(?(DEFINE)(?<x>abc))ef(?&x)?", false, "ef", "ef"},
    {PATTERN_MATCHES, "ab(?C1)cd", false, "", "abcd"},
    {PATTERN_MATCHES, "ab\\Kcd", false, "", "abcd"},
    {PATTERN_MATCHES, "(?<a>ab)cd(?P>a)?", false, "cd", "abcd"},
    {PATTERN_MATCHES, "(?'a'ab)cd", false, "cd", "abcd"},
    {PATTERN_HEAD, "Reminder:", false, "", NULL},
};

static char *joined(const GPtrArray *runs)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < runs->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? "|" : "", (const char *)runs->pdata[i]);
    return g_string_free(text, FALSE);
}

static GHashTable *placeholders(void)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    static const char *const known[][2] = {
        {"account", "\\d{12}"}, {"any", ".*?"}, {"n", "\\d+"}, {"word", "\\S+"}, {"line", "[^\\n]+"}};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        g_hash_table_insert(table, (void *)known[i][0], (void *)known[i][1]);
    return table;
}

static void runs_are_what_must_be_there(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) runs = literals_of(rows[i].kind, rows[i].text, rows[i].nocase);
        g_autofree char *got = joined(runs);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("'%s': got '%s', wanted '%s'", rows[i].text, got, rows[i].want);
    }
}

static void what_matches_has_the_runs(void **state)
{
    g_autoptr(GHashTable) known = placeholders();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].matches == NULL)
            continue;
        g_autoptr(GError) error = NULL;
        g_autoptr(pattern) made = pattern_new(rows[i].kind, rows[i].text, rows[i].nocase, known, &error);
        assert_non_null(made);
        if (pattern_try(made, rows[i].matches, strlen(rows[i].matches), NULL, NULL, NULL, NULL) !=
            PATTERN_YES)
            fail_msg("'%s' does not match '%s'", rows[i].text, rows[i].matches);
        g_autoptr(GPtrArray) runs = literals_of(rows[i].kind, rows[i].text, rows[i].nocase);
        g_autofree char *squeezed = literals_squeeze(rows[i].matches);
        for (guint run = 0; run < runs->len; run++)
            if (strstr(squeezed, runs->pdata[run]) == NULL)
                fail_msg("'%s': '%s' is not in '%s'", rows[i].text, (char *)runs->pdata[run], squeezed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_what_must_be_there),
        cmocka_unit_test(what_matches_has_the_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
