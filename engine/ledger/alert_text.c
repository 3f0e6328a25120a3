/* Alerts in the operators' languages: the words come from the policy (scripts/awsift/alert_kinds.lua), the
 * moments in their time zone. What the policy has no words for is told in the alert's own, which stand in the
 * log as well. */
#include "ledger/alert_text.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

struct words {
    const char *language, *times, *span, *more, *advice;
};

static const struct words all_words[] = {
    {"ja", "（%" G_GINT64_FORMAT " 回、最後は %s）", "%s〜%s",
     "ほかに %" G_GINT64_FORMAT " 件あります。awsift status で確認できます。", "対応: "},
    {"en", " (%" G_GINT64_FORMAT " times, last at %s)", "%s to %s",
     "There are %" G_GINT64_FORMAT " more; awsift status shows them.", "What to do: "},
};

static const struct words *words_of(const char *language)
{
    return &all_words[g_strcmp0(language, "ja") == 0 ? 0 : 1];
}

static char *moment(const json_t *policy, int64_t time)
{
    char *local = time_format_local(time, json_text_or(policy, "zone", "UTC"));
    return local != NULL ? local : time_format(time);
}

/* {from}, {to}, {since} are moments, other numbers and texts stand as they are. */
static char *value_of(const json_t *policy, const json_t *facts, const char *name)
{
    static const char *const moments[] = {"from", "to", "since", NULL};
    const json_t *value = json_object_get(facts, name);
    if (json_is_integer(value) && g_strv_contains(moments, name))
        return moment(policy, json_integer_value(value));
    if (json_is_integer(value))
        return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return g_strdup(json_is_string(value) ? json_string_value(value) : "?");
}

static char *fill(const json_t *policy, const char *template, const json_t *facts)
{
    g_autoptr(GString) text = g_string_new(NULL);
    while (*template != '\0') {
        const char *end = *template == '{' ? strchr(template, '}') : NULL;
        if (end == NULL) {
            g_string_append_c(text, *template ++);
            continue;
        }
        g_autofree char *name = g_strndup(template + 1, (size_t)(end - template - 1)),
                        *value = value_of(policy, facts, name);
        g_string_append(text, value);
        template = end + 1;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static const json_t *entry_of(const json_t *policy, const char *kind, const char *language)
{
    const json_t *entry = json_object_get(json_object_get(policy, "kinds"), kind);
    return language != NULL ? json_object_get(entry, language) : entry;
}

static bool all_ended(const json_t *cases)
{
    size_t index;
    const json_t *one;
    json_array_foreach((json_t *)cases, index, one)
        if (!json_is_integer(json_object_get(one, "ended")))
            return false;
    return json_array_size(cases) > 0;
}

/* Its title, or that it is over. */
static const char *title_of(const json_t *entry, const char *kind, const json_t *cases)
{
    const char *over = all_ended(cases) ? json_text(entry, "over") : NULL;
    return over != NULL ? over : json_text_or(entry, "title", kind);
}

static const char *first_language(const json_t *policy)
{
    const char *name = json_string_value(json_array_get(json_object_get(policy, "languages"), 0));
    return name != NULL ? name : "en";
}

char *alert_subject(const json_t *policy, const char *kind, const json_t *cases)
{
    const json_t *entry = entry_of(policy, kind, first_language(policy));
    if (entry == NULL)
        return g_strdup_printf("[awsift] %s", kind);
    return g_strdup_printf("[awsift] %s: %s", kind, title_of(entry, kind, cases));
}

/* What is the matter with one case, without when. */
static char *said(const json_t *policy, const json_t *entry, const json_t *one)
{
    const char *line = json_text(entry, "line");
    const json_t *facts = json_object_get(one, "facts");
    if (line != NULL && json_is_object(facts))
        return fill(policy, line, facts);
    return g_strdup(json_text_or(one, "text", ""));
}

static void add_case(GString *text, const json_t *policy, const json_t *entry, const struct words *words,
                     const json_t *one)
{
    int64_t raised = json_number(one, "raised", 0), count = json_number(one, "count", 1);
    g_autofree char *at = moment(policy, raised), *last = moment(policy, json_number(one, "last", raised)),
                    *what = said(policy, entry, one);
    if (json_is_integer(json_object_get(one, "ended"))) {
        g_autofree char *ended = moment(policy, json_number(one, "ended", 0)),
                        *span = g_strdup_printf(words->span, at, ended);
        g_string_append_printf(text, "- %s  %s: %s\n", span, json_text_or(entry, "over", ""), what);
        return;
    }
    g_string_append_printf(text, "- %s  %s", at, what);
    if (count > 1)
        g_string_append_printf(text, words->times, count, last);
    g_string_append_c(text, '\n');
}

static void add_language(GString *text, const json_t *policy, const char *kind, const char *language,
                         const json_t *cases, int64_t left)
{
    const json_t *entry = entry_of(policy, kind, language), *one;
    const struct words *words = words_of(language);
    const char *advice = all_ended(cases) ? NULL : json_text(entry, "advice");
    size_t index;
    g_string_append_printf(text, "%s\n\n", title_of(entry, kind, cases));
    json_array_foreach((json_t *)cases, index, one)
        add_case(text, policy, entry, words, one);
    if (left > 0) {
        g_string_append_printf(text, words->more, left);
        g_string_append_c(text, '\n');
    }
    if (advice != NULL)
        g_string_append_printf(text, "\n%s%s\n", words->advice, advice);
}

/* Where nobody said in which words: one text a line. */
static char *plain_text(const json_t *cases)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    const json_t *one;
    json_array_foreach((json_t *)cases, index, one)
        g_string_append_printf(text, "%s%s", index > 0 ? "\n" : "", json_text_or(one, "text", ""));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *alert_text(const json_t *policy, const char *kind, const json_t *cases, int64_t left)
{
    if (entry_of(policy, kind, NULL) == NULL)
        return plain_text(cases);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    const json_t *language;
    json_array_foreach(json_object_get(policy, "languages"), index, language) {
        if (index > 0)
            g_string_append(text, "\n----\n\n");
        add_language(text, policy, kind, json_string_value(language), cases, left);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char *alert_summary(const json_t *policy, const char *kind, const json_t *cases)
{
    const json_t *entry = entry_of(policy, kind, first_language(policy));
    g_autofree char *what = said(policy, entry, json_array_get(cases, 0));
    return g_strdup_printf("awsift: %s. %s", title_of(entry, kind, cases), what);
}
