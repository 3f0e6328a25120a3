/* Times and durations as text. */
#include "base/times.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int64_t time_now(void)
{
    return clock_now();
}

int64_t time_of_file(const struct timespec *time)
{
    const int64_t furthest = INT64_C(1) << 50; /* s */
    return CLAMP((int64_t)time->tv_sec, -furthest, furthest) * 1000 + time->tv_nsec / 1000000;
}

char *time_format(int64_t time)
{
    int64_t seconds = time / 1000 - (time % 1000 < 0);
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(seconds);
    if (moment == NULL)
        return g_strdup("-");
    g_autofree char *rest =
        g_date_time_format(moment, "-%m-%dT%H:%M:%SZ"); /* GLib's %Y has no leading zeros */
    return g_strdup_printf("%04d%s", g_date_time_get_year(moment), rest);
}

char *time_format_local(int64_t time, const char *name)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier(name);
    g_autoptr(GDateTime) there = zone != NULL ? g_date_time_new_from_unix_utc(time / 1000) : NULL;
    g_autoptr(GDateTime) here = there != NULL ? g_date_time_to_timezone(there, zone) : NULL;
    return here != NULL ? g_date_time_format(here, "%Y-%m-%d %H:%M %Z") : NULL;
}

void time_zone_keep(const char *name)
{
    static GPtrArray *kept;
    GTimeZone *zone = name != NULL ? g_time_zone_new_identifier(name) : NULL;
    if (kept == NULL)
        kept = g_ptr_array_new();
    if (zone != NULL)
        g_ptr_array_add(kept, zone); /* GLib finds one again that is in use */
}

int64_t time_next_daily(int64_t after, int minutes, const char *name)
{
    g_autoptr(GTimeZone) known = g_time_zone_new_identifier(name);
    g_autoptr(GTimeZone) zone = known != NULL ? g_time_zone_ref(known) : g_time_zone_new_utc();
    g_autoptr(GDateTime) there = g_date_time_new_from_unix_utc(after / 1000);
    g_autoptr(GDateTime) day = there != NULL ? g_date_time_to_timezone(there, zone) : NULL;
    for (int ahead = 0; day != NULL && ahead <= 2; ahead++) {
        g_autoptr(GDateTime) date = g_date_time_add_days(day, ahead);
        g_autoptr(GDateTime) moment =
            g_date_time_new(zone, g_date_time_get_year(date), g_date_time_get_month(date),
                            g_date_time_get_day_of_month(date), minutes / 60, minutes % 60, 0);
        if (moment != NULL && g_date_time_to_unix(moment) * 1000 > after)
            return g_date_time_to_unix(moment) * 1000;
    }
    return after + INT64_C(86400000);
}

bool time_parse(const char *text, int64_t *time)
{
    g_autofree char *whole = strlen(text) == 10 ? g_strconcat(text, "T00:00:00Z", NULL) : g_strdup(text);
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(whole, utc);
    if (moment == NULL)
        return false;
    *time = g_date_time_to_unix(moment) * 1000 + g_date_time_get_microsecond(moment) / 1000;
    return true;
}

static const struct {
    const char *name;
    int64_t milliseconds;
} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"w", 604800000}};

bool duration_parse(const char *text, int64_t *duration)
{
    char *end = NULL;
    if (!g_ascii_isdigit(text[0]))
        return false;
    guint64 count = g_ascii_strtoull(text, &end, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        if (count > (guint64)(INT64_MAX / units[i].milliseconds))
            return false;
        *duration = (int64_t)count * units[i].milliseconds;
        return true;
    }
    return false;
}

char *duration_format(int64_t duration)
{
    if (duration < 59950) /* what would be shown as 60.0s is a minute */
        return g_strdup_printf("%.1fs", (double)duration / 1000);
    int64_t minutes = MAX(duration / 60000, 1), hours = minutes / 60, days = hours / 24;
    if (hours == 0)
        return g_strdup_printf("%" PRId64 "m", minutes);
    if (days == 0)
        return minutes % 60 ? g_strdup_printf("%" PRId64 "h %" PRId64 "m", hours, minutes % 60)
                            : g_strdup_printf("%" PRId64 "h", hours);
    return hours % 24 ? g_strdup_printf("%" PRId64 "d %" PRId64 "h", days, hours % 24)
                      : g_strdup_printf("%" PRId64 "d", days);
}

bool time_zone_missing(const char *name)
{
    const char *folder = g_getenv("TZDIR") != NULL ? g_getenv("TZDIR") : "/usr/share/zoneinfo"; /* as GLib */
    if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
        return false;
    GTimeZone *zone = g_time_zone_new_identifier(name);
    bool missing = zone == NULL;
    g_clear_pointer(&zone, g_time_zone_unref);
    return missing;
}
