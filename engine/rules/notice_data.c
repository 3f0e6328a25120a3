/* Compiling what the notice is read by. Cues that a whole body is searched for one by one have a literal,
 * which one pass looks for before any is tried; those of which only the value counts are joined into one
 * expression. A cue that does not compile is an error with its place; shipped data that is missing leaves its
 * part of the notice empty. */
#include "rules/notice_data.h"
#include "rules/literals.h"
#include "rules/lua_json.h"
#include "rules/needles.h"
#include "rules/notice_marks.h"
#include "rules/rule_set_inside.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

static const char *const states[] = {"scheduled", "updated", "cancelled", "emergency", "completed"};

/* Cues of which the value counts, and no more; around: what the joined expression stands in. */
static const struct {
    const char *name, *around;
    size_t member;
} joined[] = {
    {"if_before", "(?<![0-9A-Za-z])(?:%s)", offsetof(struct notice_data, if_before)},
    {"if_behind", "(?:%s)", offsetof(struct notice_data, if_behind)},
    {"due", "(?:%s)", offsetof(struct notice_data, due)},
    {"no_resource", NULL, 0},
    {"resource", "(?<![0-9A-Za-z-])(?:(?<pass>%s)|%s)(?![0-9A-Za-z])",
     offsetof(struct notice_data, resource)},
    {"region", "(?<![0-9A-Za-z-])(?:%s)(?![0-9A-Za-z-])", offsetof(struct notice_data, region)},
    {"case", "(?<![0-9A-Za-z])(?:%s)(?![0-9A-Za-z])", offsetof(struct notice_data, case_number)},
    {"abuse_id", "(?<![0-9A-Za-z])(?:%s)", offsetof(struct notice_data, abuse_id)},
};

/* What a shipped file of data returned; NULL when there is none. The caller owns it. */
static json_t *shipped(struct rule_set *set, const char *name)
{
    lua_State *lua = sandbox_state(set->sandbox);
    g_autofree char *file = g_strdup_printf("awsift/aws/%s.lua", name);
    json_t *value = NULL;
    if (lua_getfield(lua, LUA_REGISTRYINDEX, "awsift.modules") == LUA_TTABLE) {
        if (lua_getfield(lua, -1, file) == LUA_TTABLE)
            value = lua_json_read(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return value;
}

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

static void cue_add(GPtrArray *list, struct needles *needles, const char *name, struct pattern *pattern)
{
    struct cue *cue = g_new0(struct cue, 1);
    g_autoptr(GPtrArray) variants = variants_of(pattern_text(pattern));
    cue->name = g_strdup(name);
    cue->pattern = pattern;
    cue->needles = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < variants->len; i++) {
        g_autoptr(GPtrArray) runs = literals_of_cue(variants->pdata[i]);
        remove_short(runs);
        uint32_t needle = needles_add(needles, runs);
        if (needle == NEEDLES_NONE) {
            g_array_set_size(cue->needles, 0);
            break;
        }
        g_array_append_val(cue->needles, needle);
    }
    g_ptr_array_add(list, cue);
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

static void cue_read(struct rule_set *set, struct notice_data *data, const json_t *entry,
                     GHashTable *placeholders, GPtrArray *texts)
{
    const char *name = json_text_or(entry, "name", ""), *text = json_text_or(entry, "text", "");
    g_autoptr(GError) error = NULL;
    struct pattern *pattern = pattern_new(PATTERN_CUE, text, true, placeholders, &error);
    if (pattern == NULL) {
        const struct source_want about = {
            .line = (int)json_number(entry, "line", 1), .word = "cue", .name = name, .text = text};
        rule_set_error(set, json_text_or(entry, "file", "rules"), &about, NULL, error->message);
        return;
    }
    if (strcmp(name, "times") == 0)
        cue_add(data->times, data->needles, name, g_steal_pointer(&pattern));
    for (size_t i = 0; pattern != NULL && i < G_N_ELEMENTS(states); i++)
        if (strcmp(name, states[i]) == 0)
            cue_add(data->statuses, data->needles, name, g_steal_pointer(&pattern));
    for (size_t i = 0; i < G_N_ELEMENTS(joined); i++)
        if (strcmp(name, joined[i].name) == 0) {
            GString *all = texts->pdata[i];
            g_string_append_printf(all, "%s(?:%s)", all->len > 0 ? "|" : "", text);
        }
    pattern_free(pattern);
}

static void free_string(void *string)
{
    g_string_free(string, TRUE);
}

/* A pattern of joined cues, all of which compile by themselves; NULL when there are none. */
static struct pattern *join(const char *around, const char *passed, const char *texts,
                            GHashTable *placeholders)
{
    if (texts[0] == '\0')
        return NULL;
    g_auto(GStrv) pieces = g_strsplit(around, "%s", 3);
    bool passes = pieces[2] != NULL;
    g_autofree char *text = g_strconcat(pieces[0], passes ? (passed[0] != '\0' ? passed : "(?!)") : texts,
                                        pieces[1], passes ? texts : "", passes ? pieces[2] : "", NULL);
    return pattern_new(PATTERN_CUE, text, true, placeholders, NULL);
}

static void cues_read(struct rule_set *set, struct notice_data *data, int declarations,
                      GHashTable *placeholders)
{
    g_autoptr(json_t) list = rule_set_json(sandbox_state(set->sandbox), declarations, "cues");
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(free_string);
    size_t index;
    json_t *entry;
    data->times = g_ptr_array_new_with_free_func(cue_free);
    data->statuses = g_ptr_array_new_with_free_func(cue_free);
    data->needles = needles_new();
    for (size_t i = 0; i < G_N_ELEMENTS(joined); i++)
        g_ptr_array_add(texts, g_string_new(NULL));
    json_array_foreach(list, index, entry)
        cue_read(set, data, entry, placeholders, texts);
    needles_build(data->needles);
    const char *passed = "";
    for (size_t i = 0; i < G_N_ELEMENTS(joined); i++) {
        const char *all = ((const GString *)texts->pdata[i])->str;
        if (joined[i].around == NULL)
            passed = all;
        else
            *(struct pattern **)((char *)data + joined[i].member) =
                join(joined[i].around, passed, all, placeholders);
    }
    data->further_region =
        pattern_new(PATTERN_CUE, "\\G(?:[ ,;/&、・]|and|or|および|と){1,4}{region}(?![0-9A-Za-z-])", true,
                    placeholders, NULL);
}

static void regions_read(struct rule_set *set, struct notice_data *data)
{
    g_autoptr(json_t) regions = shipped(set, "regions"), codes = json_keys(regions);
    json_t *code, *name;
    size_t index, inner;
    data->region_codes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_array_foreach(codes, index, code) /* sorted: of two with one name the same one in every decider */
        json_array_foreach(json_object_get(regions, json_string_value(code)), inner, name)
            if (json_is_string(name))
                g_hash_table_insert(data->region_codes, g_utf8_strdown(json_string_value(name), -1),
                                    g_strdup(json_string_value(code)));
}

static int compare_longer(const void *left, const void *right)
{
    size_t a = strlen(*(char *const *)left), b = strlen(*(char *const *)right);
    return a != b ? (a < b ? 1 : -1) : strcmp(*(char *const *)left, *(char *const *)right);
}

static void services_read(struct rule_set *set, struct notice_data *data)
{
    g_autoptr(json_t) services = shipped(set, "services");
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    size_t index, inner;
    json_t *service, *text;
    data->service_names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    data->service_codes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_array_foreach(services, index, service) {
        const char *code = json_text(service, "code");
        if (code == NULL)
            continue;
        json_array_foreach(json_object_get(service, "names"), inner, text)
            if (json_is_string(text))
                g_hash_table_insert(data->service_names, g_utf8_strdown(json_string_value(text), -1),
                                    g_strdup(code));
        json_array_foreach(json_object_get(service, "codes"), inner, text)
            if (json_is_string(text))
                g_hash_table_insert(data->service_codes, g_strdup(json_string_value(text)), g_strdup(code));
    }
    GHashTableIter at;
    void *name;
    g_hash_table_iter_init(&at, data->service_names);
    while (g_hash_table_iter_next(&at, &name, NULL))
        g_ptr_array_add(names, name);
    g_ptr_array_sort(names, compare_longer);
    g_autoptr(GString) text_of_all = g_string_new("(?<![0-9A-Za-z])(?<name>(?!)");
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *quoted = g_regex_escape_string(names->pdata[i], -1);
        g_string_append_printf(text_of_all, "|%s", quoted);
    }
    g_string_append(text_of_all, ")(?![0-9A-Za-z])");
    data->service = pattern_new(PATTERN_MATCHES, text_of_all->str, true, set->placeholders, NULL);
}

static void label_free(void *data)
{
    struct label *label = data;
    g_free(label->text);
    g_free(label->key);
    g_free(label);
}

static int compare_labels(const void *left, const void *right)
{
    const struct label *a = *(struct label *const *)left, *b = *(struct label *const *)right;
    return compare_longer(&a->text, &b->text);
}

static void labels_read(struct rule_set *set, struct notice_data *data)
{
    g_autoptr(json_t) shipped_labels = shipped(set, "labels");
    const char *text;
    size_t index;
    json_t *key;
    data->labels = g_ptr_array_new_with_free_func(label_free);
    data->headings = g_ptr_array_new_with_free_func(g_free);
    json_array_foreach(json_object_get(shipped_labels, "headings"), index, key)
        if (json_is_string(key))
            g_ptr_array_add(data->headings, g_strdup(json_string_value(key)));
    json_object_foreach(json_object_get(shipped_labels, "labels"), text, key) {
        struct label *label = g_new0(struct label, 1);
        label->text = g_strdup(text);
        label->key = g_strdup(json_is_string(key) ? json_string_value(key) : "");
        g_ptr_array_add(data->labels, label);
    }
    g_ptr_array_sort(data->labels, compare_labels);
}

static void wrapper_free(void *data)
{
    struct wrapper *wrapper = data;
    pattern_free(wrapper->pattern);
    g_free(wrapper->coding);
    g_free(wrapper);
}

static void links_read(struct rule_set *set, struct notice_data *data)
{
    g_autoptr(json_t) links = shipped(set, "redirects");
    size_t index;
    json_t *entry;
    data->wrappers = g_ptr_array_new_with_free_func(wrapper_free);
    json_array_foreach(links, index, entry) {
        const char *text = json_text(entry, "link");
        struct pattern *pattern =
            text != NULL ? pattern_new(PATTERN_MATCHES, text, true, set->placeholders, NULL) : NULL;
        if (pattern == NULL)
            continue;
        struct wrapper *wrapper = g_new0(struct wrapper, 1);
        wrapper->pattern = pattern;
        wrapper->coding = g_strdup(json_text(entry, "coding"));
        g_ptr_array_add(data->wrappers, wrapper);
    }
    data->link = pattern_new(PATTERN_MATCHES, "(?<link>https?://[^\\s<>\"'()\\[\\]]+)", false,
                             set->placeholders, NULL);
}

static void accounts_read(struct rule_set *set, struct notice_data *data)
{
    /* "Account:" alone may be a bank's */
    static const char label[] = "(?<!\\w)(?:AWS (?:account )?(?:IDs?|numbers?)|AWS accounts?|account IDs?|"
                                "AWS ?アカウント ?(?:ID|番号)?|アカウント ?ID) ?:\\s?(?<account>%s)";
    /* A subject has little room for a bank's: the colon may be missing */
    static const char in_subject[] =
        "(?<!\\w)(?:AWS (?:accounts?(?: (?:IDs?|numbers?))?|IDs?)|account (?:IDs?|numbers?)|(?<=\\[)account|"
        "AWS ?アカウント ?(?:ID|番号)?|アカウント ?(?:ID|番号)) ?:?\\s?(?<account>%s)";
    const char *account = g_hash_table_lookup(set->placeholders, "account");
    if (account == NULL)
        return;
    g_autofree char *labelled = g_strdup_printf(label, account),
                    *named = g_strdup_printf(in_subject, account);
    data->labelled_account = pattern_new(PATTERN_MATCHES, labelled, true, set->placeholders, NULL);
    data->account_in_subject = pattern_new(PATTERN_MATCHES, named, true, set->placeholders, NULL);
}

static GPtrArray *marks_of(const json_t *languages, const char *code)
{
    GPtrArray *marks = g_ptr_array_new_with_free_func(g_free);
    size_t index;
    json_t *text;
    json_array_foreach(json_object_get(json_object_get(languages, "marks"), code), index, text)
        if (json_is_string(text))
            g_ptr_array_add(marks, literals_squeeze(json_string_value(text)));
    return marks;
}

enum { LANGUAGES_MAXIMUM = 31 };

static void languages_read(struct rule_set *set, struct notice_data *data)
{
    g_autoptr(json_t) languages = shipped(set, "languages");
    const json_t *words = json_object_get(languages, "words");
    g_autoptr(json_t) codes = json_keys(words);
    size_t index, inner;
    json_t *code, *word;
    data->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    data->languages = g_ptr_array_new_with_free_func(g_free);
    json_array_foreach(codes, index, code) {
        if (index >= LANGUAGES_MAXIMUM)
            break;
        g_ptr_array_add(data->languages, g_strdup(json_string_value(code)));
        json_array_foreach(json_object_get(words, json_string_value(code)), inner, word) {
            if (!json_is_string(word))
                continue;
            guint known = GPOINTER_TO_UINT(g_hash_table_lookup(data->words, json_string_value(word)));
            g_hash_table_insert(data->words, g_strdup(json_string_value(word)),
                                GUINT_TO_POINTER(known | 1u << index));
        }
    }
    data->marks_en = marks_of(languages, "en");
    data->marks_ja = marks_of(languages, "ja");
}

struct notice_data *notice_data_new(struct rule_set *set, int declarations)
{
    struct notice_data *data = g_new0(struct notice_data, 1);
    regions_read(set, data);
    g_autoptr(GHashTable) placeholders = placeholders_of_cues(set, data->region_codes);
    cues_read(set, data, declarations, placeholders);
    services_read(set, data);
    labels_read(set, data);
    links_read(set, data);
    accounts_read(set, data);
    languages_read(set, data);
    return data;
}

void notice_data_free(struct notice_data *data)
{
    if (data == NULL)
        return;
    needles_free(data->needles);
    struct pattern *const patterns[] = {data->if_before,   data->if_behind,        data->due,
                                        data->resource,    data->region,           data->further_region,
                                        data->case_number, data->abuse_id,         data->service,
                                        data->link,        data->labelled_account, data->account_in_subject};
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        pattern_free(patterns[i]);
    g_hash_table_unref(data->region_codes);
    g_hash_table_unref(data->service_names);
    g_hash_table_unref(data->service_codes);
    g_hash_table_unref(data->words);
    GPtrArray *const lists[] = {data->times,    data->statuses,  data->labels,   data->headings,
                                data->wrappers, data->languages, data->marks_en, data->marks_ja};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_free(data);
}
