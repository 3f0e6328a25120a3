/* What labels mean. They lie in known ways: shift_jis means CP932, euc-jp means EUC-JP-MS, iso-8859-1 means
 * cp1252, us-ascii holds UTF-8. They are spelt in all ways: only letters and digits count, in either case. */
#include "mail/charset_inside.h"

#include <string.h>

static const struct {
    const char *key, *name;
} labels[] = {
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"mskanji", "CP932"},
    {"windows31j", "CP932"},
    {"cp31j", "CP932"},
    {"cp932", "CP932"},
    {"cp943", "CP932"},
    {"eucjp", "EUC-JP-MS"},
    {"eucjpms", "EUC-JP-MS"},
    {"eucpkdfmtjapanese", "EUC-JP-MS"},
    {"ujis", "EUC-JP-MS"},
    {"cp51932", "EUC-JP-MS"},
    {"shiftjisx0213", "SHIFT_JISX0213"},
    {"shiftjis2004", "SHIFT_JISX0213"},
    {"eucjisx0213", "EUC-JISX0213"},
    {"eucjis2004", "EUC-JISX0213"},
    {"iso2022jp", CHARSET_JIS},
    {"iso2022jp1", CHARSET_JIS},
    {"iso2022jp2", CHARSET_JIS},
    {"iso2022jp3", CHARSET_JIS},
    {"iso2022jp2004", CHARSET_JIS},
    {"iso2022jpms", CHARSET_JIS},
    {"jis", CHARSET_JIS},
    {"cp50220", CHARSET_JIS},
    {"cp50221", CHARSET_JIS},
    {"cp50222", CHARSET_JIS},
    {"usascii", CHARSET_ASCII},
    {"ascii", CHARSET_ASCII},
    {"iso646us", CHARSET_ASCII},
    {"ansix341968", CHARSET_ASCII},
    {"utf8", CHARSET_UTF_8},
    {"uft8", CHARSET_UTF_8},
    {"utf8mb4", CHARSET_UTF_8},
    {"unicode11utf8", CHARSET_UTF_8},
    {"cp65001", CHARSET_UTF_8},
    {"iso88591", "CP1252"},
    {"iso885911987", "CP1252"},
    {"latin1", "CP1252"},
    {"isolatin1", "CP1252"},
    {"cp1252", "CP1252"},
    {"iso88592", "ISO-8859-2"},
    {"latin2", "ISO-8859-2"},
    {"isolatin2", "ISO-8859-2"},
    {"iso88593", "ISO-8859-3"},
    {"latin3", "ISO-8859-3"},
    {"iso88594", "ISO-8859-4"},
    {"latin4", "ISO-8859-4"},
    {"iso88595", "ISO-8859-5"},
    {"iso88596", "ISO-8859-6"},
    {"iso88597", "ISO-8859-7"},
    {"iso88598", "ISO-8859-8"},
    {"iso88598i", "ISO-8859-8"},
    {"iso88598e", "ISO-8859-8"},
    {"iso88599", "ISO-8859-9"},
    {"latin5", "ISO-8859-9"},
    {"iso885910", "ISO-8859-10"},
    {"latin6", "ISO-8859-10"},
    {"iso885911", "CP874"},
    {"tis620", "CP874"},
    {"cp874", "CP874"},
    {"iso885913", "ISO-8859-13"},
    {"latin7", "ISO-8859-13"},
    {"iso885914", "ISO-8859-14"},
    {"latin8", "ISO-8859-14"},
    {"iso885915", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"iso885916", "ISO-8859-16"},
    {"latin10", "ISO-8859-16"},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1253", "CP1253"},
    {"cp1254", "CP1254"},
    {"cp1255", "CP1255"},
    {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},
    {"cp1258", "CP1258"},
    {"gb2312", "GB18030"},
    {"gb231280", "GB18030"},
    {"euccn", "GB18030"},
    {"gbk", "GB18030"},
    {"cp936", "GB18030"},
    {"gb18030", "GB18030"},
    {"hzgb2312", CHARSET_HZ},
    {"hz", CHARSET_HZ},
    {"iso2022cn", "ISO-2022-CN-EXT"},
    {"iso2022cnext", "ISO-2022-CN-EXT"},
    {"big5", "BIG5-HKSCS"},
    {"big5hkscs", "BIG5-HKSCS"},
    {"cp950", "BIG5-HKSCS"},
    {"euctw", "EUC-TW"},
    {"ksc5601", "CP949"},
    {"ksc56011987", "CP949"},
    {"euckr", "CP949"},
    {"uhc", "CP949"},
    {"cp949", "CP949"},
    {"johab", "JOHAB"},
    {"iso2022kr", "ISO-2022-KR"},
    {"utf7", "UTF-7"},
    {"unicode11utf7", "UTF-7"},
    {"utf16", CHARSET_UTF_16},
    {"ucs2", CHARSET_UTF_16},
    {"iso10646ucs2", CHARSET_UTF_16},
    {"utf16le", "UTF-16LE"},
    {"utf16be", "UTF-16BE"},
    {"utf32", CHARSET_UTF_32},
    {"ucs4", CHARSET_UTF_32},
    {"iso10646ucs4", CHARSET_UTF_32},
    {"utf32le", "UTF-32LE"},
    {"utf32be", "UTF-32BE"},
    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},
    {"macintosh", "MACINTOSH"},
    {"macroman", "MACINTOSH"},
    {"maccyrillic", "MAC-CYRILLIC"},
    {"cp437", "IBM437"},
    {"cp850", "IBM850"},
    {"cp852", "IBM852"},
    {"cp866", "IBM866"},
};

const char *charset_name_at(size_t index)
{
    return index < G_N_ELEMENTS(labels) ? labels[index].name : NULL;
}

static const char *find_key(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        if (strcmp(labels[i].key, key) == 0)
            return labels[i].name;
    return NULL;
}

/* "x-sjis", "csShiftJIS", and one code page by four names. */
static const char *find_prefixed(const char *key)
{
    static const struct {
        const char *prefix, *meant;
    } prefixes[] = {{"x", ""},     {"cs", ""},   {"windows", "cp"},
                    {"ibm", "cp"}, {"ms", "cp"}, {"xwindows", "cp"}};
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        if (!g_str_has_prefix(key, prefixes[i].prefix))
            continue;
        g_autofree char *other = g_strconcat(prefixes[i].meant, key + strlen(prefixes[i].prefix), NULL);
        const char *name = find_key(other);
        if (name != NULL)
            return name;
    }
    return NULL;
}

const char *charset_name(const char *label)
{
    char key[40];
    size_t length = 0;
    for (; *label != '\0'; label++)
        if (g_ascii_isalnum(*label)) {
            if (length + 1 == sizeof key)
                return NULL;
            key[length++] = g_ascii_tolower(*label);
        }
    key[length] = '\0';
    const char *name = find_key(key);
    return name != NULL ? name : find_prefixed(key);
}
