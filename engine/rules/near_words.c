/* Telling the words of a title apart. A word is letters and digits of any script; a point between two of them
 * belongs to it (3.9, node.js), a hyphen only in ids and dates. What this yields is compared with itself
 * alone, so all that matters is that equal titles give equal words, and titles that differ in a version, a
 * date or an id too. */
#include "rules/near_words.h"
#include "mail/text.h"

#include <string.h>

enum { STEM = 5 /* characters */, ID_LENGTH = 8, ID_DIGITS = 3 };

static void word_clear(void *data)
{
    g_free(((struct near_word *)data)->text);
}

GArray *near_words_new(void)
{
    GArray *words = g_array_new(FALSE, FALSE, sizeof(struct near_word));
    g_array_set_clear_func(words, word_clear);
    return words;
}

static bool is_ideograph(gunichar character)
{
    return text_is_cjk(character) && g_unichar_isalnum(character);
}

static bool is_letter(gunichar character)
{
    return g_unichar_isalnum(character) && !text_is_cjk(character);
}

static const char *next(const char *at, const char *end)
{
    const char *after = g_utf8_next_char(at);
    return after < end ? after : end;
}

static const char *behind_letters(const char *at, const char *end)
{
    while (at < end && is_letter(g_utf8_get_char(at)))
        at = next(at, end);
    return at;
}

/* Behind what stands there, taking each of the joints between two letters or digits into it. */
static const char *behind_word(const char *at, const char *end, const char *joints)
{
    at = behind_letters(at, end);
    while (at + 1 < end && strchr(joints, *at) != NULL && is_letter(g_utf8_get_char(at + 1)))
        at = behind_letters(at + 1, end);
    return at;
}

static size_t count_digits(const char *at, const char *end)
{
    size_t digits = 0;
    for (; at < end; at++)
        digits += g_ascii_isdigit(*at);
    return digits;
}

/* us-east-1: all but the last are letters. */
static bool is_region(const char *at, const char *end)
{
    size_t hyphens = 0;
    if (end - at < 9 || !g_ascii_isdigit(end[-1]) || at[2] != '-' || count_digits(at, end) > 2)
        return false;
    for (; at < end; at++)
        hyphens += *at == '-';
    return hyphens >= 2;
}

static bool is_id(const char *at, const char *end)
{
    size_t digits = count_digits(at, end);
    return end - at >= ID_LENGTH && digits >= ID_DIGITS && (size_t)(end - at) > digits;
}

/* 16, 3.9, 20.x, v1.33 */
static bool is_number(const char *word)
{
    word += word[0] == 'v' && g_ascii_isdigit(word[1]);
    if (!g_ascii_isdigit(word[0]))
        return false;
    word += strspn(word, "0123456789.");
    if (word[0] == 'x' && word[-1] == '.')
        word++;
    return *word == '\0' || strcmp(word, "st") == 0 || strcmp(word, "nd") == 0 || strcmp(word, "rd") == 0 ||
           strcmp(word, "th") == 0;
}

/* Not "may", which is a month more seldom. */
static bool is_month(const char *word)
{
    static const char *const months[] = {"january", "february",  "march",   "april",    "june",     "july",
                                         "august",  "september", "october", "november", "december", "jan",
                                         "feb",     "mar",       "apr",     "jun",      "jul",      "aug",
                                         "sep",     "sept",      "oct",     "nov",      "dec",      NULL};
    return strchr("jfmasond", word[0]) != NULL && g_strv_contains(months, word);
}

/* Most words are of Latin letters, and a quick way for them is worth it. The caller frees. */
static char *lower_case(const char *at, const char *end)
{
    g_autofree char *word = g_strndup(at, (size_t)(end - at));
    return g_str_is_ascii(word) ? g_ascii_strdown(word, -1) : g_utf8_strdown(word, -1);
}

/* The word that begins there. Returns where it ends. */
static const char *read_word(const char *at, const char *end, char **text)
{
    const char *joined = behind_word(at, end, ".-_/:"), *plain = behind_word(at, end, ".");
    bool date = g_ascii_isdigit(*at) && count_digits(at, joined) + 2 == (size_t)(joined - at) &&
                joined - at >= ID_LENGTH;
    if (joined != plain && (date || is_region(at, joined) || is_id(at, joined))) {
        *text = g_strdup(date ? "#date" : "#id");
        return joined;
    }
    g_autofree char *lower = lower_case(at, plain);
    *text = is_number(lower)                                 ? g_strdup("#n")
            : is_month(lower)                                ? g_strdup("#date")
            : is_id(at, plain) && strchr(lower, '.') == NULL ? g_strdup("#id")
                                                             : g_steal_pointer(&lower);
    return plain;
}

void near_words_read(GArray *words, const char *text, size_t length, size_t offset, guint most)
{
    const char *at = text, *end = text + length;
    bool beside = false; /* an ideograph that is in a word already */
    while (at < end && words->len < most) {
        const char *after = next(at, end);
        struct near_word word = {NULL, offset + (size_t)(at - text), 0};
        if (is_ideograph(g_utf8_get_char(at))) {
            bool pair = after < end && is_ideograph(g_utf8_get_char(after));
            const char *behind = pair ? next(after, end) : after;
            if (pair || !beside)
                word.text = g_strndup(at, (size_t)(behind - at));
            word.end = offset + (size_t)(behind - text);
            beside = pair;
        } else if (is_letter(g_utf8_get_char(at))) {
            after = read_word(at, end, &word.text);
            word.end = offset + (size_t)(after - text);
        }
        if (word.text != NULL)
            g_array_append_val(words, word);
        at = after;
    }
}

char *near_stem(const char *word)
{
    size_t length = strlen(word);
    bool plural = length >= 5 && word[length - 1] == 's' && word[length - 2] != 's';
    const char *end = word;
    for (int i = 0; i < STEM && *end != '\0'; i++)
        end = g_utf8_next_char(end);
    size_t kept = (size_t)(end - word);
    return g_strndup(word, plural && kept == length ? length - 1 : kept);
}

bool near_is_filler(const char *word)
{
    static const char *const words[] = {
        "a",    "an",  "and",   "are", "as",     "at",   "be",   "been", "by",   "can",  "do",    "for",
        "from", "has", "have",  "if",  "in",     "into", "is",   "it",   "its",  "may",  "must",  "now",
        "of",   "on",  "or",    "our", "please", "re",   "soon", "some", "that", "the",  "their", "these",
        "this", "to",  "under", "was", "we",     "were", "will", "with", "you",  "your", NULL};
    return g_strv_contains(words, word);
}

bool near_is_kin(const char *left, const char *right)
{
    size_t shared = 0, longer = MAX(strlen(left), strlen(right));
    while (left[shared] != '\0' && left[shared] == right[shared])
        shared++;
    return shared * 10 >= longer * 7;
}
