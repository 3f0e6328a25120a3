/* Compiling what the notice is read by; notice_cues.c has the cues. Shipped data that is missing leaves its
 * part of the notice empty. */
#include "rules/notice_data.h"
#include "rules/literals.h"
#include "rules/lua_json.h"
#include "rules/needles.h"
#include "rules/rule_set_inside.h"
#include "base/json.h"

#include <lauxlib.h>
#include <string.h>

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
            size_t length = MIN(json_string_length(word), NOTICE_SHORT_WORD);
            data->longest_word = MAX(data->longest_word, length);
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
    cues_read(set, data, declarations);
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
    struct joint *const joints[] = {data->if_before, data->if_behind,   data->due,     data->resource,
                                    data->region,    data->case_number, data->abuse_id};
    for (size_t i = 0; i < G_N_ELEMENTS(joints); i++)
        cue_joint_free(joints[i]);
    struct pattern *const patterns[] = {data->further_region, data->service, data->link,
                                        data->labelled_account, data->account_in_subject};
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
