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
        {"Verification code:\n\n  123456\n(valid for 10 minutes)",
         "Verification code:\n\n  ****\n(valid for 10 minutes)"},
        {"Your PIN is 4821, keep it", "Your PIN is ****, keep it"},
        {"検証コード：12345", "検証コード：****"},
        {"enter the code ABCD-EFGH there", "enter the code **** there"},
        {"code: 4F7K2Q", "code: ****"},
        {"your temporary password is: Xy7!abcd", "your temporary password is: ****"},
        {"パスワード: abc12345", "パスワード: ****"},
        {"aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key=****"},
        {"https://acm-certificates.amazon.com/approvals?code=1b2c-3d&context=x",
         "https://acm-certificates.amazon.com/****"},
        {"https://sns.us-east-1.amazonaws.com/confirmation.html?TopicArn=arn:aws:sns:us-east-1:1:x&Token=2336412f",
         "https://sns.us-east-1.amazonaws.com/****"},
        {"https://registrar.amazon.com/verify?id=8c7f", "https://registrar.amazon.com/****"},
        {"https://emailverification.info/x/0a1b2c3d4e5f6a7b", "https://emailverification.info/****"},
        {"https://x.example/approve/0a1b2c3d4e5f6a7b", "https://x.example/****"},
        {"https://us-east-1.signin.aws/invitation?x=1", "https://us-east-1.signin.aws/****"},
        {"https://d-1234567890.awsapps.com/start#/signup?t=1", "https://d-1234567890.awsapps.com/****"},
        {"https://email-verification.us-east-1.amazonaws.com/?Context=1",
         "https://email-verification.us-east-1.amazonaws.com/****"},
        {"https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=ab", "https://b.s3.amazonaws.com/****"},
        {"https://b.s3.amazonaws.com/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=ab",
         "https://b.s3.amazonaws.com/****"},
        {"token IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQDabcdefghijklmnopqrstuvwxyz0123456789 x",
         "token **** x"},
        {"a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n****\nb"},
        {"-----BEGIN PRIVATE KEY-----\nMIIE, cut", "****"},
        {"AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQDabcdefghijklmnopqrstuvwxyz0123456789",
         "AWS_SESSION_TOKEN=****"},
        {"Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4", "Bearer ****"},
        {"pass BPx8aKxaABCDEFGHIJ0123456789abcdefghijklmnop", "pass ****"},
        {"初期パスワードは次のとおりです。\n\nAb3$xyzw9\n", "初期パスワードは次のとおりです。\n\n****\n"},
        {"Password: correct-horse-battery", "Password: ****"},
        {"Recovery code: ABCD-EFGH-IJKL", "Recovery code: ****"},
        {"Authorization code: 4f9K2mQ7zX", "Authorization code: ****"},
        {"auth code (valid 10 min):\n\n   ABC123\n", "auth code (valid 10 min):\n\n   ****\n"},
        {"Your code: 4 8 1 5 1 6", "Your code: ****"},
        {"Verification code: 48-15-16", "Verification code: ****"},
        {"本人確認のため、次の番号を使ってください。\n\n481516\n",
         "本人確認のため、次の番号を使ってください。\n\n****\n"},
        {"サインインするには 481516 を入力してください", "サインインするには **** を入力してください"},
        {"Enter 481516 to sign in", "Enter **** to sign in"},
        {"код подтверждения: 481516, 验证码：481516, 인증 코드: 481516",
         "код подтверждения: ****, 验证码：****, 인증 코드: ****"},
        {"https://portal.sso.us-east-1.amazonaws.com/saml?workflowResultHandle=1b2c",
         "https://portal.sso.us-east-1.amazonaws.com/****"},
        {"https://a.awstrack.me/L0/https:%2F%2Fus-east-1.signin.aws%2Finvite%3Fi=1b2c/1/y",
         "https://a.awstrack.me/****"},
        {"go to signin.aws.amazon.com/resetpassword?token=1b2c <https://signin.aws.amazon.com/resetpassword?token=1b2c>",
         "go to signin.aws.amazon.com/**** <https://signin.aws.amazon.com/****>"},
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
        "Event type code: AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED, status code: 200, exit code 1",
        "Change your password now. パスワードは定期的に変更してください",
        "認証コードは2026年12月に廃止されます",
        "https://ap-northeast-1.console.aws.amazon.com/systems-manager/session-manager?region=ap-northeast-1",
        "https://console.aws.amazon.com/support/home#/case/?displayId=171234567800123",
        "AKIA is a prefix; sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "メンテナンスのお知らせ 20261130",
        "The region code: US-EAST-1. Reset your password\n\n2026-11-30 in 123456789012\n",
        "How to change a password\n\nhttps://docs.aws.amazon.com/IAM/latest/UserGuide/x.html\n",
        "Your password has been changed\n\nAWS Account ID: 123456789012\n",
        "The master password is rotated for\n\narn:aws:rds:us-east-1:123456789012:db:A1b\nap-northeast-1\ndb-ABCDEFGH1\n",
        "Error code: InvalidParameterCombination; Session Manager is 2.0",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *masked = mask_secrets(table[i]);
        assert_string_equal(masked, table[i]);
    }
}

static void a_long_text_is_masked_in_time(void **state)
{
    static const char *const units[] = {"1",
                                        "aA1",
                                        "password is ",
                                        "code: A",
                                        "-----BEGIN PRIVATE KEY-----",
                                        "IQoJ",
                                        "https://",
                                        "code 123456 ",
                                        "AKIA",
                                        "https://a/reset?",
                                        "password\nA",
                                        "eyJaaaaaaaa.",
                                        "code(",
                                        "a.",
                                        "a.b/",
                                        "０",
                                        "https://a.b/reset?c="};
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
