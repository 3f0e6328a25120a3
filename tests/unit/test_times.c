/* Times and durations as text, also outside the years anybody expects. */
#include "base/times.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void times_are_written(void **state)
{
    static const struct {
        int64_t time;
        const char *want;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {999, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-1000, "1969-12-31T23:59:59Z"},
        {-1001, "1969-12-31T23:59:58Z"},
        {INT64_C(1795482123999), "2026-11-24T01:02:03Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z"},
        {INT64_C(2147483648000), "2038-01-19T03:14:08Z"},
        {INT64_C(4102444800000), "2100-01-01T00:00:00Z"},
        {INT64_C(-30610224000000), "1000-01-01T00:00:00Z"},
        {INT64_C(-30610224000001), "0999-12-31T23:59:59Z"},
        {INT64_C(-62135596800000), "0001-01-01T00:00:00Z"},
        {INT64_C(253402300799999), "9999-12-31T23:59:59Z"},
        {INT64_C(253402300800000), "-"},
        {INT64_C(-62135596800001), "-"},
        {INT64_MAX, "-"},
        {INT64_MIN, "-"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = time_format(cases[i].time);
        assert_string_equal(text, cases[i].want);
    }
}

static void times_are_written_as_they_are_somewhere(void **state)
{
    g_autofree char *tokyo = time_format_local(INT64_C(1796083200000), "Asia/Tokyo"),
                    *berlin = time_format_local(INT64_C(1780000000000), "Europe/Berlin"),
                    *nowhere = time_format_local(0, "Asia/Edo");
    assert_string_equal(tokyo, "2026-12-01 09:00 JST");
    assert_string_equal(berlin, "2026-05-28 22:26 CEST");
    assert_null(nowhere);
}

static void a_time_of_day_comes_once_a_day(void **state)
{
    static const struct {
        const char *after, *zone;
        int minutes;
        const char *want;
    } cases[] = {
        {"2026-11-24T23:59:59Z", "Asia/Tokyo", 540, "2026-11-25T00:00:00Z"}, /* 09:00 is midnight in UTC */
        {"2026-11-25T00:00:00Z", "Asia/Tokyo", 540, "2026-11-26T00:00:00Z"}, /* strictly after */
        {"2026-12-31T20:00:00Z", "UTC", 0, "2027-01-01T00:00:00Z"},
        {"2026-11-24T01:00:00Z", "Asia/Edo", 90, "2026-11-24T01:30:00Z"}, /* no zone: UTC */
        {"2026-03-28T12:00:00Z", "Europe/Berlin", 150,
         "2026-03-29T01:00:00Z"}, /* 02:30 is not there: 03:00 */
        {"2026-03-07T12:00:00Z", "America/New_York", 150, "2026-03-08T07:00:00Z"},
        {"2026-03-08T07:00:00Z", "America/New_York", 150, "2026-03-09T06:30:00Z"},
        {"2026-10-31T12:00:00Z", "America/New_York", 90,
         "2026-11-01T06:30:00Z"}, /* 01:30 is there twice: the second */
        {"2026-11-01T06:30:00Z", "America/New_York", 90, "2026-11-02T06:30:00Z"},
        {"2026-10-24T22:00:00Z", "Europe/Berlin", 540, "2026-10-25T08:00:00Z"},
        {"2028-02-28T12:00:00Z", "UTC", 600, "2028-02-29T10:00:00Z"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t after = 0;
        assert_true(time_parse(cases[i].after, &after));
        g_autofree char *next = time_format(time_next_daily(after, cases[i].minutes, cases[i].zone));
        assert_string_equal(next, cases[i].want);
    }
}

static void times_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1000},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2026-11-24T01:02:03Z", INT64_C(1795482123000)},
        {"2026-11-24T01:02:03", INT64_C(1795482123000)},
        {"2026-11-24T10:02:03+09:00", INT64_C(1795482123000)},
        {"2026-11-24T01:02:03.25Z", INT64_C(1795482123250)},
        {"2026-11-24", INT64_C(1795478400000)},
        {"2000-02-29", INT64_C(951782400000)},
        {"2138-01-19T03:14:08Z", INT64_C(5303157248000)},
        {"9999-12-31T23:59:59Z", INT64_C(253402300799000)},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t time = 42;
        assert_true(time_parse(cases[i].text, &time));
        assert_int_equal(time, cases[i].want);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "-",
                                        "now",
                                        "5m",
                                        "2026",
                                        "2026-11",
                                        "1234567890",
                                        "2026-13-01",
                                        "2026-02-30",
                                        "2100-02-29",
                                        "2026-11-24T25:00:00Z",
                                        "2026-11-24T01:02:03Z junk",
                                        " 2026-11-24T01:02:03Z",
                                        "2026-11-24 \n",
                                        "2026/11/24",
                                        "2026-11-24T01:60:00Z",
                                        "99999-01-01T00:00:00Z",
                                        "-026-11-24T01:02:03Z"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        int64_t time = 42;
        assert_false(time_parse(texts[i], &time));
        assert_int_equal(time, 42);
    }
}

static void what_is_written_is_read_again(void **state)
{
    for (int64_t time = INT64_C(-62135596800000); time < INT64_C(253402300800000);
         time += INT64_C(86399999) * 1009) {
        g_autofree char *text = time_format(time);
        int64_t again;
        assert_int_equal(strlen(text), 20);
        assert_true(time_parse(text, &again));
        assert_true(again <= time && time - again < 1000);
    }
}

static void durations_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t want; /* -1: refused */
    } cases[] = {
        {"500ms", 500},
        {"90s", 90000},
        {"5m", 300000},
        {"24h", 86400000},
        {"400d", INT64_C(34560000000)},
        {"2w", 1209600000},
        {"0s", 0},
        {"08s", 8000},
        {"9223372036854775807ms", INT64_MAX},
        {"9223372036854775808ms", -1},
        {"9223372036854775807s", -1},
        {"99999999999999999999999d", -1},
        {"", -1},
        {"5", -1},
        {"m", -1},
        {"-5m", -1},
        {"+5m", -1},
        {" 5m", -1},
        {"5 m", -1},
        {"5m ", -1},
        {"5m\n", -1},
        {"1.5h", -1},
        {"5M", -1},
        {"5min", -1},
        {"1h30m", -1},
        {"0x10s", -1},
        {"1e3s", -1},
        {"٥m", -1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t duration = -1;
        assert_int_equal(duration_parse(cases[i].text, &duration), cases[i].want >= 0);
        assert_int_equal(duration, cases[i].want);
    }
}

static void durations_are_written(void **state)
{
    static const struct {
        int64_t duration;
        const char *want;
    } cases[] = {
        {0, "0.0s"},
        {1500, "1.5s"},
        {59949, "59.9s"},
        {59999, "1m"},
        {60000, "1m"},
        {359999, "5m"},
        {3600000, "1h"},
        {12000000, "3h 20m"},
        {86400000, "1d"},
        {90000000, "1d 1h"},
        {INT64_C(34560000000), "400d"},
        {INT64_MAX, "106751991167d 7h"},
        {-1500, "-1.5s"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = duration_format(cases[i].duration);
        assert_string_equal(text, cases[i].want);
    }
}

static void now_is_in_milliseconds(void **state)
{
    int64_t before = g_get_real_time() / 1000, now = time_now(), after = g_get_real_time() / 1000;
    assert_true(before <= now && now <= after);
}

static void time_zones_are_those_of_the_database(void **state)
{
    if (g_file_test("/usr/share/zoneinfo/Asia/Tokyo", G_FILE_TEST_EXISTS)) {
        assert_false(time_zone_missing("Asia/Tokyo"));
        assert_false(time_zone_missing("UTC"));
        assert_true(time_zone_missing("Nowhere/X"));
        assert_true(time_zone_missing("Asia/Tokio"));
    }
    g_setenv("TZDIR", "/nonexistent", TRUE);
    assert_false(time_zone_missing("Nowhere/X"));
    g_unsetenv("TZDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written),
        cmocka_unit_test(times_are_written_as_they_are_somewhere),
        cmocka_unit_test(a_time_of_day_comes_once_a_day),
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(time_zones_are_those_of_the_database),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(durations_are_written),
        cmocka_unit_test(now_is_in_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
