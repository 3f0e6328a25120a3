/* Cues. Those that a text is searched for one by one have a literal, which one pass looks for before any is
 * tried; those of which only the value counts are joined into one expression, of as many as have their
 * literals in the text. A cue that does not compile is an error with its place. */
#include "rules/notice_data.h"
#include "rules/literals.h"
#include "rules/needles.h"
#include "rules/notice_marks.h"
#include "rules/rule_set_inside.h"
#include "base/json.h"

#include <string.h>

static const char *const states[] = {"scheduled", "updated", "cancelled", "emergency", "completed", NULL};

enum { PATTERNS_MAXIMUM = 64 };

/* Cues of which the value counts, and no more. */
static const struct {
    const char *name, *passed; /* passed: whose cues come first, since what they take in is none; or NULL */
    const char *before, *between, *behind;
    size_t member;
} joints[] = {
    {"if_before", NULL, "(?<![0-9A-Za-z])(?:", "", ")", offsetof(struct notice_data, if_before)},
    {"if_behind", NULL, "(?:", "", ")", offsetof(struct notice_data, if_behind)},
    {"due", NULL, "(?:", "", ")", offsetof(struct notice_data, due)},
    {"resource", "no_resource", "(?<![0-9A-Za-z-])(?:(?<pass>", ")|", ")(?![0-9A-Za-z])",
     offsetof(struct notice_data, resource)},
    {"region", NULL, "(?<![0-9A-Za-z-])(?:", "", ")(?![0-9A-Za-z-])", offsetof(struct notice_data, region)},
    {"case", NULL, "(?<![0-9A-Za-z])(?:", "", ")(?![0-9A-Za-z])", offsetof(struct notice_data, case_number)},
    {"abuse_id", NULL, "(?<![0-9A-Za-z])(?:", "", ")", offsetof(struct notice_data, abuse_id)},
};

/* Its cues, and the expressions that were needed so far, of at most PATTERNS_MAXIMUM choices among them. */
struct joint {
    guint number;                        /* in joints */
    GPtrArray *passed, *all;             /* of struct cue */
    GHashTable *placeholders, *patterns; /* patterns: by a letter for each cue, whether it is in */
};

static void cue_free(void *data)
{
    struct cue *cue = data;
    g_free(cue->name);
    pattern_free(cue->pattern);
    g_array_unref(cue->needles);
    g_free(cue);
}

/* Where the group that begins there ends, and its alternatives; NULL when it is no plain group, or has a
 * count behind it. */
static const char *read_group(const char *at, GPtrArray *alternatives)
{
    const char *begin = at + 3;
    int depth = 1;
    for (at = begin; *at != '\0' && *at != '['; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
            continue;
        }
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        if (depth == 0 || (depth == 1 && *at == '|')) {
            g_ptr_array_add(alternatives, g_strndup(begin, (size_t)(at - begin)));
            begin = at + 1;
        }
        if (depth == 0)
            return strchr("?*+{", at[1]) == NULL || at[1] == '\0' ? at + 1 : NULL;
    }
    return NULL;
}

/* The first group of alternatives spelled out. false when there is none. */
static bool spell_out(const char *text, GPtrArray *spelled)
{
    for (const char *at = text; (at = strstr(at, "(?:")) != NULL; at += 3) {
        g_autoptr(GPtrArray) alternatives = g_ptr_array_new_with_free_func(g_free);
        bool escaped = at > text && at[-1] == '\\';
        const char *end = escaped ? NULL : read_group(at, alternatives);
        for (guint i = 0; end != NULL && i < alternatives->len; i++) {
            g_autofree char *head = g_strndup(text, (size_t)(at - text));
            g_ptr_array_add(spelled, g_strconcat(head, alternatives->pdata[i], end, NULL));
        }
        if (end != NULL)
            return true;
    }
    return false;
}

enum { VARIANTS_MAXIMUM = 200, NEEDLE_LEAST = 4 };

/* The expression with its alternatives spelled out, since of those no literal can be known; as far as that
 * leads to no more than some. */
static GPtrArray *variants_of(const char *text)
{
    GPtrArray *variants = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(variants, g_strdup(text));
    for (guint i = 0; i < variants->len && variants->len < VARIANTS_MAXIMUM;) {
        g_autofree char *variant = g_strdup(variants->pdata[i]);
        if (spell_out(variant, variants))
            g_ptr_array_remove_index(variants, i);
        else
            i++;
    }
    return variants;
}

/* Looking for "by" costs more than trying the cue. */
static void remove_short(GPtrArray *runs)
{
    for (guint i = runs->len; i > 0; i--)
        if (strlen(runs->pdata[i - 1]) < NEEDLE_LEAST)
            g_ptr_array_remove_index(runs, i - 1);
}

/* Bodies are in NFKC, in which no letter but s itself is an s in another case: only where a cue has letters
 * beyond ASCII may its case matter. */
static GPtrArray *literals_of_cue(const char *text)
{
    bool cased = false;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        cased = cased || (character >= 0x80 && (g_unichar_toupper(character) != character ||
                                                g_unichar_tolower(character) != character));
    }
    return literals_of(PATTERN_CUE, text, cased);
}

/* The text must have a literal of one of its variants. false, and no needle, when some variant has none. */
static bool add_needles(struct cue *cue, struct needles *needles, const char *text)
{
    g_autoptr(GPtrArray) variants = variants_of(text);
    for (guint i = 0; i < variants->len; i++) {
        g_autoptr(GPtrArray) runs = literals_of_cue(variants->pdata[i]);
        remove_short(runs);
        uint32_t needle = needles_add(needles, runs);
        if (needle == NEEDLES_NONE) {
            g_array_set_size(cue->needles, 0);
            return false;
        }
        g_array_append_val(cue->needles, needle);
    }
    return true;
}

static struct cue *cue_new(const char *name, struct pattern *pattern)
{
    struct cue *cue = g_new0(struct cue, 1);
    cue->name = g_strdup(name);
    cue->pattern = pattern;
    cue->needles = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return cue;
}

static void on_needle(uint32_t number, void *data)
{
    ((bool *)data)[number] = true;
}

bool *cue_needles_in(const struct notice_data *data, const char *text)
{
    uint32_t count = needles_count(data->needles);
    bool *found = g_new0(bool, count + 1);
    g_autofree char *squeezed = literals_squeeze(text);
    if (!needles_scan(data->needles, squeezed, strlen(squeezed), on_needle, found))
        memset(found, true, count); /* given up: any may be there */
    return found;
}

bool cue_may_hold(const struct cue *cue, const bool *needles)
{
    bool may = cue->needles->len == 0;
    for (guint i = 0; i < cue->needles->len && !may; i++)
        may = needles[g_array_index(cue->needles, uint32_t, i)];
    return may;
}

bool cue_is_torn(const char *text, size_t start)
{
    return start > 0 && g_ascii_isalnum(text[start - 1]) && g_ascii_isalnum(text[start]);
}

/* The rules' placeholders, and those that cues alone have. */
static GHashTable *placeholders_of_cues(struct rule_set *set, GHashTable *region_codes)
{
    static const char *const own[][2] = {
        {"name", "[A-Za-z0-9_.:/*-]{1,200}"},
        {"some", "(?:[^.。!?" MARK_MOMENT MARK_CLOCK "]|\\.(?=\\S)){0,100}?"},
        {"was", "[" MARK_MOMENT MARK_CLOCK "]" MARK_NUMBERS},
        {"starts", MARK_MOMENT MARK_NUMBERS},
        {"deadline", MARK_MOMENT MARK_NUMBERS},
        {"ends", "[" MARK_MOMENT MARK_CLOCK "]" MARK_NUMBERS},
        {"clock", MARK_CLOCK MARK_NUMBERS},
        {"lasting", MARK_LASTING MARK_NUMBERS},
        {"within", MARK_LASTING MARK_NUMBERS},
    };
    GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GHashTableIter at;
    void *name, *expression;
    g_hash_table_iter_init(&at, set->placeholders);
    while (g_hash_table_iter_next(&at, &name, &expression))
        g_hash_table_insert(all, g_strdup(name), g_strdup(expression));
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        g_hash_table_insert(all, g_strdup(own[i][0]), g_strdup(own[i][1]));
    g_autoptr(GString) names = g_string_new("(?:");
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(region_codes), (GCompareFunc)strcmp);
    for (GList *key = keys; key != NULL; key = key->next) {
        g_autofree char *quoted = g_regex_escape_string(key->data, -1);
        g_auto(GStrv) words = g_strsplit(quoted, " ", -1);
        g_clear_pointer(&quoted, g_free);
        quoted = g_strjoinv("[ \\n]", words);
        g_string_append_printf(names, "%s%s", key == keys ? "" : "|", quoted);
    }
    g_string_append_c(names, ')');
    g_hash_table_insert(all, g_strdup("region_name"), g_strdup(names->str));
    return all;
}

/* The text with what its placeholders stand for. Between words that is a blank or a line end, and literals
 * have neither. */
static char *spelled_out(const char *text, GHashTable *placeholders)
{
    g_autoptr(GString) all = g_string_new(NULL);
    size_t length;
    while (*text != '\0') {
        bool placeholder = *text == '{' && pattern_is_placeholder(text, &length);
        g_autofree char *name = placeholder ? g_strndup(text + 1, length - 2) : NULL;
        if (placeholder)
            g_string_append(all, g_hash_table_lookup(placeholders, name));
        else
            g_string_append_c(all, *text);
        text += placeholder ? length : 1;
    }
    g_string_replace(all, "[ \\n]", " ", 0);
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static struct joint *joint_new(guint number, GHashTable *placeholders)
{
    struct joint *joint = g_new0(struct joint, 1);
    joint->number = number;
    joint->passed = g_ptr_array_new_with_free_func(cue_free);
    joint->all = g_ptr_array_new_with_free_func(cue_free);
    joint->placeholders = g_hash_table_ref(placeholders);
    joint->patterns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)pattern_free);
    return joint;
}

void cue_joint_free(struct joint *joint)
{
    g_ptr_array_unref(joint->passed);
    g_ptr_array_unref(joint->all);
    g_hash_table_unref(joint->placeholders);
    g_hash_table_unref(joint->patterns);
    g_free(joint);
}

static void append_choice(GString *choice, const GPtrArray *cues, const bool *needles)
{
    for (guint i = 0; i < cues->len; i++)
        g_string_append_c(choice, needles == NULL || cue_may_hold(cues->pdata[i], needles) ? 'x' : '-');
}

static void append_texts(GString *text, const GPtrArray *cues, const char *choice)
{
    bool any = false;
    for (guint i = 0; i < cues->len; i++) {
        if (choice[i] != 'x')
            continue;
        const struct cue *cue = cues->pdata[i];
        g_string_append_printf(text, "%s(?:%s)", any ? "|" : "", pattern_text(cue->pattern));
        any = true;
    }
    g_string_append(text, any ? "" : "(?!)");
}

/* Of cues all of which compile by themselves. */
static struct pattern *join(const struct joint *joint, const char *choice)
{
    g_autoptr(GString) text = g_string_new(joints[joint->number].before);
    if (joints[joint->number].passed != NULL)
        append_texts(text, joint->passed, choice);
    g_string_append(text, joints[joint->number].between);
    append_texts(text, joint->all, choice + joint->passed->len);
    g_string_append(text, joints[joint->number].behind);
    return pattern_new(PATTERN_CUE, text->str, true, joint->placeholders, NULL);
}

struct pattern *cue_joined(struct joint *joint, const bool *needles)
{
    g_autoptr(GString) choice = g_string_new(NULL);
    void *pattern = NULL;
    append_choice(choice, joint->passed, needles);
    append_choice(choice, joint->all, needles);
    if (strchr(choice->str + joint->passed->len, 'x') == NULL)
        return NULL;
    if (g_hash_table_lookup_extended(joint->patterns, choice->str, NULL, &pattern))
        return pattern;
    if (needles != NULL && g_hash_table_size(joint->patterns) >= PATTERNS_MAXIMUM)
        return cue_joined(joint, NULL);
    pattern = join(joint, choice->str);
    g_hash_table_insert(joint->patterns, g_strdup(choice->str), pattern);
    return pattern;
}

static struct joint **joint_at(struct notice_data *data, size_t number)
{
    return (struct joint **)(void *)((char *)data + joints[number].member);
}

/* Where cues of that name belong; NULL when nothing is read by them. */
static GPtrArray *list_of(struct notice_data *data, const char *name)
{
    if (strcmp(name, "times") == 0)
        return data->times;
    if (g_strv_contains(states, name))
        return data->statuses;
    for (size_t i = 0; i < G_N_ELEMENTS(joints); i++) {
        if (strcmp(name, joints[i].name) == 0)
            return (*joint_at(data, i))->all;
        if (g_strcmp0(joints[i].passed, name) == 0)
            return (*joint_at(data, i))->passed;
    }
    return NULL;
}

static void cue_read(struct rule_set *set, struct notice_data *data, const json_t *entry,
                     GHashTable *placeholders)
{
    const char *name = json_text_or(entry, "name", ""), *text = json_text_or(entry, "text", "");
    g_autoptr(GError) error = NULL;
    struct pattern *pattern = pattern_new(PATTERN_CUE, text, true, placeholders, &error);
    GPtrArray *list = list_of(data, name);
    if (pattern == NULL) {
        const struct source_want about = {
            .line = (int)json_number(entry, "line", 1), .word = "cue", .name = name, .text = text};
        rule_set_error(set, json_text_or(entry, "file", "rules"), &about, NULL, error->message);
        return;
    }
    if (list == NULL) {
        pattern_free(pattern);
        return;
    }
    struct cue *cue = cue_new(name, pattern);
    /* What times are looked for in is not the text as it is, and their placeholders are none of its words. */
    if (!add_needles(cue, data->needles, text) && list != data->times) {
        g_autofree char *whole = spelled_out(text, placeholders);
        add_needles(cue, data->needles, whole);
    }
    g_ptr_array_add(list, cue);
}

void cues_read(struct rule_set *set, struct notice_data *data, int declarations)
{
    g_autoptr(GHashTable) placeholders = placeholders_of_cues(set, data->region_codes);
    g_autoptr(json_t) list = rule_set_json(sandbox_state(set->sandbox), declarations, "cues");
    size_t index;
    json_t *entry;
    data->times = g_ptr_array_new_with_free_func(cue_free);
    data->statuses = g_ptr_array_new_with_free_func(cue_free);
    data->needles = needles_new();
    for (guint i = 0; i < G_N_ELEMENTS(joints); i++)
        *joint_at(data, i) = joint_new(i, placeholders);
    json_array_foreach(list, index, entry)
        cue_read(set, data, entry, placeholders);
    needles_build(data->needles);
    data->further_region =
        pattern_new(PATTERN_CUE, "\\G(?:[ ,;/&、・]|and|or|および|と){1,4}{region}(?![0-9A-Za-z-])", true,
                    placeholders, NULL);
}
