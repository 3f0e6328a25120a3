/* Charsets: labels that lie in known ways, Japanese with vendor characters, bytes that declare nothing,
 * damage. */
#include "mail/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void decodes(void **state)
{
    static const struct {
        const char *name, *label, *bytes, *want;
        bool damaged, unknown;
    } table[] = {
        {"nothing declared", NULL, "ok", "ok"},
        {"UTF-8 undeclared", NULL, "本文", "本文"},
        {"UTF-8 in us-ascii", "us-ascii", "本文 ok", "本文 ok"},
        {"a misspelt label", "uft-8", "本文", "本文"},
        {"a label with blanks, upper case", " UTF-8 ", "本文", "本文"},
        {"an unknown label over UTF-8", "x-nobody-knows", "本文", "本文", false, true},
        {"an empty label", "", "ok", "ok", false, true},
        {"invalid UTF-8 is cp1252 then", "utf-8", "Fr\xf6sche", "Frösche", true},
        {"UTF-8 with one bad byte", "utf-8", "本文\xff ok", "本文\xef\xbf\xbd ok", true},
        {"UTF-8 undeclared with one bad byte", NULL, "本文\xff ok", "本文\xef\xbf\xbd ok", true},
        {"UTF-8 cut in a character", "utf-8", "本文\xe6\x9c", "本文\xef\xbf\xbd\xef\xbf\xbd", true},
        {"cswindows31j", "csWindows31J", "\x87\x40", "①"},
        {"eucjp-ms", "eucJP-ms", "\xad\xa1", "①"},
        {"Cyrillic of the Mac", "x-mac-cyrillic", "\x8f", "П"},
        {"Thai of Windows", "windows-874", "\xc0", "ภ"},
        {"Shift_JIS is CP932", "Shift_JIS", "\x87\x40\xfb\xfc \\ ~", "①髙 \\ ~"},
        {"windows-31j", "Windows-31J", "\x93\xfa\x96\x7b", "日本"},
        {"x-sjis, half-width kana", "x-sjis", "\xb1\xb2", "ｱｲ"},
        {"Shift_JIS that is UTF-8", "shift_jis", "重要なお知らせ。", "重要なお知らせ。", true},
        {"EUC-JP with NEC row 13", "EUC-JP", "\xad\xa1\xc6\xfc", "①日"},
        {"ISO-2022-JP", "iso-2022-jp", "a\x1b$BF|K\\\x1b(Bz", "a日本z"},
        {"ISO-2022-JP with NEC row 13", "ISO-2022-JP", "\x1b$B-!-j\x1b(B", "①㈱"},
        {"ISO-2022-JP, half-width kana", "cp50221", "\x1b(I12\x1b(B", "ｱｲ"},
        {"ISO-2022-JP, JIS X 0212", "iso-2022-jp-1", "\x1b$(D0!\x1b(B", "丂"},
        {"ISO-2022-JP, the standard's wave dash", "iso-2022-jp", "\x1b$B!A\x1b(B", "〜"},
        {"ISO-2022-JP, a line end ends the kanji", "iso-2022-jp", "\x1b$BF|\nok", "日\nok"},
        {"ISO-2022-JP, half a character", "iso-2022-jp", "\x1b$BF\x1b(Bok", "\xef\xbf\xbdok", true},
        {"ISO-2022-JP undeclared", NULL, "\x1b$BF|K\\\x1b(B", "日本"},
        {"ISO-2022-JP declared as UTF-8", "utf-8", "\x1b$BF|K\\\x1b(B", "日本"},
        {"Shift_JIS undeclared", NULL, "\x82\xb1\x82\xf1", "こん"},
        {"EUC-JP undeclared", NULL, "\xa4\xb3\xa4\xf3", "こん"},
        {"GB2312 is GB18030", "gb2312", "\x81\x30\x89\x38", "ß"},
        {"latin-1 is cp1252", "iso-8859-1", "\x80", "€"},
        {"KOI8-R", "koi8-r", "\xd0\xd2", "пр"},
        {"iso-8859-15", "iso-8859-15", "\xa4", "€"},
        {"windows-1251", "windows-1251", "\xcf", "П"},
        {"UTF-7", "unicode-1-1-utf-7", "+ZeU-", "日"},
        {"Shift_JIS cut in a character", "shift_jis", "ok\x93", "ok\xef\xbf\xbd", true},
        {"a declared UTF-8 cut after its first character", "utf-8", "日\xe6\x9c\n",
         "日\xef\xbf\xbd\xef\xbf\xbd\n", true},
        {"a declared UTF-8 cut within its only one", "utf-8", "\xe6\x97", "\xef\xbf\xbd\xef\xbf\xbd", true},
        {"an EUC pair that is no character", "euc-jp", "\xa9\xa1\xc6\xfc", "\xef\xbf\xbd日", true},
        {"a CP949 pair that is no character", "euc-kr", "\xc9\xa1\xb0\xa1", "\xef\xbf\xbd가", true},
        {"the last letter of windows-1258", "windows-1258", "abc", "abc"},
        {"UTF-8 in latin-1", "iso-8859-1", "本文です", "本文です", true},
        {"UTF-8 in windows-1252", "windows-1252", "it’s café", "it’s café", true},
        {"UTF-8 in windows-1251", "windows-1251", "Привет", "Привет", true},
        {"latin-1 of what was encoded twice", "iso-8859-1", "DISCOVER\xc3\x86 \xc2\xa0",
         "DISCOVERÃ† Â\xc2\xa0", true},
        {"latin-1 that could be one letter of UTF-8", "iso-8859-1", "CAF\xc9\xae", "CAFÉ®"},
        {"latin-1", "iso-8859-1",
         "Gr\xf6\xdf"
         "e",
         "Größe"},
        {"ISO-2022-JP in latin-1", "iso-8859-1", "\x1b$BF|K\\\x1b(B", "日本", true},
        {"ISO-2022-JP in us-ascii", "us-ascii", "\x1b$BF|K\\\x1b(B", "日本"},
        {"ISO-2022-JP in shift_jis", "shift_jis", "\x1b$BF|K\\\x1b(B", "日本", true},
        {"half-width kana alone, undeclared", NULL, "\x1b(I12\x1b(B", "ｱｲ"},
        {"an escape of a terminal", NULL, "\x1b[31mred", "\x1b[31mred"},
        {"ISO-2022-KR undeclared", NULL,
         "\x1b$)C\n\x0e"
         "0!\x0f",
         "\n가"},
        {"Shift_JIS in iso-2022-jp", "iso-2022-jp", "\x8f\x64\x97\x76\x98\x41\x97\x8d", "重要連絡", true},
        {"EUC-JP in iso-2022-jp", "iso-2022-jp", "\xbd\xc5\xcd\xd7\xcf\xa2\xcd\xed", "重要連絡", true},
        {"EUC-JP in shift_jis", "shift_jis", "\xbd\xc5\xcd\xd7\xcf\xa2\xcd\xed", "重要連絡", true},
        {"Shift_JIS in euc-jp", "euc-jp", "\x8f\x64\x97\x76\x98\x41\x97\x8d", "重要連絡", true},
        {"Shift_JIS in latin-1", "iso-8859-1", "\x8f\x64\x97\x76\x98\x41\x97\x8d", "重要連絡", true},
        {"UTF-8 in iso-2022-jp", "iso-2022-jp", "重要", "重要", true},
        {"ISO-2022-JP-2, Korean", "iso-2022-jp-2", "\x1b$(C0!3*\x1b(B.", "가나."},
        {"ISO-2022-JP-2, Chinese", "iso-2022-jp-2", "\x1b$A5gJS\x1b(B\x1b$BF|\x1b(B", "电视日"},
        {"ISO-2022-JP-2, Latin-1 and Greek", "iso-2022-jp-2", "\x1b.Aa\x1bNi \x1b.F\x1bNa", "aé α"},
        {"ISO-2022-JP-3", "iso-2022-jp-3", "\x1b$(O-!F|\x1b(B", "①日"},
        {"ISO-2022-JP-2004, the second plane", "iso-2022-jp-2004", "\x1b$(P!!\x1b(B", "𠂉"},
        {"HZ", "hz-gb-2312", "a ~{VPND~} ~~ b ~\nc", "a 中文 ~ b c"},
        {"HZ, half a character", "hz-gb-2312", "~{V\nx", "\xef\xbf\xbd\nx", true},
        {"ks_c_5601", "ks_c_5601", "\xb0\xa1", "가"},
        {"ksc5601", "KSC5601", "\xb0\xa1", "가"},
        {"x-windows-949", "x-windows-949", "\xb0\xa1", "가"},
        {"csEUCKR", "csEUCKR", "\xb0\xa1", "가"},
        {"euc-cn", "euc-cn", "\xd6\xd0", "中"},
        {"gb_2312-80", "gb_2312-80", "\xd6\xd0", "中"},
        {"latin2", "latin2", "\xb1", "ą"},
        {"iso8859-15", "iso8859-15", "\xa4", "€"},
        {"iso_8859-15", "ISO_8859-15", "\xa4", "€"},
        {"latin-9", "latin-9", "\xa4", "€"},
        {"latin9", "latin9", "\xa4", "€"},
        {"iso_8859-1:1987", "iso_8859-1:1987", "\xe9", "é"},
        {"csISOLatin1", "csISOLatin1", "\xe9", "é"},
        {"cp-1251", "cp-1251", "\xcf", "П"},
        {"windows1251", "windows1251", "\xcf", "П"},
        {"koi8r", "KOI8R", "\xd0", "п"},
        {"shift_jisx0213", "shift_jisx0213", "\x87\x40\x82\xa9", "①か"},
        {"euc-jisx0213", "euc-jisx0213", "\xa4\xab\xa4\xf7", "かか゚"},
        {"utf_8", "utf_8", "本", "本"},
        {"utf-32", "utf-32", "x", "\xef\xbf\xbd", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text =
            charset_decode(table[i].label, table[i].bytes, strlen(table[i].bytes), &damaged, &unknown);
        if (strcmp(text, table[i].want) != 0 || damaged != table[i].damaged || unknown != table[i].unknown)
            fail_msg("%s: got '%s', damaged %d, unknown %d", table[i].name, text, damaged, unknown);
    }
}

static void nul_hides_nothing(void **state)
{
    static const char *const labels[] = {NULL, "utf-8", "iso-8859-1", "shift_jis", "iso-2022-jp", "nobody"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text = charset_decode(labels[i], "a\0b", 3, &damaged, &unknown);
        assert_string_equal(text, "a\xef\xbf\xbd"
                                  "b");
    }
}

static void utf_16_is_decoded_with_its_zero_bytes(void **state)
{
    bool damaged = false, unknown = false;
    g_autofree char *marked = charset_decode("utf-16", "\xff\xfeo\0k\0", 6, &damaged, &unknown);
    g_autofree char *big = charset_decode("utf-16be", "\0o\0k", 4, &damaged, &unknown);
    assert_string_equal(marked, "ok");
    assert_string_equal(big, "ok");
    assert_false(damaged);
}

static void utf_16_and_utf_32_without_a_mark(void **state)
{
    static const struct {
        const char *name, *label, *bytes;
        size_t length;
        const char *want;
    } table[] = {
        {"UTF-16 is big-endian", "utf-16", "\x67\x2c\x65\x87", 4, "本文"},
        {"UTF-16, ASCII, big-endian", "utf-16", "\0o\0k", 4, "ok"},
        {"UTF-16, clearly little-endian", "utf-16", "o\0k\0", 4, "ok"},
        {"UTF-16, kana, little-endian", "utf-16", "\x42\x30\x44\x30", 4, "あい"},
        {"UTF-16, digits, little-endian", "utf-16",
         "0\0"
         "0\0\n\0",
         6, "00\n"},
        {"UTF-16, digits, big-endian", "utf-16",
         "\0"
         "0\0"
         "0",
         4, "00"},
        {"UTF-16, marked", "utf-16", "\xfe\xff\x67\x2c", 4, "本"},
        {"UTF-16LE", "utf16le", "\x2c\x67", 2, "本"},
        {"UCS-2", "ucs-2", "\x67\x2c", 2, "本"},
        {"UTF-32 is big-endian", "utf-32", "\0\0\x67\x2c", 4, "本"},
        {"UTF-32, clearly little-endian", "UTF-32", "\x2c\x67\0\0", 4, "本"},
        {"UTF-32, marked", "utf-32", "\xff\xfe\0\0\x2c\x67\0\0", 8, "本"},
        {"UTF-32LE", "utf-32le", "\x2c\x67\0\0", 4, "本"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text =
            charset_decode(table[i].label, table[i].bytes, table[i].length, &damaged, &unknown);
        if (strcmp(text, table[i].want) != 0 || damaged || unknown)
            fail_msg("%s: got '%s', damaged %d, unknown %d", table[i].name, text, damaged, unknown);
    }
}

/* What is undeclared and not UTF-8 is told by how it reads. */
static void guesses_japanese(void **state)
{
    static const struct {
        const char *text, *shift_jis, *euc;
    } table[] = {
        {"重要連絡", "\x8f\x64\x97\x76\x98\x41\x97\x8d", "\xbd\xc5\xcd\xd7\xcf\xa2\xcd\xed"},
        {"障害", "\x8f\xe1\x8a\x51", "\xbe\xe3\xb3\xb2"},
        {"確認", "\x8a\x6d\x94\x46", "\xb3\xce\xc7\xa7"},
        {"AWS 障害報告 RDS", "AWS \x8f\xe1\x8a\x51\x95\xf1\x8d\x90 RDS",
         "AWS \xbe\xe3\xb3\xb2\xca\xf3\xb9\xf0 RDS"},
        {"【AWS】請求書",
         "\x81\x79"
         "AWS\x81\x7a\x90\xbf\x8b\x81\x8f\x91",
         "\xa1\xda"
         "AWS\xa1\xdb\xc0\xc1\xb5\xe1\xbd\xf1"},
        {"EC2 の停止", "EC2 \x82\xcc\x92\xe2\x8e\x7e", "EC2 \xa4\xce\xc4\xe4\xbb\xdf"},
        {"①件", "\x87\x40\x8c\x8f", "\xad\xa1\xb7\xef"},
        {"7月分", "7\x8c\x8e\x95\xaa", "7\xb7\xee\xca\xac"},
        {"山田太郎 <a@b.jp>", "\x8e\x52\x93\x63\x91\xbe\x98\x59 <a@b.jp>",
         "\xbb\xb3\xc5\xc4\xc2\xc0\xcf\xba <a@b.jp>"},
        {"ｱﾏｿﾞﾝ", "\xb1\xcf\xbf\xde\xdd", "\x8e\xb1\x8e\xcf\x8e\xbf\x8e\xde\x8e\xdd"},
        {"脆弱性", "\x90\xc6\x8e\xe3\x90\xab", "\xc0\xc8\xbc\xe5\xc0\xad"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const char *const written[] = {table[i].shift_jis, table[i].euc};
        for (size_t j = 0; j < G_N_ELEMENTS(written); j++) {
            bool damaged = false;
            g_autofree char *text = charset_decode(NULL, written[j], strlen(written[j]), &damaged, NULL);
            if (strcmp(text, table[i].text) != 0 || damaged)
                fail_msg("%s, %s: got '%s'", table[i].text, j == 0 ? "Shift_JIS" : "EUC-JP", text);
        }
    }
}

static void takes_no_western_text_for_japanese(void **state)
{
    static const char *const texts[] = {
        "Frösche",
        "Größe",
        "café",
        "São Paulo",
        "Weiß",
        "Straße",
        "MÜLLER",
        "Müller",
        "Grüße aus Köln",
        "Kündigung Ihres Vertrags",
        "Übersicht",
        "Äpfel",
        "Öl",
        "ÄÖÜ",
        "für",
        "über",
        "Überprüfung",
        "señor",
        "mañana",
        "¿Qué?",
        "¡Último aviso!",
        "¡ÚLTIMA HORA!",
        "Notificación",
        "Información",
        "Año",
        "España",
        "¿Él viene?",
        "Facturación de su cuenta",
        "acción requerida",
        "próximo",
        "été",
        "créée",
        "déjà vu",
        "à la carte",
        "façon",
        "naïve",
        "Noël",
        "où",
        "Été",
        "l’été",
        "œuvre",
        "sécurité",
        "Avis de résiliation : données",
        "« Bonjour »",
        "Sécurité renforcée – élevée",
        "Ångström",
        "smörgåsbord",
        "Blåbærsyltetøy",
        "Sjælland",
        "på svenska",
        "Är",
        "Øre",
        "København",
        "här är det",
        "æøå",
        "åäö",
        "ação",
        "não",
        "ões",
        "atenção: manutenção",
        "João",
        "Conceição",
        "È vero",
        "perché",
        "città",
        "più",
        "it’s",
        "don’t",
        "AWS’s",
        "“Hello” he said",
        "A–B",
        "5–7",
        "•Item",
        "Price: €100",
        "AWS™",
        "Wait…",
        "„Hallo“",
        "‚Wort‘ ist",
        "100 °C",
        "±5",
        "© 2024 Amazon",
        "§ 5",
        "½ cup",
        "No. 5 º",
        "£5",
        "µs",
        "20 µm",
        "¥100",
        "R&D — AWS",
        "Ænd",
        "Þór",
        "Ísland",
        "çok",
        "«É»",
        "É",
        "é",
        "à",
        "ñ",
        "Ñandú",
        "ÑANDÚ",
        "ÉTÉ",
        "À",
        "piñata—fiesta",
        "·¸¸·´¯`·¸¸·´¯`·¸¸·´¯`",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        bool damaged = false;
        gsize length;
        g_autofree char *bytes = g_convert(texts[i], -1, "CP1252", "UTF-8", NULL, &length, NULL);
        assert_non_null(bytes);
        g_autofree char *text = charset_decode(NULL, bytes, length, &damaged, NULL);
        if (strcmp(text, texts[i]) != 0)
            fail_msg("%s: got '%s'", texts[i], text);
    }
}

/* What stands near says what too few bytes cannot. */
static void a_hint_helps(void **state)
{
    static const struct {
        const char *hint, *bytes, *want;
    } table[] = {
        {"shift_jis", "\x95\x5c", "表"},
        {"iso-2022-jp", "\x95\x5c", "表"},
        {"iso-2022-jp", "\xb0\xec", "一"},
        {"shift_jis", "\xb6\xb7\xb8\xb9", "ｶｷｸｹ"},
        {"euc-jp", "\xb6\xb7\xb8\xb9", "況弦"},
        {"gb2312", "\xb9\xd8\xd3\xda\xbb\xe1\xd2\xe9", "关于会议"},
        {"euc-kr", "\xbe\xc8\xb3\xe7", "안녕"},
        {"windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
        {"iso-8859-1", "\x8f\xe1\x8a\x51\x95\xf1", "障害報"},
        {"gb2312", "\x82\xb1\x82\xf1\x82\xc9", "こんに"},
        {"gb2312", "caf\xe9 ole", "café ole"},
        {"utf-8", "caf\xe9 ole", "café ole"},
        {"nobody", "caf\xe9 ole", "café ole"},
        {"shift_jis", "本", "本"},
        {"shift_jis", "\x1b$BF|\x1b(B", "日"},
        {NULL, "\x8f\xe1\x8a\x51", "障害"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        bool damaged = false;
        g_autofree char *text =
            charset_decode_near(table[i].hint, table[i].bytes, strlen(table[i].bytes), &damaged);
        if (strcmp(text, table[i].want) != 0)
            fail_msg("near %s: got '%s', want '%s'", table[i].hint, text, table[i].want);
    }
}

static void nothing_is_nothing(void **state)
{
    static const char *const labels[] = {NULL, "utf-8", "shift_jis", "iso-2022-jp", "nobody"};
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        bool damaged = false, unknown = false;
        g_autofree char *text = charset_decode(labels[i], NULL, 0, &damaged, &unknown);
        assert_string_equal(text, "");
    }
}

/* Two bytes of JIS X 0212 that are no character are one mark, not one for each of EUC's three. */
static void a_character_that_is_none_is_marked_once(void **state)
{
    bool damaged = false, unknown = false;
    g_autofree char *jis = charset_decode("iso-2022-jp", "\x1b$(D\"/!!\x1b(Bx", 12, &damaged, &unknown);
    g_autofree char *euc = charset_decode("euc-jp", "\x8f\xa1\xa1x\x8fy", 6, &damaged, &unknown);
    assert_string_equal(jis, "\u02d8\ufffdx");
    assert_string_equal(euc, "\ufffdx\ufffdy");
    assert_true(damaged);
}

static void whatever_comes_is_valid_utf8(void **state)
{
    static const char *const labels[] = {NULL,           "utf-8",        "shift_jis",    "euc-jp",
                                         "iso-2022-jp",  "gb18030",      "iso-2022-kr",  "utf-7",
                                         "utf-16",       "big5",         "euc-kr",       "nobody",
                                         "hz-gb-2312",   "utf-32",       "euc-jisx0213", "shift_jisx0213",
                                         "windows-1258", "windows-1252", "euc-tw",       "johab"};
    g_autoptr(GRand) random = g_rand_new_with_seed(20261124);
    for (int round = 0; round < 400; round++) {
        char bytes[200];
        size_t length = (size_t)g_rand_int_range(random, 0, sizeof bytes);
        for (size_t i = 0; i < length; i++)
            bytes[i] = g_rand_int_range(random, 0, 6) == 0 ? '\x1b' : (char)g_rand_int_range(random, 0, 256);
        for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
            bool damaged = false, unknown = false;
            g_autofree char *text = charset_decode(labels[i], bytes, length, &damaged, &unknown);
            assert_true(g_utf8_validate(text, -1, NULL));
            assert_true(strlen(text) <= length * 3 + 3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(nul_hides_nothing),
        cmocka_unit_test(utf_16_is_decoded_with_its_zero_bytes),
        cmocka_unit_test(utf_16_and_utf_32_without_a_mark),
        cmocka_unit_test(guesses_japanese),
        cmocka_unit_test(takes_no_western_text_for_japanese),
        cmocka_unit_test(a_hint_helps),
        cmocka_unit_test(nothing_is_nothing),
        cmocka_unit_test(a_character_that_is_none_is_marked_once),
        cmocka_unit_test(whatever_comes_is_valid_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
