/* Charsets, to UTF-8. A label is believed where the bytes can be what it says, and not where they can only be
 * something else: UTF-8 in Latin-1, escapes of ISO-2022-JP in anything of eight bits, Shift_JIS in EUC-JP. */
#include "mail/charset_inside.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

static GHashTable *converters; /* name -> iconv_t */

static void open_converter(const char *name)
{
    if (g_hash_table_contains(converters, name))
        return;
    iconv_t converter = iconv_open("UTF-8", name);
    if (converter == (iconv_t)-1)
        return;
    char in[] = "a", out[16], *from = in, *to = out;
    size_t left = 1, room = sizeof out;
    iconv(converter, &from, &left, &to, &room); /* loads whatever it loads late */
    g_hash_table_insert(converters, g_strdup(name), converter);
}

/* Names that are not iconv's. */
static bool is_own(const char *name)
{
    return g_ascii_islower(name[0]);
}

void charset_start(void)
{
    const char *name;
    if (converters != NULL)
        return;
    converters = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; (name = charset_name_at(i)) != NULL; i++)
        if (!is_own(name))
            open_converter(name);
}

/* How many bytes of what cannot be converted are one character. */
static size_t undecodable_length(const char *name, const char *bytes, size_t length)
{
    static const char *const wide[] = {"EUC-JP-MS", "EUC-JISX0213", "EUC-TW", "CP949",
                                       "GB18030",   "BIG5-HKSCS",   "CP932",  "SHIFT_JISX0213"};
    bool euc = g_str_has_prefix(name, "EUC-J"), found = false;
    size_t most = euc && (unsigned char)bytes[0] == 0x8f ? 3 : 2, count = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(wide); i++)
        found |= strcmp(wide[i], name) == 0;
    while (found && count < MIN(length, most) && (unsigned char)bytes[count] >= 0x80)
        count++;
    return count;
}

/* What waits in the converter for a mark that may follow; not the state of one that switches by escapes. */
static void flush(iconv_t converter, GString *text)
{
    char out[64], *to = out;
    size_t room = sizeof out;
    iconv(converter, NULL, NULL, &to, &room);
    g_string_append_len(text, out, (gssize)(sizeof out - room));
}

static GString *convert(iconv_t converter, const char *name, const char *bytes, size_t length, bool *damaged)
{
    GString *text = g_string_sized_new(length + 16);
    char *from = (char *)bytes, out[4096];
    bool switches = g_str_has_prefix(name, "ISO-2022") || strcmp(name, "UTF-7") == 0;
    iconv(converter, NULL, NULL, NULL, NULL);
    while (length > 0) {
        char *to = out;
        size_t room = sizeof out;
        size_t result = iconv(converter, &from, &length, &to, &room);
        int reason = errno;
        g_string_append_len(text, out, (gssize)(sizeof out - room));
        if (result != (size_t)-1 || reason == E2BIG)
            continue;
        if (!switches)
            flush(converter, text);
        g_string_append(text, "\xef\xbf\xbd");
        *damaged = true;
        if (length > 0) {
            size_t skipped = undecodable_length(name, from, length);
            from += skipped;
            length -= skipped;
        }
        if (reason == EINVAL)
            break;
    }
    flush(converter, text);
    return text;
}

/* g_utf8_make_valid, which also turns NUL into U+FFFD. */
static char *valid_utf8(const char *bytes, size_t length, bool *damaged)
{
    if (!g_utf8_validate(bytes, (gssize)length, NULL))
        *damaged = true;
    return g_utf8_make_valid(bytes, (gssize)length);
}

/* Without a mark it is big-endian (RFC 2781, 4.3), unless what text has most, ASCII and kana, says otherwise.
 */
static const char *order_of_utf_16(const char *bytes, size_t length)
{
    size_t counts[2] = {0};
    if (length >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0)
        return "UTF-16LE";
    if (length >= 2 && memcmp(bytes, "\xfe\xff", 2) == 0)
        return "UTF-16BE";
    for (size_t i = 0; i < length; i++)
        counts[i % 2] += bytes[i] == 0 || bytes[i] == 0x30;
    return counts[1] > counts[0] ? "UTF-16LE" : "UTF-16BE";
}

/* The first byte in big-endian order is always zero. */
static const char *order_of_utf_32(const char *bytes)
{
    return bytes[0] == 0 ? "UTF-32BE" : "UTF-32LE";
}

static char *convert_in_order(const char *order, const char *bytes, size_t length, bool *damaged)
{
    g_autofree char *text = charset_convert(order, bytes, length, damaged);
    return g_strdup(g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text);
}

char *charset_convert(const char *name, const char *bytes, size_t length, bool *damaged)
{
    if (strcmp(name, CHARSET_JIS) == 0)
        return charset_from_jis(bytes, length, damaged);
    if (strcmp(name, CHARSET_HZ) == 0)
        return charset_from_hz(bytes, length, damaged);
    if (strcmp(name, CHARSET_UTF_16) == 0)
        return convert_in_order(order_of_utf_16(bytes, length), bytes, length, damaged);
    if (strcmp(name, CHARSET_UTF_32) == 0)
        return convert_in_order(order_of_utf_32(bytes), bytes, length, damaged);
    iconv_t converter = g_hash_table_lookup(converters, name);
    if (converter == NULL)
        return valid_utf8(bytes, length, damaged);
    g_autoptr(GString) text = convert(converter, name, bytes, length, damaged);
    return valid_utf8(text->str, text->len, damaged);
}

static bool is_seven_bits(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return false;
    return true;
}

/* More characters of UTF-8 than what is none, or as many where it was declared: one bad byte in a thousand
 * characters, or a text cut within one, is damage, and declares no other charset. */
static bool is_mostly_utf8(const char *bytes, size_t length, bool declared)
{
    size_t good = 0, bad = 0;
    const char *end = bytes + length, *at = bytes;
    while (at < end) {
        const char *stop;
        g_utf8_validate(at, end - at, &stop);
        for (; at < stop; at = g_utf8_next_char(at))
            good += (unsigned char)*at >= 0x80;
        const char *wrong = at;
        for (at += at < end; at < end && ((unsigned char)*at & 0xc0) == 0x80;)
            at++; /* with what belongs to it */
        bool cut = at == end && at - wrong > 1;
        bad += wrong < end && !(declared && cut);
    }
    return good > bad || (declared && good == bad);
}

enum evidence { NO_UTF_8, DOUBTFUL, SURELY_UTF_8 };

/* How much says that what is declared as a charset of single bytes is UTF-8: characters of three bytes, or
 * several beyond Latin-1. Where there are letters of Latin-1 alone, the text may have been encoded twice. */
static enum evidence find_utf8(const char *bytes, size_t length)
{
    size_t found = 0;
    bool latin = false;
    if (!g_utf8_validate(bytes, (gssize)length, NULL))
        return NO_UTF_8;
    for (const char *at = bytes; at < bytes + length; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        found += character >= 0x800 ? 2 : character > 0xff ? 1 : 0;
        latin |= character >= 0x80 && character <= 0xff;
    }
    return found >= 2 ? SURELY_UTF_8 : latin ? DOUBTFUL : NO_UTF_8;
}

static bool is_single_byte(const char *name)
{
    return g_str_has_prefix(name, "CP125") || g_str_has_prefix(name, "ISO-8859");
}

/* Bytes that are not UTF-8, nor declared as anything that they could be. */
static char *decode_guessed(const char *hint, const char *bytes, size_t length, bool *damaged)
{
    bool sure = false, failed = false;
    const char *name = charset_guess(hint, bytes, length, &sure);
    g_autofree char *text = charset_convert(name, bytes, length, &failed);
    if (failed && hint != NULL && strcmp(name, hint) == 0)
        return decode_guessed(NULL, bytes, length, damaged);
    *damaged |= failed || strcmp(name, "CP1252") == 0;
    return g_steal_pointer(&text);
}

/* Bytes that declare nothing, or UTF-8, or a charset that nobody knows. */
static char *decode_undeclared(const char *hint, bool utf8, const char *bytes, size_t length, bool *damaged)
{
    bool sure = false;
    if (charset_has_escapes(bytes, length))
        return charset_convert(CHARSET_JIS, bytes, length, damaged);
    if (memmem(bytes, length, "\x1b$)C", 4) != NULL && is_seven_bits(bytes, length))
        return charset_convert("ISO-2022-KR", bytes, length, damaged);
    if (memchr(bytes, 0, length) != NULL || g_utf8_validate(bytes, (gssize)length, NULL))
        return valid_utf8(bytes, length, damaged);
    *damaged |= utf8;
    charset_guess(NULL, bytes, length, &sure);
    if (!sure && is_mostly_utf8(bytes, length, utf8))
        return valid_utf8(bytes, length, damaged);
    return decode_guessed(hint, bytes, length, damaged);
}

/* What was meant by a charset whose bytes these are not; NULL when nothing fits better. */
static const char *meant_instead(const char *name, const char *bytes, size_t length)
{
    bool sure = false;
    if (is_seven_bits(bytes, length))
        return NULL;
    if (g_utf8_validate(bytes, (gssize)length, NULL))
        return CHARSET_UTF_8;
    if (!charset_is_japanese(name) && strcmp(name, "CP1252") != 0)
        return NULL;
    const char *guessed = charset_guess(name, bytes, length, &sure);
    return sure ? guessed : NULL;
}

static bool has_c1(const char *text)
{
    for (; (text = strstr(text, "\xc2")) != NULL; text++)
        if ((unsigned char)text[1] < 0xa0)
            return true;
    return false;
}

/* What the bytes are whatever is declared; NULL when they may be that. *damaged when they hardly are. */
static const char *certainly_instead(const char *name, const char *bytes, size_t length, bool *damaged)
{
    bool seven_bits = is_seven_bits(bytes, length), escapes = charset_has_escapes(bytes, length);
    if (seven_bits && escapes && !is_own(name) && !g_str_has_prefix(name, "UTF"))
        return CHARSET_JIS;
    if (!seven_bits && !escapes && strcmp(name, CHARSET_JIS) == 0)
        return meant_instead(name, bytes, length);
    enum evidence evidence = is_single_byte(name) ? find_utf8(bytes, length) : NO_UTF_8;
    *damaged |= evidence == DOUBTFUL;
    return evidence == SURELY_UTF_8 ? CHARSET_UTF_8 : NULL;
}

static char *decode_declared(const char *name, const char *bytes, size_t length, bool *damaged)
{
    const char *instead = certainly_instead(name, bytes, length, damaged);
    if (instead == NULL) {
        bool failed = false;
        g_autofree char *text = charset_convert(name, bytes, length, &failed);
        failed |= charset_is_japanese(name) && has_c1(text);
        *damaged |= failed;
        instead = failed ? meant_instead(name, bytes, length) : NULL;
        if (instead == NULL || strcmp(instead, name) == 0)
            return g_steal_pointer(&text);
    }
    *damaged = true;
    return charset_convert(instead, bytes, length, damaged);
}

char *charset_decode(const char *label, const char *bytes, size_t length, bool *damaged, bool *unknown)
{
    charset_start();
    if (length == 0)
        return g_strdup(""); /* bytes may be NULL then */
    const char *name = charset_name(label != NULL ? label : CHARSET_ASCII);
    if (name == NULL && unknown != NULL)
        *unknown = true;
    bool utf8 = g_strcmp0(name, CHARSET_UTF_8) == 0;
    if (name == NULL || utf8 || strcmp(name, CHARSET_ASCII) == 0)
        return decode_undeclared(NULL, utf8, bytes, length, damaged);
    return decode_declared(name, bytes, length, damaged);
}

char *charset_decode_near(const char *hint, const char *bytes, size_t length, bool *damaged)
{
    charset_start();
    if (length == 0)
        return g_strdup("");
    return decode_undeclared(hint != NULL ? charset_name(hint) : NULL, false, bytes, length, damaged);
}
