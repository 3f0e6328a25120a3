/* Text as it looks at a glance: one small letter for all that look alike, without marks and whatever has no
 * glyph. Not all of Unicode's confusables (UTS 39), but those of the letters in AWS's names. Only for judging
 * what a name claims: it is no text to show. */
#include "mail/auth_inside.h"
#include "mail/text.h"

#include <string.h>

static const struct {
    gunichar shown;
    char like;
} forms[] = {{'0', 'o'},    {'1', 'l'},    {'2', 'z'},    {'4', 'a'},    {'5', 's'},    {0x00f8, 'o'},
             {0x01b6, 'z'}, {0x0251, 'a'}, {0x026f, 'w'}, {0x0274, 'n'}, {0x0391, 'a'}, {0x0392, 'b'},
             {0x0395, 'e'}, {0x0396, 'z'}, {0x0399, 'i'}, {0x039c, 'm'}, {0x039d, 'n'}, {0x039f, 'o'},
             {0x03b1, 'a'}, {0x03b5, 'e'}, {0x03b6, 'z'}, {0x03b9, 'i'}, {0x03bd, 'v'}, {0x03bf, 'o'},
             {0x03c9, 'w'}, {0x0430, 'a'}, {0x0435, 'e'}, {0x0437, 'z'}, {0x043c, 'm'}, {0x043e, 'o'},
             {0x043f, 'n'}, {0x0441, 'c'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0461, 'w'}, {0x051d, 'w'},
             {0x0561, 'w'}, {0x0578, 'n'}, {0x0585, 'o'}, {0x13aa, 'a'}, {0x13b3, 'w'}, {0x13b7, 'm'},
             {0x13c3, 'z'}, {0x13da, 's'}, {0x1d00, 'a'}, {0x1d0d, 'm'}, {0x1d0f, 'o'}, {0x1d21, 'w'},
             {0x1d22, 'z'}, {0xa4dc, 'z'}, {0xa4df, 'm'}, {0xa4e0, 'n'}, {0xa4e2, 's'}, {0xa4ea, 'w'},
             {0xa4ee, 'a'}, {0xa4f3, 'o'}, {0xa731, 's'}};

static gunichar letter_of(gunichar character)
{
    static const gunichar alphabets[] = {0x1f150, 0x1f170, 0x1f1e6}; /* circled, squared, of flags */
    for (size_t i = 0; i < G_N_ELEMENTS(alphabets); i++)
        if (character >= alphabets[i] && character < alphabets[i] + 26)
            return 'a' + (character - alphabets[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        if (character == forms[i].shown)
            return (gunichar)forms[i].like;
    return 0;
}

char *auth_looks(const char *text)
{
    g_autofree char *shown = text_normalize(text, true),
                    *apart = g_utf8_normalize(shown, -1, G_NORMALIZE_NFD);
    GString *looks = g_string_new(NULL);
    for (const char *at = apart != NULL ? apart : shown; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at), small = g_unichar_tolower(character);
        if (g_unichar_ismark(character))
            continue;
        gunichar letter = letter_of(character); /* a large letter may look like another one than the small */
        if (letter == 0)
            letter = letter_of(small);
        g_string_append_unichar(looks, letter != 0 ? letter : small);
    }
    g_string_replace(looks, "vv", "w", 0);
    g_string_replace(looks, "rn", "m", 0);
    return g_string_free(looks, FALSE);
}
