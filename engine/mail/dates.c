/* Dates that are all of a text. In header fields: RFC 5322 with its obsolete forms, and what mailers make of
 * it (AM and PM, fractions of a second, a zone of three digits, none at all). Then what people write
 * (moments.h). What has another shape altogether is left to GMime. */
#include "mail/message.h"
#include "mail/moments.h"
#include "mail/text.h"

#include <gmime/gmime.h>
#include <string.h>

/* Without comments, blanks as single spaces. */
static char *plain_text(const char *text)
{
    GString *plain = g_string_new(NULL);
    int depth = 0;
    for (; *text != '\0'; text++) {
        if (*text == '(')
            depth++;
        else if (*text == ')' && depth > 0)
            depth--;
        else if (depth == 0 && !g_ascii_isspace(*text))
            g_string_append_c(plain, *text);
        else if (plain->len > 0 && plain->str[plain->len - 1] != ' ')
            g_string_append_c(plain, ' ');
    }
    return g_strchomp(g_string_free(plain, FALSE));
}

static void skip(const char **at, const char *set)
{
    *at += strspn(*at, set);
}

/* Up to `maximum` digits; how many there were. */
static int read_number(const char **at, int maximum, int *number)
{
    int digits = 0;
    for (*number = 0; digits < maximum && g_ascii_isdigit(**at); (*at)++, digits++)
        *number = *number * 10 + (**at - '0');
    return digits;
}

static size_t letters(const char *at)
{
    size_t count = 0;
    while (g_ascii_isalpha(at[count]))
        count++;
    return count;
}

/* "Mon, 17 Jul 2017" and "17-Jul-17"; false when it has another shape. */
static bool read_day(const char **at, struct moment *date)
{
    *at += letters(*at);
    skip(at, "., ");
    if (read_number(at, 2, &date->day) == 0)
        return false;
    skip(at, " -");
    size_t length = letters(*at);
    date->month = length >= 3 ? moment_month_of(*at) : 0;
    *at += length;
    skip(at, " -,.");
    int digits = read_number(at, 4, &date->year);
    if (digits == 2)
        date->year += date->year < 50 ? 2000 : 1900;
    else if (digits == 3)
        date->year += 1900;
    return date->month > 0 && digits >= 2;
}

/* "01:02", "01:02:03.999", "1:02:03 PM". */
static bool read_time(const char **at, struct moment *date)
{
    skip(at, " ,");
    if (g_ascii_strncasecmp(*at, "at ", 3) == 0)
        *at += 3;
    if (read_number(at, 2, &date->hour) == 0)
        return false;
    skip(at, " ");
    if (**at != ':')
        return false;
    skip(at, ": ");
    if (read_number(at, 2, &date->minute) == 0)
        return false;
    const char *seconds = *at + strspn(*at, " ");
    if (*seconds == ':') {
        *at = seconds;
        skip(at, ": ");
        if (read_number(at, 2, &date->second) == 0)
            return false;
        if (**at == '.' || **at == ',')
            skip(at, ".,0123456789");
    }
    skip(at, " ");
    bool afternoon = g_ascii_strncasecmp(*at, "pm", 2) == 0;
    if ((afternoon || g_ascii_strncasecmp(*at, "am", 2) == 0) && letters(*at) == 2) {
        if (date->hour < 1 || date->hour > 12)
            return false;
        date->hour = date->hour % 12 + (afternoon ? 12 : 0);
        *at += 2;
    }
    return true;
}

static bool parse_otherwise(const char *text, int64_t *moment)
{
    GDateTime *read = g_mime_utils_header_decode_date(text);
    if (read == NULL)
        return false;
    int year = g_date_time_get_year(read);
    *moment = g_date_time_to_unix(read) * 1000;
    g_date_time_unref(read);
    return year >= 1900 && year <= 2100;
}

/* A name of a zone that nobody knows is UTC (RFC 5322, 4.3). */
static bool parse_header(const char *text, int64_t *moment)
{
    g_autofree char *plain = plain_text(text);
    struct moment date = {.iso = true}; /* behind its time stands the zone, never the end of a range */
    const char *at = plain;
    if (!read_day(&at, &date) || (*at != '\0' && !read_time(&at, &date)))
        return false;
    moment_read_zone(&at, &date);
    return moment_time(&date, MOMENT_NEAR_NOTHING, moment);
}

/* All of the text must be the date. */
static bool parse_written(const char *text, bool *has_date, int64_t *moment)
{
    g_autofree char *plain = text_normalize(text, true);
    struct moment date;
    size_t length = moment_read(plain, &date);
    *has_date = length > 0;
    return length > 0 && plain[length] == '\0' && moment_time(&date, MOMENT_NEAR_NOTHING, moment);
}

bool message_parse_date(const char *text, int64_t *moment)
{
    bool has_date = false;
    if (parse_written(text, &has_date, moment) || parse_header(text, moment))
        return true;
    return !has_date && parse_otherwise(text, moment);
}
