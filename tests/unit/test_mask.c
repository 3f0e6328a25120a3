/* Masking: what is secret goes, and what an on-call reader needs stays. */
#include "base/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <glib.h>

#include <cmocka.h>

static void what_is_masked(void **state)
{
    static const struct {
        const char *input, *want;
    } table[] = {
        {"key AKIAIOSFODNN7EXAMPLE is exposed", "key AKIA****MPLE is exposed"},
        {"ASIAIOSFODNN7EXAMPLE", "ASIA****MPLE"},
        {"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "****"},
        {"Your verification code is 123456.", "Your verification code is ****."},
        {"123 456 is your one-time password", "**** is your one-time password"},
        {"確認コード: 987654", "確認コード: ****"},
        {"確認コードは９８７６５４です", "確認コードは****です"},
        {"認証番号123456を入力", "認証番号****を入力"},
        {"code 123456 or 654321", "code **** or ****"},
        {"https://signin.aws.amazon.com/resetpassword?token=abcdef0123456789&key=1",
         "https://signin.aws.amazon.com/****"},
        {"HTTPS://example.com/confirm/abcdef0123456789 next", "HTTPS://example.com/**** next"},
        {"bad \xff", "bad \xef\xbf\xbd"},
        {"", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *masked = mask_secrets(table[i].input);
        assert_string_equal(masked, table[i].want);
    }
}

static void what_is_not(void **state)
{
    static const char *const table[] = {
        "Amazon EC2 Instance Retirement [AWS Account: 123456789012]",
        "error code 404, code 2026-11-30, verification of 123456789012",
        "i-0123456789abcdef0 vol-123456 10.123456 code",
        "Case 12345678 without the word",
        "arn:aws:ec2:ap-northeast-1:123456789012:instance/i-0123456789abcdef0 code",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_admin-change-user.html",
        "https://health.aws.amazon.com/health/home?region=ap-northeast-1#/account/event-log",
        "AKIA is a prefix; sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "メンテナンスのお知らせ 20261130",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *masked = mask_secrets(table[i]);
        assert_string_equal(masked, table[i]);
    }
}

static void a_long_text_is_masked_in_time(void **state)
{
    static const char *const units[] = {"1", "aA1", "https://", "code 123456 ", "AKIA", "https://a/reset?",
                                        "０"};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        while (text->len < 64 * 1024)
            g_string_append(text, units[i]);
        g_autofree char *masked = mask_secrets(text->str);
        assert_null(strstr(masked, "123456"));
        assert_true(g_utf8_validate(masked, -1, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_masked),
        cmocka_unit_test(what_is_not),
        cmocka_unit_test(a_long_text_is_masked_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
