/* The language of a mail, and the halves of a bilingual one. Japanese is told from English by script, line by
 * line: a mail is bilingual when some line parts Japanese before it from English behind it, or the other way
 * round, each a text that could be the other's translation. A line that says where the other language begins
 * parts them where it stands. */
#include "rules/notice_inside.h"
#include "rules/literals.h"
#include "base/json.h"

#include <string.h>

enum {
    JAPANESE_LEAST = 12, /* characters, and letters, of a half */
    ENGLISH_LEAST = 30,
    MARK_BYTES = 120,
    WORDS_BYTES = 20000,
    SHORT_WORD = 12
};

struct script {
    size_t kana, han, hangul, letters; /* letters: ASCII, outside links */
};

static bool is_kana(gunichar character)
{
    return (character >= 0x3041 && character <= 0x30fa) || (character >= 0xff66 && character <= 0xff9d);
}

static bool is_han(gunichar character)
{
    return character >= 0x4e00 && character <= 0x9fff;
}

/* Behind the link that begins there. */
static const char *behind_link(const char *at, const char *end)
{
    while (at < end && (guchar)*at > ' ' && *at != '>')
        at++;
    return at;
}

static void count_script(const char *at, const char *end, struct script *script)
{
    while (at < end) {
        if (*at == 'h' && (g_str_has_prefix(at, "http://") || g_str_has_prefix(at, "https://"))) {
            at = behind_link(at, end);
            continue;
        }
        if ((guchar)*at < 0x80) {
            script->letters += g_ascii_isalpha(*at);
            at++;
            continue;
        }
        gunichar character = g_utf8_get_char(at);
        script->kana += is_kana(character);
        script->han += is_han(character);
        script->hangul += character >= 0xac00 && character <= 0xd7a3;
        at = g_utf8_next_char(at);
    }
}

struct line {
    size_t japanese, english; /* characters, and letters, of all lines before */
    size_t offset;            /* where it begins */
    bool mark_en, mark_ja;    /* it says that this language follows */
};

static bool has_mark(const GPtrArray *marks, const char *at, size_t length)
{
    if (length > MARK_BYTES)
        return false;
    g_autofree char *line = g_strndup(at, length), *squeezed = literals_squeeze(line);
    for (guint i = 0; i < marks->len; i++)
        if (strstr(squeezed, marks->pdata[i]) != NULL && strlen(squeezed) < strlen(marks->pdata[i]) + 40)
            return true;
    return false;
}

/* The lines, and one behind the last. */
static GArray *lines_of(const struct notice_data *data, const char *text)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    struct line line = {0};
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        struct script script = {0};
        count_script(at, at + length, &script);
        line.mark_en = has_mark(data->marks_en, at, length);
        line.mark_ja = has_mark(data->marks_ja, at, length);
        g_array_append_val(lines, line);
        size_t japanese = script.kana + script.han;
        line.japanese += japanese;
        line.english += japanese == 0 ? script.letters : 0;
        at += length + (at[length] == '\n');
        line.offset = (size_t)(at - text);
    }
    line.mark_en = line.mark_ja = false;
    g_array_append_val(lines, line);
    return lines;
}

struct halves {
    const char *first, *second; /* languages; NULL: the text is in one */
    size_t parted;              /* where the second begins */
};

static bool are_halves(size_t japanese, size_t english, size_t japanese_among_english, size_t all_japanese)
{
    return japanese >= JAPANESE_LEAST && english >= ENGLISH_LEAST && english >= japanese &&
           japanese * 7 >= english && japanese_among_english * 5 <= all_japanese;
}

/* How well the text parts before the line, Japanese first. */
static int64_t score_of(const struct line *line, const struct line *all)
{
    int64_t japanese = (int64_t)line->japanese, english = (int64_t)line->english;
    return 2 * (2 * japanese - (int64_t)all->japanese) + (int64_t)all->english - 2 * english;
}

static struct halves halves_of(const struct notice_data *data, const char *text)
{
    struct script whole = {0};
    count_script(text, text + strlen(text), &whole);
    if (whole.kana + whole.han < JAPANESE_LEAST || whole.letters < ENGLISH_LEAST)
        return (struct halves){0};
    g_autoptr(GArray) lines = lines_of(data, text);
    const struct line *list = (const struct line *)(void *)lines->data, *all = &list[lines->len - 1];
    const struct line *ja_first = list, *en_first = list, *marked = NULL;
    for (guint i = 1; i < lines->len; i++) {
        ja_first = score_of(&list[i], all) > score_of(ja_first, all) ? &list[i] : ja_first;
        en_first = score_of(&list[i], all) < score_of(en_first, all) ? &list[i] : en_first;
        if ((list[i].mark_en || list[i].mark_ja) && marked == NULL)
            marked = &list[i];
    }
    bool japanese_first = score_of(ja_first, all) >= -score_of(en_first, all);
    const struct line *parted = japanese_first ? ja_first : en_first;
    if (marked != NULL && (japanese_first ? marked->mark_en : marked->mark_ja) &&
        are_halves(japanese_first ? marked->japanese : all->japanese - marked->japanese,
                   japanese_first ? all->english - marked->english : marked->english, 0, 1))
        parted = marked;
    size_t before_ja = parted->japanese, behind_ja = all->japanese - parted->japanese;
    size_t before_en = parted->english, behind_en = all->english - parted->english;
    bool both = japanese_first ? are_halves(before_ja, behind_en, behind_ja, all->japanese)
                               : are_halves(behind_ja, before_en, before_ja, all->japanese);
    if (!both)
        return (struct halves){0};
    return (struct halves){japanese_first ? "ja" : "en", japanese_first ? "en" : "ja", parted->offset};
}

/* A bit each that has the word. */
static guint languages_of_word(const struct notice_data *data, const char *word, size_t length)
{
    char key[SHORT_WORD];
    for (size_t i = 0; i < length; i++)
        key[i] = g_ascii_tolower(word[i]);
    key[length] = '\0';
    return GPOINTER_TO_UINT(g_hash_table_lookup(data->words, key));
}

/* The language with most short words; NULL: none has two, and the text is not plain English letters. */
static const char *language_by_words(const struct notice_data *data, const char *text)
{
    size_t counts[32] = {0}, length = strnlen(text, WORDS_BYTES), best = 0;
    bool plain = true, letters = false;
    for (const char *at = text, *end = text + length; at < end;) {
        size_t word = 0;
        while (at + word < end && (g_ascii_isalpha(at[word]) || (guchar)at[word] >= 0x80))
            word++;
        for (size_t i = 0; i < word; i++)
            plain = plain && (guchar)at[i] < 0x80;
        letters = letters || word > 1;
        guint known = word > 0 && word < SHORT_WORD ? languages_of_word(data, at, word) : 0;
        for (guint i = 0; known != 0 && i < data->languages->len; i++)
            counts[i] += known >> i & 1;
        at += MAX(word, 1);
    }
    for (guint i = 1; i < data->languages->len; i++)
        best = counts[i] > counts[best] ? i : best;
    if (data->languages->len > 0 && counts[best] >= 2)
        return data->languages->pdata[best];
    return plain && letters ? "en" : NULL;
}

static const char *language_of(const struct notice_data *data, const char *text)
{
    struct script all = {0};
    count_script(text, text + strlen(text), &all);
    if (all.kana >= 3 && (all.kana + all.han) * 4 >= all.letters)
        return "ja";
    if (all.hangul >= 3 && all.hangul * 4 >= all.letters)
        return "ko";
    if (all.kana == 0 && all.han >= 3 && all.han * 4 >= all.letters)
        return "zh";
    return language_by_words(data, text);
}

void notice_read_language(struct reading *reading)
{
    const char *text = message_text(reading->message);
    const struct notice_data *data = reading->set->notice;
    if (text[strspn(text, " \n\t")] == '\0')
        text = reading_subject(reading);
    const char *language = halves_of(data, text).first != NULL ? "ja+en" : language_of(data, text);
    json_object_set_new(reading->notice, "language", json_text_new(language));
}

/* A text by its languages, the first one's first; of a text that is in one, or in none that is known, all of
 * it. */
struct texts {
    const char *languages[2]; /* NULL: none */
    char *texts[2];
};

static void texts_free(void *data)
{
    struct texts *texts = data;
    g_free(texts->texts[0]);
    g_free(texts->texts[1]);
    g_free(texts);
}

static struct texts *texts_of(const struct notice_data *data, const char *text)
{
    struct halves halves = halves_of(data, text);
    struct texts *texts = g_new0(struct texts, 1);
    bool both = halves.first != NULL;
    const char *second = text + halves.parted;
    texts->languages[0] = both ? halves.first : language_of(data, text);
    texts->texts[0] = both ? g_strchomp(g_strndup(text, halves.parted)) : g_strdup(text);
    texts->languages[1] = halves.second;
    texts->texts[1] = both ? g_strdup(second + strspn(second, "\n")) : NULL;
    return texts;
}

/* Read once a message, however often a rule asks. */
const char *notice_half(struct reading *reading, struct message *message, const char *language)
{
    if (reading->halves == NULL)
        reading->halves = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, texts_free);
    struct texts *texts = g_hash_table_lookup(reading->halves, message);
    if (texts == NULL) {
        texts = texts_of(reading->set->notice, message_text(message));
        g_hash_table_insert(reading->halves, message, texts);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(texts->texts); i++)
        if (g_strcmp0(texts->languages[i], language) == 0)
            return texts->texts[i];
    return NULL;
}
