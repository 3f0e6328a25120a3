/* What a silence is of, and what it never keeps quiet by accident. */
#include "base/json.h"
#include "wire/silence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static json_t *json_of(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static void what_cannot_be_one_is_said(void **state)
{
    static const struct {
        const char *what, *words; /* NULL: it can */
    } cases[] = {
        {"{\"rule\":[\"ec2.*\"],\"account\":[\"123456789012\"],\"contact\":[\"@corp\"],\"service\":[\"EC2\"]}",
         NULL},
        {"{\"rule\":[\"a\",\"*.b?\"],\"category\":[\"*\"]}", NULL},
        {"{}", "of nothing"},
        {"{\"rules\":[\"a\"]}", "no 'rules'"},
        {"{\"rule\":[]}", "between 1 and 100"},
        {"{\"rule\":\"a\"}", "between 1 and 100"},
        {"{\"rule\":[7]}", "is a text"},
        {"{\"rule\":[\"\"]}", "is a text"},
        {"{\"rule\":[\"A\"]}", "no name of a rule"},
        {"{\"category\":[\"a b\"]}", "no name of a category"},
        {"{\"rule\":[\"*a*b*c*\"]}", "more than 3 *"},
        {"{\"account\":[\"1234\"]}", "12 digits"},
        {"{\"account\":[\"*\"]}", "12 digits"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) what = json_of(cases[i].what);
        g_autofree char *fault = silence_fault(what);
        if (cases[i].words == NULL ? fault != NULL : fault == NULL || strstr(fault, cases[i].words) == NULL)
            fail_msg("%s: %s", cases[i].what, fault != NULL ? fault : "nothing");
    }
}

#define MAIL(rule, category, priority)                                                                       \
    "{\"rule\":" rule ",\"category\":\"" category "\",\"priority\":\"" priority                              \
    "\",\"account\":\"123456789012\",\"service\":\"EC2\"}"
#define PLAIN MAIL("\"ec2.retirement\"", "maintenance", "normal")

static void each_kind_that_is_named_must_hold(void **state)
{
    static const struct {
        const char *what, *mail;
        bool want;
    } cases[] = {
        {"{\"rule\":[\"ec2.*\"]}", PLAIN, true},
        {"{\"rule\":[\"rds.*\",\"ec2.retire????\"]}", PLAIN, true},
        {"{\"rule\":[\"ec2\"]}", PLAIN, false},
        {"{\"rule\":[\"ec2.*\"],\"account\":[\"123456789012\"]}", PLAIN, true},
        {"{\"rule\":[\"ec2.*\"],\"account\":[\"210987654321\"]}", PLAIN, false},
        {"{\"contact\":[\"@corp\"]}", PLAIN, true},
        {"{\"contact\":[\"123456789012\"]}", PLAIN, true},
        {"{\"contact\":[\"@other\"]}", PLAIN, false},
        {"{\"service\":[\"E*\"]}", PLAIN, true},
        {"{}", PLAIN, false},
        {"{\"rule\":[\"*\"]}", MAIL("null", "billing", "normal"), false},
        {"{\"account\":[\"123456789012\"]}", MAIL("\"a\"", "account_compromise", "urgent"), false},
        {"{\"rule\":[\"*\"]}", MAIL("\"a\"", "account_compromise", "urgent"), false},
        {"{\"rule\":[\"a\"]}", MAIL("\"a\"", "account_compromise", "urgent"), true},
        {"{\"category\":[\"account_*\"]}", MAIL("\"a\"", "account_compromise", "urgent"), false},
        {"{\"category\":[\"account_compromise\"]}", MAIL("\"a\"", "account_compromise", "urgent"), true},
        {"{\"account\":[\"123456789012\"]}", MAIL("null", "suspicious", "normal"), false},
        {"{\"category\":[\"*\"]}", MAIL("null", "suspicious", "normal"), false},
        {"{\"category\":[\"suspicious\"]}", MAIL("null", "suspicious", "normal"), true},
        {"{\"category\":[\"*\"]}", MAIL("null", "unmatched", "normal"), false},
        {"{\"category\":[\"unmatched\"]}", MAIL("null", "unmatched", "normal"), true},
        {"{\"rule\":[\"\"],\"category\":[\"*\"]}", MAIL("null", "unmatched", "normal"), false},
    };
    g_autoptr(json_t) context = json_of("{\"contact\":\"123456789012\",\"contact_group\":\"@corp\"}");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(json_t) what = json_of(cases[i].what), mail = json_of(cases[i].mail);
        if (silence_covers(what, mail, context) != cases[i].want)
            fail_msg("%s of %s", cases[i].what, cases[i].mail);
    }
}

/* An answer that is owed to AWS in time is not forgotten because its account is kept quiet. */
static void what_has_to_be_answered_is_named(void **state)
{
    g_autoptr(json_t) context = json_of("{\"answer\":\"24h\"}"), mail = json_of(PLAIN),
                      account = json_of("{\"account\":[\"123456789012\"]}"),
                      category = json_of("{\"category\":[\"maintenance\"]}");
    assert_false(silence_covers(account, mail, context));
    assert_true(silence_covers(category, mail, context));
}

static void it_is_told_in_words(void **state)
{
    g_autoptr(json_t) what = json_of("{\"account\":[\"123456789012\"],\"rule\":[\"a\",\"b.*\"]}");
    g_autofree char *text = silence_describe(what);
    assert_string_equal(text, "rule a or b.*, account 123456789012");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_one_is_said),
        cmocka_unit_test(each_kind_that_is_named_must_hold),
        cmocka_unit_test(what_has_to_be_answered_is_named),
        cmocka_unit_test(it_is_told_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
