/* Our own decoders, since GMime 3.2.13 loses what stands behind padding in both places (upstream issues 133
 * and 150). */
#include "mail/decode.h"
#include "mail/charset.h"
#include "mail/text.h"

#include <string.h>

static int base64_value(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

GByteArray *decode_base64(const char *bytes, size_t length)
{
    GByteArray *out = g_byte_array_sized_new((guint)(length / 4 * 3 + 3));
    unsigned bits = 0;
    int count = 0;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value((unsigned char)bytes[i]);
        if (bytes[i] == '=') { /* the end of a chunk: what follows begins anew */
            bits = 0;
            count = 0;
            continue;
        }
        if (value < 0)
            continue;
        bits = bits << 6 | (unsigned)value;
        if (++count == 1)
            continue;
        guint8 byte = (guint8)(bits >> (count == 2 ? 4 : count == 3 ? 2 : 0));
        g_byte_array_append(out, &byte, 1);
        count %= 4;
    }
    return out;
}

struct line {
    size_t length; /* without blanks around it */
    bool foreign;  /* bytes that base64 does not have */
    bool gaps;     /* blanks between others */
};

static struct line read_line(const char *text, size_t length)
{
    struct line line = {0};
    size_t blanks = 0;
    for (size_t i = 0; i < length; i++) {
        if (g_ascii_isspace(text[i])) {
            blanks += line.length > 0;
            continue;
        }
        line.gaps |= blanks > 0;
        line.foreign |= text[i] != '=' && base64_value((unsigned char)text[i]) < 0;
        line.length++;
        blanks = 0;
    }
    return line;
}

size_t decode_base64_end(const char *bytes, size_t length)
{
    enum { CODE_LENGTH = 24 }; /* what is longer and has no blank is no word of a footer */
    size_t end = length;
    for (size_t i = 0, next; i < length; i = next) {
        const char *feed = memchr(bytes + i, '\n', length - i);
        next = feed != NULL ? (size_t)(feed - bytes) + 1 : length;
        struct line line = read_line(bytes + i, next - i);
        bool rule = next - i >= 2 && (strncmp(bytes + i, "--", 2) == 0 || strncmp(bytes + i, "__", 2) == 0);
        if (end == length && line.foreign && (line.gaps || rule))
            end = i;
        else if (!line.foreign && !line.gaps && line.length >= CODE_LENGTH && bytes[i] != '=')
            end = length;
    }
    return end;
}

GByteArray *decode_quoted_printable(const char *bytes, size_t length, bool underscores)
{
    GByteArray *out = g_byte_array_sized_new((guint)length);
    for (size_t i = 0; i < length; i++) {
        guint8 byte = (guint8)bytes[i];
        if (byte == '=' && i + 2 < length && g_ascii_isxdigit(bytes[i + 1]) &&
            g_ascii_isxdigit(bytes[i + 2])) {
            byte = (guint8)(g_ascii_xdigit_value(bytes[i + 1]) * 16 + g_ascii_xdigit_value(bytes[i + 2]));
            i += 2;
        } else if (byte == '=' && !underscores) {
            size_t blank = i + 1;
            while (blank < length && (bytes[blank] == ' ' || bytes[blank] == '\t' || bytes[blank] == '\r'))
                blank++;
            if (blank >= length || bytes[blank] == '\n') {
                i = blank;
                continue;
            }
        } else if (byte == '_' && underscores) {
            byte = ' ';
        }
        g_byte_array_append(out, &byte, 1);
    }
    return out;
}

struct word {
    char *charset;
    bool base64;
    const char *text;
    size_t length;
    const char *end; /* behind "?=" */
};

/* =?charset[*language]?B|Q?text?= at `at`. */
static bool read_word(const char *at, const char *end, struct word *word)
{
    const char *charset = at + 2, *mark = memchr(charset, '?', (size_t)(end - charset));
    if (mark == NULL || mark == charset || mark - charset > 64 || mark + 2 >= end || mark[2] != '?')
        return false;
    char encoding = g_ascii_tolower(mark[1]);
    const char *text = mark + 3, *close = text;
    if (encoding != 'b' && encoding != 'q')
        return false;
    while (close + 1 < end && !(close[0] == '?' && close[1] == '='))
        close++;
    if (close + 1 >= end)
        return false;
    const char *star = memchr(charset, '*', (size_t)(mark - charset));
    word->charset = g_ascii_strdown(charset, (star != NULL ? star : mark) - charset);
    word->base64 = encoding == 'b';
    word->text = text;
    word->length = (size_t)(close - text);
    word->end = close + 2;
    return true;
}

struct joined {
    GString *text;
    char *charset; /* of the bytes that wait */
    GByteArray *bytes;
    bool *damaged;
};

static void flush_words(struct joined *joined)
{
    if (joined->charset == NULL)
        return;
    bool unknown = false;
    g_autofree char *text = charset_decode(joined->charset, (const char *)joined->bytes->data,
                                           joined->bytes->len, joined->damaged, &unknown);
    *joined->damaged = *joined->damaged || unknown;
    g_string_append(joined->text, text);
    g_clear_pointer(&joined->charset, g_free);
    g_byte_array_set_size(joined->bytes, 0);
}

static void add_word(struct joined *joined, struct word *word)
{
    if (joined->charset != NULL && strcmp(joined->charset, word->charset) != 0)
        flush_words(joined);
    if (joined->charset == NULL)
        joined->charset = g_steal_pointer(&word->charset);
    g_clear_pointer(&word->charset, g_free);
    GByteArray *bytes = word->base64 ? decode_base64(word->text, word->length)
                                     : decode_quoted_printable(word->text, word->length, true);
    g_byte_array_append(joined->bytes, bytes->data, bytes->len);
    g_byte_array_unref(bytes);
}

/* Removes controls; tabs and line ends become blanks, but line ends before a blank are gone (RFC
 * 5322, 2.2.3). */
static char *without_controls(const char *text, struct decode_faults *faults)
{
    g_autoptr(GString) clean = g_string_new(NULL);
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar character = g_utf8_get_char(text);
        bool blank = character == '\t' || character == '\n' || character == '\r' || character == 0x2028 ||
                     character == 0x2029;
        bool folded =
            (character == '\r' || character == '\n') && text[1] != '\0' && strchr("\n \t", text[1]) != NULL;
        if (folded)
            continue;
        if (blank)
            g_string_append_c(clean, ' ');
        else if (character < 0x20 || (character >= 0x7f && character < 0xa0))
            faults->controls = true;
        else if (text_is_bidi(character))
            faults->bidi = true;
        else
            g_string_append_unichar(clean, character);
        faults->zero_width |= text_is_zero_width(character);
    }
    return g_string_free(g_steal_pointer(&clean), FALSE);
}

size_t decode_word_length(const char *text, size_t length)
{
    struct word word;
    if (length < 2 || text[0] != '=' || text[1] != '?' || !read_word(text, text + length, &word))
        return 0;
    g_free(word.charset);
    return (size_t)(word.end - text);
}

static void append_plain(GString *text, const char *near, const char *from, const char *to,
                         struct decode_faults *faults)
{
    g_autofree char *plain = charset_decode_near(near, from, (size_t)(to - from), &faults->damaged);
    g_string_append(text, plain);
}

char *decode_header_near(const char *near, const char *raw, size_t length, struct decode_faults *faults)
{
    struct joined joined = {g_string_new(NULL), NULL, g_byte_array_new(), &faults->damaged};
    const char *at = raw, *end = raw + length, *plain = raw;
    while (at < end) {
        struct word word;
        if (at[0] != '=' || at + 1 >= end || at[1] != '?' || !read_word(at, end, &word)) {
            at++;
            continue;
        }
        bool only_blanks = true;
        for (const char *gap = plain; gap < at; gap++)
            only_blanks = only_blanks && g_ascii_isspace(*gap);
        if (!only_blanks || joined.charset == NULL) {
            flush_words(&joined);
            append_plain(joined.text, near, plain, at, faults);
        }
        add_word(&joined, &word);
        plain = at = word.end;
    }
    flush_words(&joined);
    append_plain(joined.text, near, plain, end, faults);
    char *clean = without_controls(joined.text->str, faults);
    g_string_free(joined.text, TRUE);
    g_byte_array_unref(joined.bytes);
    return g_strstrip(clean);
}

char *decode_header(const char *raw, size_t length, struct decode_faults *faults)
{
    return decode_header_near(NULL, raw, length, faults);
}

char *decode_raw(const char *near, const char *raw, size_t length, bool *changed,
                 struct decode_faults *faults)
{
    if (g_utf8_validate(raw, (gssize)length, NULL) && memchr(raw, 0x1b, length) == NULL)
        return g_strndup(raw, length);
    char *text = charset_decode_near(near, raw, length, &faults->damaged);
    *changed = strlen(text) != length || memcmp(text, raw, length) != 0;
    return text;
}

char *decode_text(const char *label, const char *bytes, size_t length, struct decode_faults *faults)
{
    bool unknown = false;
    g_autofree char *text = charset_decode(label, bytes, length, &faults->damaged, &unknown);
    faults->damaged |= unknown;
    return g_strstrip(without_controls(text, faults));
}
