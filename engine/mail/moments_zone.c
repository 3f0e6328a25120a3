/* Zones of moments: names in English and Japanese, and offsets. Those of the USA that are the same word in
 * summer and winter are marked, since the day decides. A name that is not listed is none: whoever asks takes
 * UTC. */
#include "mail/moments_inside.h"

#include <string.h>

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
    size_t digits = written_digits_at(here);
    if (!written_read_number(&here, 1, NUMBER_DIGITS, &hours))
        return false;
    if (digits > 2) {
        minutes = hours % 100;
        hours /= 100;
    } else if (*here == ':') {
        here++;
        if (!written_read_number(&here, 2, 2, &minutes))
            return false;
    }
    *offset = sign * (hours * 60 + minutes);
    *at = here;
    return true;
}

/* CST (UTC+8): the same three letters are the time of several countries. */
static void read_offset_behind(const char **at, struct moment *moment)
{
    const char *here = *at;
    int offset;
    written_skip_blanks(&here);
    if (*here++ != '(' || !(written_skip_text(&here, "UTC") || written_skip_text(&here, "GMT")) ||
        !read_offset(&here, &offset) || *here != ')')
        return;
    moment->offset = offset;
    moment->american = false;
    *at = here + 1;
}

static bool read_zone_name(const char **at, struct moment *moment)
{
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        const char *here = *at;
        if (!written_skip_text(&here, zones[i].name) || g_ascii_isalnum(*here))
            continue;
        moment->offset = zones[i].offset;
        moment->american = zones[i].american;
        read_offset(&here, &moment->offset); /* UTC+9 */
        read_offset_behind(&here, moment);
        *at = here;
        return true;
    }
    return false;
}

/* In 10:00-12:00 the second time is where 10:00 ends, and no offset: that has four digits, or stands in ISO
 * 8601. */
static bool is_range(const char *at, bool iso)
{
    return *at == '-' && written_digits_at(at + 1) < 3 && !iso;
}

bool moment_read_zone(const char **at, struct moment *moment)
{
    const char *here = *at;
    written_skip_blanks(&here);
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

void moment_read_zone_before(const char *text, const char *at, struct moment *moment)
{
    while (at > text && strchr(" \n:(", at[-1]) != NULL)
        at--;
    for (size_t i = 0; i < G_N_ELEMENTS(zones) && !moment->zoned; i++) {
        size_t length = strlen(zones[i].name);
        if (length < 3 || (size_t)(at - text) < length || strncmp(at - length, zones[i].name, length) != 0 ||
            ((size_t)(at - text) > length && g_ascii_isalnum(at[-1]) &&
             g_ascii_isalnum(at[-1 - (ptrdiff_t)length])))
            continue;
        moment->offset = zones[i].offset;
        moment->american = zones[i].american;
        moment->zoned = true;
    }
}
