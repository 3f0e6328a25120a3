/* Reading moments. Every reader takes a place in the text, moves it on success alone, and looks at no more
 * than a hundred bytes, so that trying one at each word of a text stays linear. It fails on what has no such
 * form; whether the day exists is moment_time's to say. Blanks may be one line end, as mails are wrapped. */
#include "mail/moments_inside.h"

#include <glib.h>
#include <string.h>

enum { MINUTE = 60 * 1000 };

/* A word that is the name, or at least three letters of its beginning. */
static bool is_short_for(const char *word, size_t length, const char *name)
{
    return length >= 3 && length <= strlen(name) && g_ascii_strncasecmp(word, name, length) == 0;
}

int moment_month_of(const char *word)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++)
        if (g_ascii_strncasecmp(word, months + i * 3, 3) == 0)
            return i + 1;
    return 0;
}

static bool read_month(const char **at, int *month)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    size_t length = written_letters_at(*at);
    *month = length >= 3 ? moment_month_of(*at) : 0;
    if (*month == 0 || !is_short_for(*at, length, names[*month - 1]))
        return false;
    *at += length;
    *at += **at == '.';
    return true;
}

static bool skip_weekday(const char **at)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    size_t length = written_letters_at(*at);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (is_short_for(*at, length, names[i])) {
            *at += length;
            return true;
        }
    return false;
}

/* "(土)", "(土曜日)", "(Sat)" behind a date. */
static void skip_weekday_behind(const char **at)
{
    static const char *const days[] = {"月", "火", "水", "木", "金", "土", "日"};
    const char *inside = *at;
    written_skip_blanks(&inside);
    if (*inside++ != '(')
        return;
    bool known = skip_weekday(&inside);
    for (size_t i = 0; !known && i < G_N_ELEMENTS(days); i++)
        known = written_skip_text(&inside, days[i]);
    if (!written_skip_text(&inside, "曜日"))
        written_skip_text(&inside, "曜");
    if (known && *inside == ')')
        *at = inside + 1;
}

/* 2026-12-05, 2026/12/5, 2026.12.05, 2026年12月5日. */
static bool read_year_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!written_read_number(&here, 4, 4, &moment->year))
        return false;
    const char *blank = here;
    written_skip_blanks(&blank);
    if (written_skip_text(&blank, "年")) {
        written_skip_blanks(&blank);
        if (!written_read_number(&blank, 1, 2, &moment->month))
            return false;
        written_skip_blanks(&blank);
        if (!written_skip_text(&blank, "月"))
            return false;
        written_skip_blanks(&blank);
        if (!written_read_number(&blank, 1, 2, &moment->day))
            return false;
        written_skip_blanks(&blank);
        *at = blank;
        return written_skip_text(at, "日");
    }
    char joint = *here;
    if (joint == '\0' || strchr("-/.", joint) == NULL)
        return false;
    here++;
    written_skip_blanks(&here); /* "2026. 12. 5" */
    if (!written_read_number(&here, 1, 2, &moment->month) || *here++ != joint)
        return false;
    written_skip_blanks(&here);
    if (!written_read_number(&here, 1, 2, &moment->day))
        return false;
    *at = here;
    return true;
}

/* 12月5日; 10/17/2025. */
static bool read_month_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!written_read_number(&here, 1, 2, &moment->month))
        return false;
    if (*here == '/') {
        here++;
        if (!written_read_number(&here, 1, 2, &moment->day) || *here++ != '/' ||
            !written_read_number(&here, 4, 4, &moment->year))
            return false;
        if (moment->month > 12) {
            int day = moment->month;
            moment->month = moment->day;
            moment->day = day;
        }
        *at = here;
        return true;
    }
    written_skip_blanks(&here);
    if (!written_skip_text(&here, "月"))
        return false;
    written_skip_blanks(&here);
    if (!written_read_number(&here, 1, 2, &moment->day))
        return false;
    written_skip_blanks(&here);
    *at = here;
    moment->signs = true;
    return written_skip_text(at, "日");
}

/* The year behind day and month; the date may go without. */
static void read_year_behind(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (*here == ',' || *here == '-' || *here == '/')
        here++;
    written_skip_blanks(&here);
    written_skip_text(&here, "of ");
    int year;
    if (!written_read_number(&here, 4, 4, &year) || *here == ':')
        return;
    moment->year = year;
    *at = here;
}

static void skip_ordinal(const char **at)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (written_skip_word(at, endings[i]))
            return;
}

/* 5 Dec 2026, 5th of December 2026, 05-Dec-2026. */
static bool read_day_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!written_read_number(&here, 1, 2, &moment->day))
        return false;
    skip_ordinal(&here);
    if (*here == '-' || *here == '/')
        here++;
    written_skip_blanks(&here);
    written_skip_text(&here, "of ");
    if (!read_month(&here, &moment->month))
        return false;
    read_year_behind(&here, moment);
    *at = here;
    return true;
}

/* December 5, 2026; Dec. 5 2026. */
static bool read_name_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!read_month(&here, &moment->month))
        return false;
    written_skip_blanks(&here);
    if (!written_read_number(&here, 1, 2, &moment->day))
        return false;
    skip_ordinal(&here);
    read_year_behind(&here, moment);
    *at = here;
    return true;
}

static bool read_date(const char **at, struct moment *moment)
{
    static bool (*const forms[])(const char **, struct moment *) = {read_year_first, read_month_first,
                                                                    read_day_first, read_name_first};
    const char *start = *at;
    if (skip_weekday(&start)) {
        start += *start == '.';
        start += *start == ',';
        written_skip_blanks(&start);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const char *here = start;
        moment->year = moment->month = moment->day = 0;
        if (!forms[i](&here, moment) || (g_ascii_isalnum(*here) && (guchar)here[-1] < 0x80))
            continue;
        skip_weekday_behind(&here);
        *at = here;
        return true;
    }
    /* ISO 8601 joins its time with a letter. */
    const char *here = start;
    bool iso = read_year_first(&here, moment) && (*here == 'T' || *here == 't') && g_ascii_isdigit(here[1]);
    *at = iso ? here : *at;
    moment->month = iso ? moment->month : 0;
    return iso;
}

/* AM, pm, a.m. behind a time; only 12-hour times have them. */
static bool read_half(const char **at, struct moment *moment)
{
    const char *here = *at;
    written_skip_blanks(&here);
    bool afternoon = *here == 'p' || *here == 'P';
    if (!written_skip_word(&here, "am") && !written_skip_word(&here, "pm") &&
        !written_skip_text(&here, "a.m.") && !written_skip_text(&here, "p.m."))
        return true;
    if (moment->hour < 1 || moment->hour > 12)
        return false;
    moment->hour = moment->hour % 12 + (afternoon ? 12 : 0);
    *at = here;
    return true;
}

/* 13:00, 1:00:30.5 PM; from the colon on. */
static bool read_colons(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (*here++ != ':' || !written_read_number(&here, 2, 2, &moment->minute))
        return false;
    if (*here == ':') {
        here++;
        if (!written_read_number(&here, 2, 2, &moment->second))
            return false;
        if (*here == '.' && g_ascii_isdigit(here[1]))
            here += 1 + written_digits_at(here + 1);
    }
    *at = here;
    return read_half(at, moment);
}

/* 13時, 13時30分, 13時半. */
static bool read_signs(const char **at, struct moment *moment)
{
    const char *here = *at;
    written_skip_blanks(&here);
    if (!written_skip_text(&here, "時") || g_str_has_prefix(here, "間"))
        return false;
    *at = here;
    if (written_skip_text(at, "半")) {
        moment->minute = 30;
        return true;
    }
    written_skip_blanks(&here);
    int minute;
    if (written_read_number(&here, 1, 2, &minute) && written_skip_text(&here, "分")) {
        moment->minute = minute;
        *at = here;
        if (written_read_number(&here, 1, 2, &minute) && written_skip_text(&here, "秒")) {
            moment->second = minute;
            *at = here;
        }
    }
    return true;
}

static bool read_clock(const char **at, struct moment *moment)
{
    const char *here = *at;
    bool morning = written_skip_text(&here, "午前"), afternoon = !morning && written_skip_text(&here, "午後");
    moment->minute = moment->second = 0;
    written_skip_blanks(&here);
    if (!written_read_number(&here, 1, 2, &moment->hour))
        return false;
    int hour = moment->hour;
    const char *behind = here;
    if (!read_colons(&here, moment)) {
        moment->hour = hour;
        here = behind;
        if (!read_signs(&here, moment) && (!read_half(&here, moment) || here == behind))
            return false;
    }
    if ((morning || afternoon) && moment->hour > 12)
        return false;
    if (morning || afternoon)
        moment->hour = moment->hour % 12 + (afternoon ? 12 : 0);
    bool whole = moment->hour < 24 || (moment->hour == 24 && moment->minute == 0 && moment->second == 0);
    if (!whole || moment->minute > 59 || moment->second > 60 || g_ascii_isdigit(*here) || *here == ':')
        return false;
    *at = here;
    return true;
}

/* Between a date and its time. */
static void skip_joint(const char **at, struct moment *moment)
{
    if ((**at == 'T' || **at == 't') && g_ascii_isdigit((*at)[1])) {
        (*at)++;
        moment->iso = true;
        return;
    }
    written_skip_blanks(at);
    *at += **at == ',';
    written_skip_blanks(at);
    if (!written_skip_word(at, "at") && !written_skip_text(at, "の"))
        *at += **at == '@';
    written_skip_blanks(at);
}

/* A number above a month's is no month, whatever the rest. */
static bool is_possible(const struct moment *moment)
{
    return moment->month >= 1 && moment->month <= 12 && moment->day >= 1 && moment->day <= 31;
}

/* The zone behind a time, also where Japanese has a word between: 4時まで(日本時間). That word stays. */
static void read_zone_behind(const char **at, struct moment *moment)
{
    static const char *const words[] = {"まで", "の間", "ごろ", "頃"};
    const char *here = *at;
    if (moment_read_zone(at, moment))
        return;
    written_skip_blanks(&here);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (written_skip_text(&here, words[i])) {
            moment_read_zone(&here, moment);
            return;
        }
}

static bool read_date_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!read_date(&here, moment) || !is_possible(moment))
        return false;
    *at = here;
    skip_joint(&here, moment);
    bool zone = moment_read_zone(&here, moment); /* 日本時間13時 */
    if (zone)
        skip_joint(&here, moment);
    if (read_clock(&here, moment)) {
        read_zone_behind(&here, moment);
        *at = here;
        return true;
    }
    moment->hour = -1;
    moment->minute = moment->second = 0;
    if (zone)
        moment_read_zone(at, moment);
    return moment->year > 0 || moment->signs;
}

/* 12:00AM UTC on 2015-08-04; or the time alone. */
static bool read_clock_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!read_clock(&here, moment))
        return false;
    read_zone_behind(&here, moment);
    *at = here;
    struct moment day = *moment;
    written_skip_blanks(&here);
    here += *here == ',';
    written_skip_blanks(&here);
    if (written_skip_word(&here, "on"))
        written_skip_blanks(&here);
    if (read_date(&here, &day) && is_possible(&day) && day.year > 0) {
        moment->year = day.year;
        moment->month = day.month;
        moment->day = day.day;
        if (!moment->zoned)
            moment_read_zone(&here, moment);
        *at = here;
    }
    return true;
}

static bool read_either(const char **at, struct moment *moment)
{
    const char *here = *at;
    *moment = (struct moment){.hour = -1};
    if (!read_date_first(&here, moment)) {
        here = *at;
        *moment = (struct moment){.hour = -1};
        if (!read_clock_first(&here, moment))
            return false;
    }
    *at = here;
    return true;
}

/* 10:00 UTC (19:00 JST): the same once more for who lives elsewhere. */
static void skip_elsewhere(const char **at, const struct moment *moment)
{
    const char *here = *at;
    struct moment same = {.hour = -1};
    written_skip_blanks(&here);
    if (moment->hour < 0 || *here++ != '(')
        return;
    moment_read_zone(&here, &same); /* 日本時間 19:00 */
    written_skip_blanks(&here);
    if (read_either(&here, &same) && same.hour >= 0 && *here == ')')
        *at = here + 1;
}

size_t moment_read(const char *text, struct moment *moment)
{
    const char *at = text;
    if (!read_either(&at, moment))
        return 0;
    skip_elsewhere(&at, moment);
    return (size_t)(at - text);
}

/* The USA's summer: from the second Sunday of March to the first of November. */
static bool is_american_summer(GDateTime *day)
{
    int month = g_date_time_get_month(day), date = g_date_time_get_day_of_month(day);
    int sunday = date - g_date_time_get_day_of_week(day) % 7; /* the last one, may be below 1 */
    return (month > 3 && month < 11) || (month == 3 && sunday >= 8) || (month == 11 && sunday < 1);
}

static bool time_in_year(const struct moment *moment, int year, int64_t *time)
{
    if (year < 1900 || year > 2100 || ABS(moment->offset) > 24 * 60 || moment->second > 60)
        return false;
    bool night = moment->hour == 24;
    int hour = moment->hour < 0 || night ? 0 : moment->hour;
    g_autoptr(GDateTime) day = g_date_time_new_utc(year, moment->month, moment->day, hour, moment->minute, 0);
    if (day == NULL)
        return false;
    int64_t offset = moment->offset + (moment->american && is_american_summer(day) ? 60 : 0);
    *time = (g_date_time_to_unix(day) + moment->second) * 1000 - offset * MINUTE +
            (night ? INT64_C(24) * 60 * MINUTE : 0);
    return true;
}

bool moment_time(const struct moment *moment, int64_t near, int64_t *time)
{
    if (moment->month == 0)
        return false;
    if (moment->year > 0)
        return time_in_year(moment, moment->year, time);
    if (near == MOMENT_NEAR_NOTHING)
        return false;
    g_autoptr(GDateTime) present = g_date_time_new_from_unix_utc(near / 1000);
    bool found = false;
    int year = present != NULL ? g_date_time_get_year(present) : 0;
    for (int i = -1; i <= 1; i++) {
        int64_t candidate;
        if (!time_in_year(moment, year + i, &candidate))
            continue;
        if (!found || ABS(candidate - near) < ABS(*time - near))
            *time = candidate;
        found = true;
    }
    return found;
}

bool moment_may_begin(const char *text)
{
    static const char beginnings[] = "janfebmaraprmayjunjulaugsepoctnovdecmontuewedthufrisatsun"
                                     "onetwothrfoufivsixseveigninteneletwe";
    if (!g_ascii_isalpha(*text))
        return g_ascii_isdigit(*text) || ((guchar)*text >= 0x80 && g_str_has_prefix(text, "午"));
    if (!g_ascii_isalpha(text[1]) || !g_ascii_isalpha(text[2]))
        return false;
    for (size_t i = 0; i + 3 < sizeof beginnings; i += 3)
        if (beginnings[i] == (text[0] | 0x20) && beginnings[i + 1] == (text[1] | 0x20) &&
            beginnings[i + 2] == (text[2] | 0x20))
            return true;
    return false;
}
