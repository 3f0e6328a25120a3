/* Dates as mailers write them. */
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void reads(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } table[] = {
        {"Mon, 23 Nov 2026 13:00:11 +0000", 1795438811},
        {" Mon,  23 Nov 2026 22:00:11 +0900 (JST)\n", 1795438811},
        {"23 Nov 2026 13:00:11", 1795438811},
        {"Mon 23 Nov 2026 13:00:11 GMT", 1795438811},
        {"Monday, 23-Nov-26 08:00:11 EST", 1795438811},
        {"Mon, 23 Nov 2026 13:00:11.882 0000", 1795438811},
        {"Mon, 23 Nov 2026 07:00:11 -600", 1795438811},
        {"Mon, 23 Nov 2026 08:00:11 -05", 1795438811},
        {"Mon, 23 Nov 2026 01:00:11 PM", 1795438811},
        {"Mon, 23 Nov 2026 at 13:00:11", 1795438811},
        {"Mon, 23 Nov 2026 13(a (nested) comment): 00 : 11 +0000", 1795438811},
        {"23 Nov 2026 13:00+0000", 1795438800},
        {"23 Nov 2026 12:00 AM", 1795392000},
        {"31 Dec 2016 23:59:60 +0000", 1483228800},
        {"Thu, 13 Feb 1969 23:32:00 -0330", -27723480},
        {"01 Jan 01 00:01:00 +0000", 978307260},
        /* as people write them: test_moments.c has every form */
        {"Dec. 5 2026", 1796428800},
        {"5th Dec 2026", 1796428800},
        {"２０２６年１２月５日 １３時（日本時間）", 1796443200},
        {"5 Dec 2026 13:00 (JST)", 1796443200},
        {" 2026-12-05T13:00:00+09:00 ", 1796443200},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        int64_t date = 0;
        if (!message_parse_date(table[i].text, &date) || date != table[i].seconds * 1000)
            fail_msg("'%s': got %lld", table[i].text, (long long)(date / 1000));
    }
}

static void refuses(void **state)
{
    static const char *const table[] = {"",
                                        "   ",
                                        "yesterday",
                                        "Wed, 15 Dec 2010    59:10 -0500",
                                        "Mon, 31 Feb 2026 13:00:11 +0000",
                                        "Mon, 23 Nov 2026 25:00:11 +0000",
                                        "Mon, 23 Nov 2026 13:61:11 +0000",
                                        "Mon, 23 Nov 2026 13:00:11 +9999",
                                        "Mon, 23 Nov 2026 13:00:61 +0000",
                                        "Mon, 23 Nov 0000 13:00:11 +0000",
                                        "Mon, 23 Nov 9999 13:00:11 +0000",
                                        "%date_raw_header%",
                                        "12月5日",
                                        "13:00 UTC",
                                        "2026-12-05 and more",
                                        "9999-99-99",
                                        "2026-12-05 25:00"};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        int64_t date = 0;
        if (message_parse_date(table[i], &date))
            fail_msg("'%s' is no date", table[i]);
    }
}

int main(void)
{
    mail_start();
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
