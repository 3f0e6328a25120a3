/* Charsets. Labels lie in known ways: shift_jis means CP932, euc-jp means EUC-JP-MS, iso-8859-1 means cp1252,
 * us-ascii holds UTF-8. glibc's ISO-2022-JP knows no vendor characters, so its escapes are turned into EUC
 * bytes first. */
#include "mail/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

static const struct {
    const char *label, *name;
} aliases[] = {
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"sjis", "CP932"},
    {"x-sjis", "CP932"},
    {"ms_kanji", "CP932"},
    {"windows-31j", "CP932"},
    {"cp932", "CP932"},
    {"ms932", "CP932"},
    {"csshiftjis", "CP932"},
    {"cswindows31j", "CP932"},
    {"euc-jp", "EUC-JP-MS"},
    {"x-euc-jp", "EUC-JP-MS"},
    {"eucjp", "EUC-JP-MS"},
    {"eucjp-ms", "EUC-JP-MS"},
    {"cp51932", "EUC-JP-MS"},
    {"iso-2022-jp", "jis"},
    {"iso-2022-jp-1", "jis"},
    {"iso-2022-jp-2", "jis"},
    {"iso-2022-jp-ms", "jis"},
    {"cp50220", "jis"},
    {"cp50221", "jis"},
    {"cp50222", "jis"},
    {"csiso2022jp", "jis"},
    {"us-ascii", ""},
    {"ascii", ""},
    {"ansi_x3.4-1968", ""},
    {"utf-8", ""},
    {"utf8", ""},
    {"uft-8", ""},
    {"unicode-1-1-utf-8", ""},
    {"iso-8859-1", "CP1252"},
    {"latin1", "CP1252"},
    {"windows-1252", "CP1252"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"x-gbk", "GB18030"},
    {"cp936", "GB18030"},
    {"gb18030", "GB18030"},
    {"hz-gb-2312", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"ks_c_5601-1987", "CP949"},
    {"euc-kr", "CP949"},
    {"ms949", "CP949"},
    {"cp949", "CP949"},
    {"iso-2022-kr", "ISO-2022-KR"},
    {"utf-7", "UTF-7"},
    {"unicode-1-1-utf-7", "UTF-7"},
    {"utf-16", "UTF-16"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"macintosh", "MACINTOSH"},
    {"x-mac-cyrillic", "MAC-CYRILLIC"},
    {"tis-620", "CP874"},
    {"iso-8859-11", "CP874"},
    {"windows-874", "CP874"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"ibm437", "IBM437"},
    {"ibm850", "IBM850"},
    {"cp850", "IBM850"},
    {"ibm866", "IBM866"},
    {"cp866", "IBM866"},
};

static GHashTable *converters; /* name -> iconv_t */

static void open_converter(const char *name)
{
    if (name[0] == '\0' || strcmp(name, "jis") == 0 || g_hash_table_contains(converters, name))
        return;
    iconv_t converter = iconv_open("UTF-8", name);
    if (converter == (iconv_t)-1)
        return;
    char in[] = "a", out[16], *from = in, *to = out;
    size_t left = 1, room = sizeof out;
    iconv(converter, &from, &left, &to, &room); /* loads whatever it loads late */
    g_hash_table_insert(converters, g_strdup(name), converter);
}

void charset_start(void)
{
    if (converters != NULL)
        return;
    converters = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++)
        open_converter(aliases[i].name);
    for (int i = 2; i <= 16; i++) {
        g_autofree char *name = g_strdup_printf("ISO-8859-%d", i);
        open_converter(name);
    }
    for (int i = 1250; i <= 1258; i++) {
        g_autofree char *name = g_strdup_printf("CP%d", i);
        open_converter(name);
    }
}

static const char *converter_name(const char *label, char *buffer, size_t size)
{
    g_autofree char *lower = g_ascii_strdown(label, -1);
    g_strstrip(lower);
    for (size_t i = 0; i < G_N_ELEMENTS(aliases); i++)
        if (strcmp(aliases[i].label, lower) == 0)
            return aliases[i].name;
    if (g_str_has_prefix(lower, "windows-"))
        g_snprintf(buffer, size, "CP%s", lower + strlen("windows-"));
    else
        g_snprintf(buffer, size, "%s", lower);
    for (char *at = buffer; *at != '\0'; at++)
        *at = g_ascii_toupper(*at);
    return g_hash_table_contains(converters, buffer) ? buffer : NULL;
}

/* How many bytes of what cannot be converted are one character: in EUC three where the third set is meant. */
static size_t undecodable_length(const char *bytes, size_t length, bool euc)
{
    size_t count = 1;
    while (euc && (unsigned char)bytes[0] == 0x8f && count < MIN(length, 3) &&
           (unsigned char)bytes[count] >= 0x80)
        count++;
    return count;
}

static GString *convert(iconv_t converter, const char *bytes, size_t length, bool euc, bool *damaged)
{
    GString *text = g_string_sized_new(length + 16);
    char *from = (char *)bytes, out[4096];
    iconv(converter, NULL, NULL, NULL, NULL);
    while (length > 0) {
        char *to = out;
        size_t room = sizeof out;
        size_t result = iconv(converter, &from, &length, &to, &room);
        int reason = errno;
        g_string_append_len(text, out, (gssize)(sizeof out - room));
        if (result != (size_t)-1 || reason == E2BIG)
            continue;
        g_string_append(text, "\xef\xbf\xbd");
        *damaged = true;
        if (length > 0) {
            size_t skipped = undecodable_length(from, length, euc);
            from += skipped;
            length -= skipped;
        }
        if (reason == EINVAL)
            break;
    }
    return text;
}

/* g_utf8_make_valid, which also turns NUL into U+FFFD. */
static char *valid_utf8(const char *bytes, size_t length, bool *damaged)
{
    if (!g_utf8_validate(bytes, (gssize)length, NULL))
        *damaged = true;
    return g_utf8_make_valid(bytes, (gssize)length);
}

/* JIS escapes as EUC bytes: ESC $ B two bytes, ESC ( I half-width kana, ESC $ ( D JIS X 0212. */
static GByteArray *jis_to_euc(const char *bytes, size_t length)
{
    GByteArray *euc = g_byte_array_sized_new((guint)length);
    enum { ASCII, KANJI, KANA, EXTRA } mode = ASCII;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte == 0x1b && i + 2 < length) {
            const char *escape = bytes + i + 1;
            if (escape[0] == '$' && escape[1] == '(' && i + 3 < length && escape[2] == 'D') {
                mode = EXTRA;
                i += 3;
                continue;
            }
            if (escape[0] == '$' && (escape[1] == 'B' || escape[1] == '@'))
                mode = KANJI;
            else if (escape[0] == '(' && escape[1] == 'I')
                mode = KANA;
            else
                mode = ASCII;
            i += 2;
            continue;
        }
        guint8 out[3] = {byte};
        guint count = 1;
        bool pair =
            i + 1 < length && byte > 0x20 && byte < 0x7f && bytes[i + 1] > 0x20 && bytes[i + 1] < 0x7f;
        bool half = !pair && (mode == KANJI || mode == EXTRA) && byte > 0x20 && byte < 0x7f;
        if (byte == '\n')
            mode = ASCII;
        if (mode == KANA && byte > 0x20 && byte < 0x60) {
            out[0] = 0x8e;
            out[1] = byte | 0x80;
            count = 2;
        } else if ((mode == KANJI || mode == EXTRA) && pair) {
            guint8 second = (guint8)bytes[++i] | 0x80;
            guint8 three[3] = {0x8f, (guint8)(byte | 0x80), second};
            memcpy(out, mode == EXTRA ? three : three + 1, mode == EXTRA ? 3 : 2);
            count = mode == EXTRA ? 3 : 2;
        } else if (half) {
            out[0] = 0xff; /* is no EUC: the decoder marks it */
        }
        g_byte_array_append(euc, out, count);
    }
    return euc;
}

/* The six characters of JIS X 0208 for which Microsoft's table has another one: ISO-2022-JP means the
 * standard's, and a person types that. */
static char *with_standard_forms(const char *text)
{
    static const struct {
        gunichar microsoft, standard;
    } forms[] = {{0xff5e, 0x301c}, {0x2225, 0x2016}, {0xff0d, 0x2212},
                 {0xffe0, 0xa2},   {0xffe1, 0xa3},   {0xffe2, 0xac}};
    GString *changed = g_string_sized_new(strlen(text));
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar character = g_utf8_get_char(text);
        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
            if (character == forms[i].microsoft)
                character = forms[i].standard;
        g_string_append_unichar(changed, character);
    }
    return g_string_free(changed, FALSE);
}

static char *decode_named(const char *name, const char *bytes, size_t length, bool *damaged)
{
    if (name[0] == '\0')
        return valid_utf8(bytes, length, damaged);
    if (strcmp(name, "jis") == 0) {
        g_autoptr(GByteArray) euc = jis_to_euc(bytes, length);
        g_autofree char *text = decode_named("EUC-JP-MS", (const char *)euc->data, euc->len, damaged);
        return with_standard_forms(text);
    }
    iconv_t converter = g_hash_table_lookup(converters, name);
    if (converter == NULL)
        return valid_utf8(bytes, length, damaged);
    GString *text = convert(converter, bytes, length, strcmp(name, "EUC-JP-MS") == 0, damaged);
    char *valid = valid_utf8(text->str, text->len, damaged);
    g_string_free(text, TRUE);
    return valid;
}

static bool has_kana(const char *text)
{
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar character = g_utf8_get_char(text);
        if (character >= 0x3041 && character <= 0x30fe)
            return true;
    }
    return false;
}

/* One bad byte in a thousand characters, or a text cut within one, is damage: it declares no other charset.
 */
static bool is_mostly_utf8(const char *bytes, size_t length)
{
    size_t good = 0, bad = 0;
    const char *end = bytes + length, *at = bytes;
    while (at < end) {
        const char *stop;
        g_utf8_validate(at, end - at, &stop);
        for (; at < stop; at = g_utf8_next_char(at))
            good += (unsigned char)*at >= 0x80;
        bad += at < end;
        for (at += at < end; at < end && ((unsigned char)*at & 0xc0) == 0x80;)
            at++; /* with what belongs to it */
    }
    return good > bad;
}

/* Bytes that declare nothing and are not UTF-8. */
static char *guess(const char *bytes, size_t length, bool *damaged)
{
    static const char *const candidates[] = {"EUC-JP-MS", "CP932"};
    if (memmem(bytes, length, "\x1b$", 2) != NULL)
        return decode_named("jis", bytes, length, damaged);
    for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
        bool failed = false;
        char *text = decode_named(candidates[i], bytes, length, &failed);
        if (!failed && has_kana(text))
            return text;
        g_free(text);
    }
    *damaged = true;
    return decode_named("CP1252", bytes, length, damaged);
}

/* What the declared charset cannot decode and UTF-8 can was declared wrongly. */
static char *decode_declared(const char *name, const char *bytes, size_t length, bool *damaged)
{
    bool failed = false;
    char *text = decode_named(name, bytes, length, &failed);
    if (!failed)
        return text;
    *damaged = true;
    bool seven_bits = true;
    for (size_t i = 0; i < length; i++)
        seven_bits = seven_bits && (unsigned char)bytes[i] < 0x80;
    if (seven_bits || !g_utf8_validate(bytes, (gssize)length, NULL))
        return text;
    g_free(text);
    return g_strndup(bytes, length);
}

char *charset_decode(const char *label, const char *bytes, size_t length, bool *damaged, bool *unknown)
{
    char buffer[40];
    charset_start();
    if (length == 0)
        return g_strdup(""); /* bytes may be NULL then */
    const char *name = label == NULL ? "" : converter_name(label, buffer, sizeof buffer);
    if (name == NULL && unknown != NULL)
        *unknown = true;
    if (name != NULL && name[0] != '\0')
        return decode_declared(name, bytes, length, damaged);
    bool escaped = memmem(bytes, length, "\x1b$", 2) != NULL;
    bool utf8 = g_utf8_validate(bytes, (gssize)length, NULL) || is_mostly_utf8(bytes, length);
    if ((escaped || !utf8) && memchr(bytes, 0, length) == NULL)
        return guess(bytes, length, damaged);
    return valid_utf8(bytes, length, damaged);
}
