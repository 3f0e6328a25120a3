/* What bytes are that declare nothing: Shift_JIS, EUC-JP, or Western. Each reading gets points for what
 * people write and loses them for what nobody does; that needs no table but the order of JIS X 0208, whose
 * rows are kana, the kanji of daily life (level 1), and others. A wrong guess is as bad for "Größe" as it is
 * for 重要, so a kanji alone among letters is none. */
#include "mail/charset_inside.h"

#include <string.h>

enum kind {
    LETTER, /* ASCII, as the next two */
    DIGIT,
    OTHER,
    KANA,
    LEVEL_1,
    PUNCTUATION, /* of JIS, in daily use */
    SYMBOL,
    WIDE,    /* letters and digits of full width */
    FOREIGN, /* Greek, Cyrillic, lines */
    LEVEL_2,
    RARE,   /* of vendors, and of JIS X 0212 */
    NARROW, /* kana of half width */
    NONE,   /* private or undefined */
    BROKEN,
};

enum {
    FEW = 4,         /* kana of half width: fewer are the capitals of Western text */
    MANY_KANJI = 24, /* who writes so many writes kana too */
    TOLERANCE = 20,  /* one broken character in so many is damage */
    SURE = 8,
};

struct unit {
    enum kind kind;
    size_t length;
    unsigned char first;
};

static enum kind kind_of_ascii(unsigned char byte)
{
    return g_ascii_isalpha(byte) ? LETTER : g_ascii_isdigit(byte) ? DIGIT : OTHER;
}

static enum kind kind_of_symbol(unsigned cell)
{
    static const unsigned char daily[] = {2,  3,  4,  5,  6,  7,  8,  9,  10, 28, 33,
                                          42, 43, 46, 47, 54, 55, 56, 57, 58, 59};
    return memchr(daily, (int)cell, sizeof daily) != NULL ? PUNCTUATION : SYMBOL;
}

static enum kind kind_of_cell(unsigned row, unsigned cell)
{
    if (row == 1)
        return kind_of_symbol(cell);
    if (row == 2 || row == 13)
        return SYMBOL;
    if (row == 3)
        return WIDE;
    if (row == 4 || row == 5)
        return cell <= (row == 4 ? 83 : 86) ? KANA : NONE;
    if (row <= 8)
        return FOREIGN;
    if (row >= 16 && row <= 47)
        return row < 47 || cell <= 51 ? LEVEL_1 : NONE;
    if (row >= 48 && row <= 84)
        return row < 84 || cell <= 6 ? LEVEL_2 : NONE;
    if ((row >= 89 && row <= 92) || (row >= 115 && row <= 119))
        return RARE;
    return NONE;
}

static bool is_between(unsigned char byte, unsigned char low, unsigned char high)
{
    return byte >= low && byte <= high;
}

static struct unit read_euc(const unsigned char *at, size_t left)
{
    if (*at < 0x80)
        return (struct unit){kind_of_ascii(*at), 1, *at};
    if (*at == 0x8e && left >= 2 && is_between(at[1], 0xa1, 0xdf))
        return (struct unit){NARROW, 2, at[1]};
    if (*at == 0x8f && left >= 3 && is_between(at[1], 0xa1, 0xfe) && is_between(at[2], 0xa1, 0xfe))
        return (struct unit){RARE, 3, *at};
    if (is_between(*at, 0xa1, 0xfe) && left >= 2 && is_between(at[1], 0xa1, 0xfe))
        return (struct unit){kind_of_cell(*at - 0xa0u, at[1] - 0xa0u), 2, *at};
    return (struct unit){BROKEN, 1, *at};
}

static struct unit read_shift_jis(const unsigned char *at, size_t left)
{
    if (*at < 0x80)
        return (struct unit){kind_of_ascii(*at), 1, *at};
    if (is_between(*at, 0xa1, 0xdf))
        return (struct unit){NARROW, 1, *at};
    bool leads = is_between(*at, 0x81, 0x9f) || is_between(*at, 0xe0, 0xfc);
    if (!leads || left < 2 || !is_between(at[1], 0x40, 0xfc) || at[1] == 0x7f)
        return (struct unit){BROKEN, 1, *at};
    unsigned row = (*at - (*at < 0xa0 ? 0x81u : 0xc1u)) * 2 + 1, cell = at[1] - 0x3fu - (at[1] > 0x7f);
    if (cell > 94) {
        row++;
        cell -= 94;
    }
    return (struct unit){kind_of_cell(row, cell), 2, *at};
}

typedef struct unit reader(const unsigned char *at, size_t left);

/* A run of characters that are not ASCII, of one width. */
struct run {
    const unsigned char *start;
    size_t length, bytes, counts[BROKEN + 1];
    bool narrow, voiced_wrongly, beside_letter, beside_digit;
};

static bool takes_voice(unsigned char kana, unsigned char mark)
{
    bool half = is_between(kana, 0xca, 0xce);
    return mark == 0xdf ? half : half || is_between(kana, 0xb6, 0xc4) || kana == 0xb3;
}

static void add_unit(struct run *run, const struct unit *unit, unsigned char before)
{
    bool mark = unit->kind == NARROW && unit->first >= 0xde;
    if (mark && (run->length == 0 || !takes_voice(before, unit->first)))
        run->voiced_wrongly = true;
    run->narrow = unit->kind == NARROW;
    run->counts[unit->kind]++;
    run->length++;
    run->bytes += unit->length;
}

static int score_run(const struct run *run)
{
    static const int together[] = {
        [KANA] = 6,     [LEVEL_1] = 4, [PUNCTUATION] = 4, [SYMBOL] = 1, [WIDE] = 2,    [FOREIGN] = 0,
        [LEVEL_2] = -4, [RARE] = -2,   [NARROW] = -2,     [NONE] = -16, [BROKEN] = -16};
    static const int alone[] = {
        [KANA] = 5,     [LEVEL_1] = 0, [PUNCTUATION] = 2, [SYMBOL] = 0, [WIDE] = -2,   [FOREIGN] = -4,
        [LEVEL_2] = -6, [RARE] = -6,   [NARROW] = -2,     [NONE] = -16, [BROKEN] = -16};
    int score = 0;
    bool plausible = run->length >= FEW && !run->voiced_wrongly;
    if (run->narrow && plausible) /* in EUC each of them is marked as one */
        return (int)MIN(run->length, 1 << 20) * (run->bytes > run->length ? 5 : 1);
    for (size_t kind = KANA; kind <= BROKEN; kind++)
        score += (int)MIN(run->counts[kind], 1 << 20) * (run->length > 1 ? together : alone)[kind];
    if (run->length == 1 && run->counts[KANA] + run->counts[PUNCTUATION] == 0)
        score += run->beside_letter ? -4 : run->beside_digit && run->counts[LEVEL_1] > 0 ? 2 : 0;
    return score;
}

struct reading {
    const char *name;
    gint64 score;
    size_t kana, kanji, broken;
    bool drawn; /* all of its bytes are signs in Western text */
};

static void stand_beside(struct run *run, enum kind kind)
{
    run->beside_letter |= kind == LETTER;
    run->beside_digit |= kind == DIGIT;
}

static void end_run(struct run *run, struct reading *reading, enum kind behind)
{
    stand_beside(run, behind);
    if (run->length > 0)
        reading->score += score_run(run);
    *run = (struct run){0};
}

static struct reading read_japanese(const char *name, reader *read, const char *bytes, size_t length)
{
    struct reading reading = {.name = name, .drawn = true};
    struct run run = {0};
    struct unit unit = {OTHER, 0, 0}, last;
    for (size_t i = 0; i < length; i += unit.length) {
        last = unit;
        unit = read((const unsigned char *)bytes + i, length - i);
        reading.kanji += unit.kind == LEVEL_1 || unit.kind == LEVEL_2;
        reading.kana += unit.kind == KANA;
        reading.broken += unit.kind == BROKEN || unit.kind == NONE;
        for (size_t byte = 0; byte < unit.length; byte++)
            reading.drawn &= unit.kind < KANA || is_between((unsigned char)bytes[i + byte], 0xa1, 0xbf);
        bool ascii = unit.kind < KANA;
        if (ascii || (run.length > 0 && run.narrow != (unit.kind == NARROW)))
            end_run(&run, &reading, unit.kind);
        if (ascii)
            continue;
        if (run.length == 0)
            stand_beside(&run, last.kind);
        add_unit(&run, &unit, last.first);
    }
    end_run(&run, &reading, OTHER);
    return reading;
}

/* Kanji without kana are few; those whose bytes are all signs in Western text are a line drawn with them. */
static bool is_plausible(const struct reading *reading)
{
    bool drawn = reading->kanji >= FEW && reading->drawn;
    return reading->broken * TOLERANCE <= reading->kana + reading->kanji &&
           (reading->kana > 0 || (reading->kanji <= MANY_KANJI && !drawn));
}

static bool is_western_letter(unsigned char byte)
{
    return (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7) || strchr("\xaa\xb5\xba", byte) != NULL;
}

static bool is_capital(unsigned char byte)
{
    return g_ascii_isupper(byte) || is_between(byte, 0xc0, 0xde);
}

/* How well a byte of cp1252 stands between its neighbours, which are blanks at either end. */
static int score_western(unsigned char before, unsigned char byte, unsigned char behind)
{
    bool word_before = g_ascii_isalnum(before), word_behind = g_ascii_isalnum(behind);
    if (is_western_letter(byte)) {
        bool rises = is_capital(byte) && (g_ascii_islower(before) || before >= 0xdf);
        return rises ? -4 : g_ascii_isalpha(before) || g_ascii_isalpha(behind) ? 4 : 0;
    }
    if (strchr("\x8a\x8c\x8e\x9a\x9c\x9e\x9f", byte) != NULL) /* letters of few languages */
        return g_ascii_isalpha(before) || g_ascii_isalpha(behind) ? 1 : 0;
    if (strchr("\x81\x8d\x8f\x90\x9d", byte) != NULL)
        return -16;
    if (byte == 0x92 || byte == 0x96 || byte == 0x97) /* apostrophe and dashes */
        return (word_before && word_behind) || (before == ' ' && behind == ' ') ? 2 : 0;
    if (strchr("\x82\x84\x8b\x91\x93\xa1\xab\xbf", byte) != NULL) /* what opens */
        return !word_before && behind > ' ' ? 2 : 0;
    if (strchr("\x94\x9b\xbb", byte) != NULL) /* what closes */
        return before > ' ' && !g_ascii_isalpha(behind) ? 2 : 0;
    if (byte < 0xa0 && strchr("\x80\x85\x95\x99", byte) == NULL)
        return -2; /* hardly anybody types these */
    return 0;
}

static struct reading read_western(const char *bytes, size_t length)
{
    struct reading reading = {.name = "CP1252"};
    const unsigned char *at = (const unsigned char *)bytes;
    for (size_t i = 0; i < length; i++)
        if (at[i] >= 0x80)
            reading.score += score_western(i > 0 ? at[i - 1] : ' ', at[i], i + 1 < length ? at[i + 1] : ' ');
    return reading;
}

bool charset_is_japanese(const char *name)
{
    static const char *const names[] = {"CP932", "EUC-JP-MS", "SHIFT_JISX0213", "EUC-JISX0213", CHARSET_JIS};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Whether a charset that is declared nearby says something of bytes above ASCII. */
static bool tells(const char *hint)
{
    static const char *const silent[] = {"utf", "UTF", "us-ascii", "hz", "ISO-2022"};
    for (size_t i = 0; hint != NULL && i < G_N_ELEMENTS(silent); i++)
        if (g_str_has_prefix(hint, silent[i]))
            return false;
    return hint != NULL;
}

const char *charset_guess(const char *hint, const char *bytes, size_t length, bool *sure)
{
    struct reading euc = read_japanese("EUC-JP-MS", read_euc, bytes, length);
    struct reading shift_jis = read_japanese("CP932", read_shift_jis, bytes, length);
    struct reading western = read_western(bytes, length);
    bool told = tells(hint), western_told = told && strcmp(hint, "CP1252") == 0;
    if (told && charset_is_japanese(hint)) {
        euc.score += strcmp(hint, "EUC-JP-MS") == 0 ? 12 : 8;
        shift_jis.score += strcmp(hint, "CP932") == 0 ? 12 : 8;
    } else if (western_told) {
        western.score += 4;
    }
    const struct reading *best = euc.score > shift_jis.score ? &euc : &shift_jis;
    bool japanese = is_plausible(best) && best->score > western.score;
    *sure = japanese && best->broken == 0 && best->score >= SURE;
    if (told && !charset_is_japanese(hint) && !(*sure && (western_told || best->kana > 0)))
        return hint; /* kanji are Chinese too */
    return japanese && best->score >= 0 ? best->name : western.name;
}
