/* Moments as people write them: every form that AWS's mail has, Japanese ones, and what is none. */
#include "base/times.h"
#include "mail/moments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define NEAR "2026-11-23T00:00:00Z"

/* rest: what stands behind the moment. */
static const struct {
    const char *text, *want, *rest;
} moments[] = {
    /* Direct Connect, and the HTML form's block */
    {"Thu, 20 May 2021 08:00:00 GMT to Thu", "2021-05-20T08:00:00Z", " to Thu"},
    {"Thu, 20 May\n2021 08:00:00 GMT", "2021-05-20T08:00:00Z", ""},
    {"Tue, 16 Sep 2025 01:00:00 GMT", "2025-09-16T01:00:00Z", ""},
    {"Mon, 18 May 2026 00:00:00 GMT,", "2026-05-18T00:00:00Z", ","},
    /* EC2 */
    {"2018-12-18 13:00 UTC", "2018-12-18T13:00:00Z", ""},
    {"2023-08-11 08:00:00 UTC and", "2023-08-11T08:00:00Z", " and"},
    {"2016-07-25 for 2 hours", "2016-07-25T00:00:00Z", " for 2 hours"},
    {"12:00AM UTC on 2015-08-04.", "2015-08-04T00:00:00Z", "."},
    {"12:00 PM UTC on August 4, 2015", "2015-08-04T12:00:00Z", ""},
    {"1:30pm PST on Tuesday, August 4th, 2015", "2015-08-04T21:30:00Z", ""},
    {"10:00 on 2026-12-05 JST", "2026-12-05T01:00:00Z", ""},
    /* ACM, ElastiCache, deprecations, abuse, Bedrock */
    {"Nov 14, 2024 at 23:59:59 UTC", "2024-11-14T23:59:59Z", ""},
    {"2026-03-22 23:59:59 UTC", "2026-03-22T23:59:59Z", ""},
    {"December 15, 2025", "2025-12-15T00:00:00Z", ""},
    {"June 4, 2023 and", "2023-06-04T00:00:00Z", " and"},
    {"10/17/2025", "2025-10-17T00:00:00Z", ""},
    {"17/10/2025", "2025-10-17T00:00:00Z", ""},
    {"2025-04-14", "2025-04-14T00:00:00Z", ""},
    {"10 Jul 2024 02:21:07 UTC", "2024-07-10T02:21:07Z", ""},
    {"2026-09-27 06:16 (UTC)", "2026-09-27T06:16:00Z", ""},
    /* other hands */
    {"Dec. 5 2026", "2026-12-05T00:00:00Z", ""},
    {"5th Dec 2026", "2026-12-05T00:00:00Z", ""},
    {"the 5th", NULL, ""},
    {"5th of December, 2026 at 10am PST", "2026-12-05T18:00:00Z", ""},
    {"Sept 5, 2026", "2026-09-05T00:00:00Z", ""},
    {"05-Dec-2026", "2026-12-05T00:00:00Z", ""},
    {"2026.12.05", "2026-12-05T00:00:00Z", ""},
    {"2026-12-05T10:00:00Z", "2026-12-05T10:00:00Z", ""},
    {"2026-12-05T10:00:00.123+09:00", "2026-12-05T01:00:00Z", ""},
    {"2026-12-05T10:00-05:00", "2026-12-05T15:00:00Z", ""},
    {"December 5, 2026, 10:00 a.m. PDT", "2026-12-05T17:00:00Z", ""},
    {"December 5, 2026 10:00 UTC+9", "2026-12-05T01:00:00Z", ""},
    {"December 5, 2026 10:00 GMT-0330", "2026-12-05T13:30:00Z", ""},
    {"December 5, 2026 10:00 PT", "2026-12-05T18:00:00Z", ""},
    {"July 5, 2026 10:00 Pacific Time", "2026-07-05T17:00:00Z", ""},
    {"March 8, 2026 10:00 PT", "2026-03-08T17:00:00Z", ""},
    {"March 7, 2026 10:00 PT", "2026-03-07T18:00:00Z", ""},
    {"November 1, 2026 10:00 ET", "2026-11-01T15:00:00Z", ""},
    {"2026-12-05 10:00-12:00", "2026-12-05T10:00:00Z", "-12:00"},
    {"2026-12-05 24:00 UTC", "2026-12-06T00:00:00Z", ""},
    /* Japanese */
    {"2026年12月5日 13時00分(日本時間)", "2026-12-05T04:00:00Z", ""},
    {"2026 年 12 月 5 日 13:00 JST", "2026-12-05T04:00:00Z", ""},
    {"2026年12月5日(土)13時", "2026-12-05T13:00:00Z", ""},
    {"2026年12月5日 日本時間 午後1時半", "2026-12-05T04:30:00Z", ""},
    {"2026年12月5日午前0時(協定世界時)", "2026-12-05T00:00:00Z", ""},
    {"2026/12/05 13:00 JST", "2026-12-05T04:00:00Z", ""},
    {"2026/12/5(土曜日) 13:00 (JST)", "2026-12-05T04:00:00Z", ""},
    {"12月5日(土) 13:00", "2026-12-05T13:00:00Z", ""},
    {"1月5日まで", "2027-01-05T00:00:00Z", "まで"},
    {"10月1日", "2026-10-01T00:00:00Z", ""},
    {"January 5 at 10:00 UTC", "2027-01-05T10:00:00Z", ""},
    /* none */
    {"May 5 instances", NULL, ""},
    {"5 may be", NULL, ""},
    {"9999-99-99", NULL, ""},
    {"9999-12-31", NULL, ""},
    {"2026-02-30", NULL, ""},
    {"99999-12-05", NULL, ""},
    {"2026-12-05 25:00", "2026-12-05T00:00:00Z", " 25:00"},
    {"13:00", NULL, ""},
    {"13:60 on 2026-12-05", NULL, ""},
    {"13:00 PM on 2026-12-05", NULL, ""},
    {"version 1.33", NULL, ""},
    {"12/31", NULL, ""},
    {"18446744073709551616-12-05", NULL, ""},
    {"", NULL, ""},
};

static void moments_are_read(void **state)
{
    int64_t near, time;
    assert_true(time_parse(NEAR, &near));
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++) {
        struct moment moment;
        size_t length = moment_read(moments[i].text, &moment);
        bool read = length > 0 && moment_time(&moment, near, &time);
        g_autofree char *got = read ? time_format(time) : g_strdup("none");
        if (strcmp(got, moments[i].want != NULL ? moments[i].want : "none") != 0)
            fail_msg("'%s': got %s", moments[i].text, got);
        if (read && strcmp(moments[i].text + length, moments[i].rest) != 0)
            fail_msg("'%s': left '%s'", moments[i].text, moments[i].text + length);
    }
}

static void a_year_must_be_said_where_nothing_is_near(void **state)
{
    struct moment moment;
    int64_t time;
    assert_int_equal(moment_read("12月5日", &moment), strlen("12月5日"));
    assert_false(moment_time(&moment, MOMENT_NEAR_NOTHING, &time));
}

static void spans_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t minutes; /* -1: none */
        size_t length;
    } table[] = {
        {"6 hours", 360, 7},
        {"2-hour window", 120, 6},
        {"90 minutes.", 90, 10},
        {"five (5) days", 7200, 13},
        {"5 business days", 7200, 15},
        {"one week", 10080, 8},
        {"twelve hours", 720, 12},
        {"30分", 30, 5},
        {"6 時間", 360, 8},
        {"5日以内", 7200, 4},
        {"2週間", 20160, 7},
        {"3営業日", 4320, 10},
        {"5日", -1, 0},
        {"6 hoursx", -1, 0},
        {"99999 days", -1, 0},
        {"days", -1, 0},
        {"", -1, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        int64_t lasting = -60000;
        size_t length = moment_read_lasting(table[i].text, &lasting);
        if (length != table[i].length || lasting != table[i].minutes * 60000)
            fail_msg("'%s': %zu bytes, %" G_GINT64_FORMAT " minutes", table[i].text, length, lasting / 60000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_read),
        cmocka_unit_test(a_year_must_be_said_where_nothing_is_near),
        cmocka_unit_test(spans_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
