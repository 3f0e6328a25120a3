/* Spans of time: a number, in digits or as a word, and what it counts. */
#include "mail/moments_inside.h"

#include <string.h>

enum { MINUTE = 60 * 1000 };

static bool read_count(const char **at, int *count)
{
    static const char *const words[] = {"one",   "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    const char *here = *at;
    *count = 0;
    for (int i = 0; *count == 0 && i < (int)G_N_ELEMENTS(words); i++)
        if (written_skip_word(&here, words[i]))
            *count = i + 1;
    if (*count == 0 && !written_read_number(&here, 1, NUMBER_DIGITS, count))
        return false;
    const char *inside = here;
    written_skip_blanks(&inside);
    int again;
    if (*inside++ == '(' && written_read_number(&inside, 1, NUMBER_DIGITS, &again) && *inside == ')') {
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
    written_skip_blanks(&at);
    if (written_skip_word(&at, "business") || written_skip_word(&at, "calendar") ||
        written_skip_word(&at, "working"))
        written_skip_blanks(&at);
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++)
        if (written_skip_word(&at, units[i].name)) {
            *lasting = count * units[i].minutes * MINUTE;
            return (size_t)(at - text);
        }
    for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
        if (written_skip_text(&at, signs[i].name)) {
            at -= g_str_has_suffix(signs[i].name, "以内") ? strlen("以内") : 0; /* a cue's own word */
            *lasting = count * signs[i].minutes * MINUTE;
            return (size_t)(at - text);
        }
    return 0;
}
