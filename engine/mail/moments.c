/* Reading moments. Every reader takes a place in the text, moves it on success alone, and looks at no more
 * than a hundred bytes, so that trying one at each word of a text stays linear. It fails on what has no such
 * form; whether the day exists is moment_time's to say. Blanks may be one line end, as mails are wrapped. */
#include "mail/moments.h"

#include <glib.h>
#include <string.h>

enum { NUMBER_DIGITS = 4, MINUTE = 60 * 1000 };

static void skip_blanks(const char **at)
{
    for (int i = 0; i < 3 && **at != '\0' && strchr(" \n\t", **at) != NULL; i++)
        (*at)++;
}

static bool skip_text(const char **at, const char *text)
{
    size_t length = strlen(text);
    if (g_ascii_strncasecmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

static size_t letters_at(const char *at)
{
    size_t count = 0;
    while (count < 20 && g_ascii_isalpha(at[count]))
        count++;
    return count;
}

static size_t digits_at(const char *at)
{
    size_t count = 0;
    while (count < 20 && g_ascii_isdigit(at[count]))
        count++;
    return count;
}

/* All digits that stand there, when they are no fewer and no more than that. */
static bool read_number(const char **at, size_t least, size_t most, int *number)
{
    size_t digits = digits_at(*at);
    if (digits < least || digits > most)
        return false;
    for (*number = 0; digits > 0; digits--)
        *number = *number * 10 + (*(*at)++ - '0');
    return true;
}

/* A whole word, in any case. */
static bool skip_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    if (letters_at(*at) != length || g_ascii_strncasecmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

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
    size_t length = letters_at(*at);
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
    size_t length = letters_at(*at);
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
    skip_blanks(&inside);
    if (*inside++ != '(')
        return;
    bool known = skip_weekday(&inside);
    for (size_t i = 0; !known && i < G_N_ELEMENTS(days); i++)
        known = skip_text(&inside, days[i]);
    if (!skip_text(&inside, "曜日"))
        skip_text(&inside, "曜");
    if (known && *inside == ')')
        *at = inside + 1;
}

/* 2026-12-05, 2026/12/5, 2026.12.05, 2026年12月5日. */
static bool read_year_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!read_number(&here, 4, 4, &moment->year))
        return false;
    const char *blank = here;
    skip_blanks(&blank);
    if (skip_text(&blank, "年")) {
        skip_blanks(&blank);
        if (!read_number(&blank, 1, 2, &moment->month))
            return false;
        skip_blanks(&blank);
        if (!skip_text(&blank, "月"))
            return false;
        skip_blanks(&blank);
        if (!read_number(&blank, 1, 2, &moment->day))
            return false;
        skip_blanks(&blank);
        *at = blank;
        return skip_text(at, "日");
    }
    char joint = *here;
    if (joint == '\0' || strchr("-/.", joint) == NULL)
        return false;
    here++;
    skip_blanks(&here); /* "2026. 12. 5" */
    if (!read_number(&here, 1, 2, &moment->month) || *here++ != joint)
        return false;
    skip_blanks(&here);
    if (!read_number(&here, 1, 2, &moment->day))
        return false;
    *at = here;
    return true;
}

/* 12月5日; 10/17/2025. */
static bool read_month_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!read_number(&here, 1, 2, &moment->month))
        return false;
    if (*here == '/') {
        here++;
        if (!read_number(&here, 1, 2, &moment->day) || *here++ != '/' ||
            !read_number(&here, 4, 4, &moment->year))
            return false;
        if (moment->month > 12) {
            int day = moment->month;
            moment->month = moment->day;
            moment->day = day;
        }
        *at = here;
        return true;
    }
    skip_blanks(&here);
    if (!skip_text(&here, "月"))
        return false;
    skip_blanks(&here);
    if (!read_number(&here, 1, 2, &moment->day))
        return false;
    skip_blanks(&here);
    *at = here;
    moment->signs = true;
    return skip_text(at, "日");
}

/* The year behind day and month; the date may go without. */
static void read_year_behind(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (*here == ',' || *here == '-' || *here == '/')
        here++;
    skip_blanks(&here);
    skip_text(&here, "of ");
    int year;
    if (!read_number(&here, 4, 4, &year) || *here == ':')
        return;
    moment->year = year;
    *at = here;
}

static void skip_ordinal(const char **at)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < G_N_ELEMENTS(endings); i++)
        if (skip_word(at, endings[i]))
            return;
}

/* 5 Dec 2026, 5th of December 2026, 05-Dec-2026. */
static bool read_day_first(const char **at, struct moment *moment)
{
    const char *here = *at;
    if (!read_number(&here, 1, 2, &moment->day))
        return false;
    skip_ordinal(&here);
    if (*here == '-' || *here == '/')
        here++;
    skip_blanks(&here);
    skip_text(&here, "of ");
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
    skip_blanks(&here);
    if (!read_number(&here, 1, 2, &moment->day))
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
        skip_blanks(&start);
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
    skip_blanks(&here);
    bool afternoon = *here == 'p' || *here == 'P';
    if (!skip_word(&here, "am") && !skip_word(&here, "pm") && !skip_text(&here, "a.m.") &&
        !skip_text(&here, "p.m."))
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
    if (*here++ != ':' || !read_number(&here, 2, 2, &moment->minute))
        return false;
    if (*here == ':') {
        here++;
        if (!read_number(&here, 2, 2, &moment->second))
            return false;
        if (*here == '.' && g_ascii_isdigit(here[1]))
            here += 1 + digits_at(here + 1);
    }
    *at = here;
    return read_half(at, moment);
}

/* 13時, 13時30分, 13時半. */
static bool read_signs(const char **at, struct moment *moment)
{
    const char *here = *at;
    skip_blanks(&here);
    if (!skip_text(&here, "時") || g_str_has_prefix(here, "間"))
        return false;
    *at = here;
    if (skip_text(at, "半")) {
        moment->minute = 30;
        return true;
    }
    skip_blanks(&here);
    int minute;
    if (read_number(&here, 1, 2, &minute) && skip_text(&here, "分")) {
        moment->minute = minute;
        *at = here;
        if (read_number(&here, 1, 2, &minute) && skip_text(&here, "秒")) {
            moment->second = minute;
            *at = here;
        }
    }
    return true;
}

static bool read_clock(const char **at, struct moment *moment)
{
    const char *here = *at;
    bool morning = skip_text(&here, "午前"), afternoon = !morning && skip_text(&here, "午後");
    moment->minute = moment->second = 0;
    skip_blanks(&here);
    if (!read_number(&here, 1, 2, &moment->hour))
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

static const struct zone {
    const char *name;
    int offset; /* minutes */
    bool american;
} zones[] = {
    {"UTC", 0, false},
    {"GMT", 0, false},
    {"Z", 0, false},
    {"JST", 540, false},
    {"KST", 540, false},
    {"SGT", 480, false},
    {"HKT", 480, false},
    {"IST", 330, false},
    {"CET", 60, false},
    {"CEST", 120, false},
    {"BST", 60, false},
    {"AEST", 600, false},
    {"AEDT", 660, false},
    {"EST", -300, false},
    {"EDT", -240, false},
    {"CST", -360, false},
    {"CDT", -300, false},
    {"MST", -420, false},
    {"MDT", -360, false},
    {"PST", -480, false},
    {"PDT", -420, false},
    {"ET", -300, true},
    {"CT", -360, true},
    {"MT", -420, true},
    {"PT", -480, true},
    {"Pacific Standard Time", -480, false},
    {"Pacific Daylight Time", -420, false},
    {"Pacific Time", -480, true},
    {"Eastern Time", -300, true},
    {"Japan Standard Time", 540, false},
    {"Japan Time", 540, false},
    {"Coordinated Universal Time", 0, false},
    {"日本標準時", 540, false},
    {"日本時間", 540, false},
    {"協定世界時", 0, false},
    {"世界標準時", 0, false},
    {"グリニッジ標準時", 0, false},
    {"太平洋標準時", -480, false},
    {"太平洋夏時間", -420, false},
    {"太平洋時間", -480, true},
    {"米国太平洋時間", -480, true},
    {"米国東部時間", -300, true},
};

/* +09:00, +0900, -600, +9. */
static bool read_offset(const char **at, int *offset)
{
    const char *here = *at;
    int sign = *here == '-' ? -1 : 1, hours, minutes = 0;
    if (*here != '+' && *here != '-')
        return false;
    here++;
    size_t digits = digits_at(here);
    if (!read_number(&here, 1, NUMBER_DIGITS, &hours))
        return false;
    if (digits > 2) {
        minutes = hours % 100;
        hours /= 100;
    } else if (*here == ':') {
        here++;
        if (!read_number(&here, 2, 2, &minutes))
            return false;
    }
    *offset = sign * (hours * 60 + minutes);
    *at = here;
    return true;
}

static bool read_zone_name(const char **at, struct moment *moment)
{
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        const char *here = *at;
        if (!skip_text(&here, zones[i].name) || g_ascii_isalnum(*here))
            continue;
        moment->offset = zones[i].offset;
        moment->american = zones[i].american;
        read_offset(&here, &moment->offset); /* UTC+9 */
        *at = here;
        return true;
    }
    return false;
}

/* In 10:00-12:00 the second time is where 10:00 ends, and no offset: that has four digits, or stands in ISO
 * 8601. */
static bool is_range(const char *at, bool iso)
{
    return *at == '-' && digits_at(at + 1) < 3 && !iso;
}

bool moment_read_zone(const char **at, struct moment *moment)
{
    const char *here = *at;
    skip_blanks(&here);
    bool bracket = *here == '(';
    here += bracket;
    if (!read_zone_name(&here, moment) &&
        (is_range(here, moment->iso) || !read_offset(&here, &moment->offset)))
        return false;
    if (bracket && *here == ')')
        here++;
    else if (bracket)
        return false;
    moment->zoned = true;
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
    skip_blanks(at);
    *at += **at == ',';
    skip_blanks(at);
    if (!skip_word(at, "at") && !skip_text(at, "の"))
        *at += **at == '@';
    skip_blanks(at);
}

/* A number above a month's is no month, whatever the rest. */
static bool is_possible(const struct moment *moment)
{
    return moment->month >= 1 && moment->month <= 12 && moment->day >= 1 && moment->day <= 31;
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
        moment_read_zone(&here, moment);
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
    moment_read_zone(&here, moment);
    *at = here;
    struct moment day = *moment;
    skip_blanks(&here);
    here += *here == ',';
    skip_blanks(&here);
    if (skip_word(&here, "on"))
        skip_blanks(&here);
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

size_t moment_read(const char *text, struct moment *moment)
{
    const char *at = text;
    *moment = (struct moment){.hour = -1};
    if (read_date_first(&at, moment))
        return (size_t)(at - text);
    at = text;
    *moment = (struct moment){.hour = -1};
    return read_clock_first(&at, moment) ? (size_t)(at - text) : 0;
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

static bool read_count(const char **at, int *count)
{
    static const char *const words[] = {"one",   "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    const char *here = *at;
    *count = 0;
    for (int i = 0; *count == 0 && i < (int)G_N_ELEMENTS(words); i++)
        if (skip_word(&here, words[i]))
            *count = i + 1;
    if (*count == 0 && !read_number(&here, 1, NUMBER_DIGITS, count))
        return false;
    const char *inside = here;
    skip_blanks(&inside);
    int again;
    if (*inside++ == '(' && read_number(&inside, 1, NUMBER_DIGITS, &again) && *inside == ')') {
        *count = again;
        here = inside + 1;
    }
    *at = here;
    return true;
}

size_t moment_read_lasting(const char *text, int64_t *lasting)
{
    static const struct {
        const char *name;
        int64_t minutes;
    } units[] = {{"minutes", 1}, {"minute", 1}, {"mins", 1},      {"min", 1},
                 {"hours", 60},  {"hour", 60},  {"hrs", 60},      {"hr", 60},
                 {"days", 1440}, {"day", 1440}, {"weeks", 10080}, {"week", 10080}},
      signs[] = {{"時間", 60},     {"分間", 1},      {"分", 1},      {"日間", 1440},
                 {"日以内", 1440}, {"営業日", 1440}, {"週間", 10080}};
    const char *at = text;
    int count;
    if (!read_count(&at, &count))
        return 0;
    at += *at == '-';
    skip_blanks(&at);
    if (skip_word(&at, "business") || skip_word(&at, "calendar") || skip_word(&at, "working"))
        skip_blanks(&at);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (skip_word(&at, units[i].name)) {
            *lasting = count * units[i].minutes * MINUTE;
            return (size_t)(at - text);
        }
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (skip_text(&at, signs[i].name)) {
            at -= g_str_has_suffix(signs[i].name, "以内") ? strlen("以内") : 0; /* a cue's own word */
            *lasting = count * signs[i].minutes * MINUTE;
            return (size_t)(at - text);
        }
    return 0;
}
