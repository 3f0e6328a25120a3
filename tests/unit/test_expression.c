/* What can be known of regular expressions: bad ones are told from good ones, the engine's own limit proves
 * it, and examples match. */
#include "rule_folder.h"
#include "review/expression.h"

static const struct {
    const char *text;
    enum expression_trouble trouble;
    bool proven; /* by a text over which the engine gives up */
} expressions[] = {
    {"^(a+)+$", TROUBLE_NESTED, true},
    {"^(a*)*$", TROUBLE_NESTED, true},
    {"^(\\w+\\s?)+$", TROUBLE_NESTED, true},
    {"^(\\w|\\d)*!", TROUBLE_NESTED, true},
    {"^(a|a)*$", TROUBLE_NESTED, true},
    {"^(a|aa)+$", TROUBLE_NESTED, true},
    {"^(.*,)*x$", TROUBLE_NESTED, true},
    {"^(?:[a-z]{1,20}){1,50}!$", TROUBLE_NESTED, true},
    {"^((ab?)+)+$", TROUBLE_NESTED, true},
    {"(?i)^(?<x>[A-Z]+)*\\d$", TROUBLE_NESTED, true},
    {"^.*.*.*x$", TROUBLE_ADJACENT, true},
    {"^\\s*\\s*\\s*\\s*x$", TROUBLE_ADJACENT, true},
    {"^\\w+\\d+\\w+\\d+!$", TROUBLE_ADJACENT, true},
    {"(a+)+", TROUBLE_NESTED, false},
    {"^(a+b)+$", TROUBLE_NONE, false},
    {"^(?:a|b)*$", TROUBLE_NONE, false},
    {"^(?>a+)+$", TROUBLE_NONE, false},
    {"^(a++)+$", TROUBLE_NONE, false},
    {"^[\\w.-]+@[\\w-]+\\.com$", TROUBLE_NONE, false},
    {"^foo.*bar$", TROUBLE_NONE, false},
    {"^(?:\\d{1,3}\\.){3}\\d{1,3}$", TROUBLE_NONE, false},
    {"^(?:[a-z0-9-]{1,63}\\.)+[a-z]{2,24}$", TROUBLE_NONE, false},
    {"^(?:ab|cd)+$", TROUBLE_NONE, false},
    {"^(?:\\d+,)*\\d+$", TROUBLE_NONE, false},
    {"^a?b?c?d?$", TROUBLE_NONE, false},
    {"\\[CASE \\d+\\]", TROUBLE_NONE, false},
};

static void bad_ones_are_told_from_good_ones(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(expressions); i++) {
        const char *text = expressions[i].text;
        struct expression_risk risk;
        g_autoptr(expression) tree = expression_parse(text, false);
        g_autoptr(pattern) pattern = pattern_new(PATTERN_MATCHES, text, false, NULL, NULL);
        assert_non_null(tree);
        assert_non_null(pattern);
        expression_judge(tree, &risk);
        if (risk.trouble != expressions[i].trouble)
            fail_msg("%s: trouble %d", text, risk.trouble);
        g_autofree char *proof = risk.trouble != TROUBLE_NONE ? expression_prove(pattern, &risk) : NULL;
        if ((proof != NULL) != expressions[i].proven)
            fail_msg("%s: proof %s", text, proof);
        if (proof != NULL)
            assert_int_equal(pattern_try(pattern, proof, strlen(proof), NULL, NULL, NULL, NULL),
                             PATTERN_OVERRAN);
        expression_risk_clear(&risk);
    }
}

static const char *const not_understood[] = {"(a)\\1",  "(?R)", "(?(1)a|b)", "(*COMMIT)a", "(?<x>a)\\k<x>",
                                             "(",       "a)",   "*",         "[a",         "(?C1)a",
                                             "\\Qa\\E", "\xff", "(?<",       "(?'",        "(?P<"};

static void of_what_is_not_understood_nothing_is_said(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(not_understood); i++)
        if (expression_parse(not_understood[i], false) != NULL)
            fail_msg("%s", not_understood[i]);
}

static const char *const exampled[] = {
    "T\\d{4}",     "(?:AKIA|ASIA)[A-Z0-9]{16}", "[^\\n]{1,500}", "\\p{Han}+",        "a|bc?|\\x41",
    "(?i:ab)\\.c", "[[:alpha:]]{3}-\\S",        "x{0,3}",        "(?x) a b # c\n d", "\\/\\-",
    "[]a]{2}"};

static void examples_match(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(exampled); i++)
        for (unsigned variant = 0; variant < 3; variant++) {
            g_autofree char *whole = g_strdup_printf("\\A(?:%s)\n\\z", exampled[i]);
            g_autoptr(pattern) pattern = pattern_new(PATTERN_MATCHES, whole, false, NULL, NULL);
            g_autoptr(expression) tree = expression_parse(exampled[i], false);
            assert_non_null(tree);
            g_autofree char *example = expression_example(tree, variant);
            g_autofree char *text = g_strconcat(example, "\n", NULL);
            assert_non_null(example);
            bool extended = strstr(exampled[i], "(?x)") != NULL;
            if (!extended && pattern_try(pattern, text, strlen(text), NULL, NULL, NULL, NULL) != PATTERN_YES)
                fail_msg("%s: %s", exampled[i], example);
            if (extended)
                assert_string_equal(example, "abd");
        }
}

/* Repetitions in repetitions multiply: there is none, rather than one of any length. */
static void examples_are_bounded(void **state)
{
    static const char *const texts[] = {"((((((((((((((a*)*)*)*)*)*)*)*)*)*)*)*)*)*)*b", "((a{99}){99}){99}",
                                        "a{60000}"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct expression_risk risk;
        g_autoptr(expression) tree = expression_parse(texts[i], false);
        assert_non_null(tree);
        expression_judge(tree, &risk);
        expression_risk_clear(&risk);
        g_autofree char *example = expression_example(tree, 2);
        assert_null(example);
    }
}

static void blanks_are_known(void **state)
{
    static const struct {
        const char *text;
        bool blank;
    } cases[] = {{"\\S+", false}, {"[^,]+", true}, {"\\d{3} ?\\d", true}, {"a(?= )b", false}, {".", true}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(expression) tree = expression_parse(cases[i].text, false);
        assert_int_equal(expression_takes_blank(tree), cases[i].blank);
    }
}

static void the_shipped_placeholders_are_understood_and_good(void **state)
{
    struct rule_folder folder;
    rule_folder_sound(&folder, "");
    GHashTableIter each;
    void *name, *text;
    g_hash_table_iter_init(&each, folder.set->placeholders);
    while (g_hash_table_iter_next(&each, &name, &text)) {
        struct expression_risk risk;
        g_autoptr(expression) tree = expression_parse(text, false);
        if (tree == NULL)
            fail_msg("{%s} is not understood", (char *)name);
        expression_judge(tree, &risk);
        if (risk.trouble != TROUBLE_NONE)
            fail_msg("{%s}: trouble %d over %s", (char *)name, risk.trouble, risk.pump);
        expression_risk_clear(&risk);
    }
    rule_folder_close(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_ones_are_told_from_good_ones),
        cmocka_unit_test(of_what_is_not_understood_nothing_is_said),
        cmocka_unit_test(examples_match),
        cmocka_unit_test(examples_are_bounded),
        cmocka_unit_test(blanks_are_known),
        cmocka_unit_test(the_shipped_placeholders_are_understood_and_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
