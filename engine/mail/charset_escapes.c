/* Charsets that switch by escapes, in seven bits. glibc's ISO-2022-JP knows no vendor characters, and its
 * ISO-2022-JP-2 is strict, so what stands between two escapes becomes bytes of a charset without escapes: EUC
 * of whatever set was named. Damage stays within its run. */
#include "mail/charset_inside.h"

#include <string.h>

struct set {
    const char *escape, *name; /* without its ESC; of the charset that has it in its upper half */
    unsigned char width, lead; /* bytes of a character; what its charset wants before it */
};

static const struct set sets[] = {
    {"(B", NULL, 0, 0},
    {"(J", NULL, 0, 0},
    {"(H", NULL, 0, 0},
    {"&@", NULL, 0, 0}, /* announces an edition of JIS X 0208 */
    {"$B", "EUC-JP-MS", 2, 0},
    {"$@", "EUC-JP-MS", 2, 0},
    {"$(B", "EUC-JP-MS", 2, 0},
    {"$(@", "EUC-JP-MS", 2, 0},
    {"(I", "EUC-JP-MS", 1, 0x8e},
    {"$(D", "EUC-JP-MS", 2, 0x8f},
    {"$(O", "EUC-JISX0213", 2, 0},
    {"$(Q", "EUC-JISX0213", 2, 0},
    {"$(P", "EUC-JISX0213", 2, 0x8f},
    {"$A", "GB18030", 2, 0},
    {"$(A", "GB18030", 2, 0},
    {"$(C", "CP949", 2, 0},
};

/* ISO-2022-JP-2: a set for single characters behind ESC N. */
static const struct set singles[] = {{".A", "CP1252", 1, 0}, {".F", "ISO-8859-7", 1, 0}};

static const struct set *find_set(const struct set *all, size_t count, const char *at, size_t left)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(all[i].escape);
        if (length <= left && memcmp(all[i].escape, at, length) == 0)
            return &all[i];
    }
    return NULL;
}

bool charset_has_escapes(const char *bytes, size_t length)
{
    const char *end = bytes + length;
    for (const char *at = bytes; (at = memchr(at, 0x1b, (size_t)(end - at))) != NULL;) {
        at++;
        const struct set *set = find_set(sets, G_N_ELEMENTS(sets), at, (size_t)(end - at));
        if (set != NULL && set->name != NULL)
            return true;
    }
    return false;
}

struct run {
    GString *text;
    const char *name; /* of `bytes` */
    GByteArray *bytes;
    bool *damaged;
};

/* The six characters of JIS X 0208 for which Microsoft's table has another one: ISO-2022-JP means the
 * standard's, and a person types that. */
static void append_standard_forms(GString *text, const char *from)
{
    static const struct {
        gunichar microsoft, standard;
    } forms[] = {{0xff5e, 0x301c}, {0x2225, 0x2016}, {0xff0d, 0x2212},
                 {0xffe0, 0xa2},   {0xffe1, 0xa3},   {0xffe2, 0xac}};
    for (; *from != '\0'; from = g_utf8_next_char(from)) {
        gunichar character = g_utf8_get_char(from);
        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
            if (character == forms[i].microsoft)
                character = forms[i].standard;
        g_string_append_unichar(text, character);
    }
}

static void flush(struct run *run)
{
    if (run->bytes->len == 0)
        return;
    g_autofree char *text =
        charset_convert(run->name, (const char *)run->bytes->data, run->bytes->len, run->damaged);
    if (strcmp(run->name, "EUC-JP-MS") == 0)
        append_standard_forms(run->text, text);
    else
        g_string_append(run->text, text);
    g_byte_array_set_size(run->bytes, 0);
}

static void append(struct run *run, const char *name, const unsigned char *bytes, size_t length)
{
    if (strcmp(run->name, name) != 0)
        flush(run);
    run->name = name;
    g_byte_array_append(run->bytes, bytes, (guint)length);
}

static bool is_graphic(char byte)
{
    return byte > 0x20 && byte < 0x7f;
}

/* The character at `at`, in its set's upper half; returns how many bytes it took. */
static size_t append_character(struct run *run, const struct set *set, const char *at, size_t left)
{
    unsigned char out[3];
    size_t width = set->width, length = 0;
    if (set->lead != 0)
        out[length++] = set->lead;
    for (size_t i = 0; i < width; i++) {
        if (i >= left || !is_graphic(at[i])) {
            append(run, set->name, (const unsigned char *)"\xff", 1); /* is none: it will be marked */
            return 1;
        }
        out[length++] = (unsigned char)at[i] | 0x80;
    }
    append(run, set->name, out, length);
    return width;
}

static struct run run_new(const char *name, size_t length, bool *damaged)
{
    return (struct run){g_string_sized_new(length + 16), name, g_byte_array_sized_new((guint)length),
                        damaged};
}

static char *run_end(struct run *run)
{
    flush(run);
    g_byte_array_unref(run->bytes);
    return g_string_free(run->text, FALSE);
}

char *charset_from_jis(const char *bytes, size_t length, bool *damaged)
{
    struct run run = run_new("EUC-JP-MS", length, damaged);
    const struct set *set = sets, *single = NULL, *found;
    for (size_t i = 0; i < length;) {
        const char *at = bytes + i;
        size_t left = length - i - 1; /* behind this byte */
        if (*at == 0x1b && (found = find_set(sets, G_N_ELEMENTS(sets), at + 1, left)) != NULL) {
            set = found;
            i += 1 + strlen(found->escape);
        } else if (*at == 0x1b && (found = find_set(singles, G_N_ELEMENTS(singles), at + 1, left)) != NULL) {
            single = found;
            i += 1 + strlen(found->escape);
        } else if (*at == 0x1b && single != NULL && left >= 2 && at[1] == 'N') {
            unsigned char upper = (unsigned char)at[2] | 0x80;
            append(&run, single->name, &upper, 1);
            i += 3;
        } else if (set->name != NULL && is_graphic(*at)) {
            i += append_character(&run, set, at, left + 1);
        } else {
            if (*at == '\n')
                set = sets;
            append(&run, "EUC-JP-MS", (const unsigned char *)at, 1);
            i++;
        }
    }
    return run_end(&run);
}

char *charset_from_hz(const char *bytes, size_t length, bool *damaged)
{
    static const struct set chinese = {"", "GB18030", 2, 0};
    struct run run = run_new("GB18030", length, damaged);
    bool inside = false;
    for (size_t i = 0; i < length;) {
        char next = bytes[i] == '~' && i + 1 < length ? bytes[i + 1] : '\0';
        if (next == '{' || next == '}' || next == '\n') { /* a line end that is none, too */
            inside = next == '{';
            i += 2;
        } else if (!inside && next == '~') {
            append(&run, "GB18030", (const unsigned char *)"~", 1);
            i += 2;
        } else if (inside && is_graphic(bytes[i])) {
            i += append_character(&run, &chinese, bytes + i, length - i);
        } else {
            inside = inside && bytes[i] != '\n';
            append(&run, "GB18030", (const unsigned char *)bytes + i, 1);
            i++;
        }
    }
    return run_end(&run);
}
