/* The small readers that moments are read with: each moves the place on success alone. A blank may be a line
 * end, as mails are wrapped. */
#include "mail/moments_inside.h"

#include <string.h>

void written_skip_blanks(const char **at)
{
    for (int i = 0; i < 3 && **at != '\0' && strchr(" \n\t", **at) != NULL; i++)
        (*at)++;
}

bool written_skip_text(const char **at, const char *text)
{
    size_t length = strlen(text);
    if (g_ascii_strncasecmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

size_t written_letters_at(const char *at)
{
    size_t count = 0;
    while (count < 20 && g_ascii_isalpha(at[count]))
        count++;
    return count;
}

size_t written_digits_at(const char *at)
{
    size_t count = 0;
    while (count < 20 && g_ascii_isdigit(at[count]))
        count++;
    return count;
}

/* All digits that stand there, when they are no fewer and no more than that. */
bool written_read_number(const char **at, size_t least, size_t most, int *number)
{
    size_t digits = written_digits_at(*at);
    if (digits < least || digits > most)
        return false;
    for (*number = 0; digits > 0; digits--)
        *number = *number * 10 + (*(*at)++ - '0');
    return true;
}

/* A whole word, in any case. */
bool written_skip_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    if (written_letters_at(*at) != length || g_ascii_strncasecmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}
