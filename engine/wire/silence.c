/* What a silence is of. Pure: a rule file's is judged where the mail is decided, a person's where the
 * decision is written down, and both by this. */
#include "wire/silence.h"
#include "base/json.h"

#include <string.h>

enum { TEXTS_MOST = 100, TEXT_LONGEST = 100, STARS_MOST = 3 /* comparing with more may take for ever */ };

const char *const silence_keys[] = {"rule", "category", "account", "contact", "service", NULL};

static bool may_have_wildcards(const char *key)
{
    return strcmp(key, "account") != 0 && strcmp(key, "contact") != 0;
}

static int stars_in(const char *text)
{
    int stars = 0;
    for (; *text != '\0'; text++)
        stars += *text == '*';
    return stars;
}

static char *fault_of_text(const char *key, const char *text)
{
    static const char names[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-*?";
    bool is_account = strcmp(key, "account") == 0,
         is_name = strcmp(key, "rule") == 0 || strcmp(key, "category") == 0;
    size_t length = text != NULL ? strlen(text) : 0;
    if (length == 0 || length > TEXT_LONGEST)
        return g_strdup_printf("%s is a text of up to %d characters", key, TEXT_LONGEST);
    if (is_account && (length != 12 || strspn(text, "0123456789") != length))
        return g_strdup_printf("'%s' is no account: write its 12 digits, as text", text);
    if (is_name && strspn(text, names) != length)
        return g_strdup_printf(
            "'%s' is no name of a %s: lower case letters, digits, '.', '_' and '-', and * for"
            " any",
            text, key);
    if (may_have_wildcards(key) && stars_in(text) > STARS_MOST)
        return g_strdup_printf("'%s' has more than %d *: name several, each by itself", text, STARS_MOST);
    return NULL;
}

static char *fault_of(const char *key, const json_t *texts)
{
    size_t count = json_array_size(texts);
    if (count == 0 || count > TEXTS_MOST)
        return g_strdup_printf("%s has between 1 and %d texts", key, TEXTS_MOST);
    for (size_t i = 0; i < count; i++) {
        char *fault = fault_of_text(key, json_string_value(json_array_get(texts, i)));
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

char *silence_fault(const json_t *what)
{
    const char *key;
    json_t *texts;
    if (json_object_size(what) == 0)
        return g_strdup("it is of nothing: name a rule, category, account, contact or service");
    json_object_foreach((json_t *)what, key, texts) {
        char *fault = g_strv_contains(silence_keys, key)
                          ? fault_of(key, texts)
                          : g_strdup_printf("a silence is of no '%s': of rule, category, account, contact, "
                                            "service",
                                            key);
        if (fault != NULL)
            return fault;
    }
    return NULL;
}

static bool is_one(const json_t *texts, const char *key, const char *value)
{
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)texts, index, text) {
        const char *wanted = json_string_value(text);
        if (value != NULL &&
            (may_have_wildcards(key) ? g_pattern_match_simple(wanted, value) : strcmp(wanted, value) == 0))
            return true;
    }
    return false;
}

/* The mail has no more than one contact, and that is in one group at most. */
static bool holds(const char *key, const json_t *texts, const json_t *decision, const json_t *context)
{
    if (strcmp(key, "contact") == 0)
        return is_one(texts, key, json_text(context, "contact")) ||
               is_one(texts, key, json_text(context, "contact_group"));
    return is_one(texts, key, json_text(decision, key));
}

static bool is_named(const json_t *texts, const char *value)
{
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)texts, index, text)
        if (g_strcmp0(json_string_value(text), value) == 0)
            return true;
    return false;
}

/* What nobody may miss because of a silence that was meant for something else. */
static bool is_grave(const json_t *decision, const json_t *context)
{
    const char *category = json_text_or(decision, "category", "");
    return strcmp(json_text_or(decision, "priority", ""), "urgent") == 0 ||
           json_text(context, "answer") != NULL || strcmp(category, "suspicious") == 0 ||
           strcmp(category, "unmatched") == 0;
}

bool silence_covers(const json_t *what, const json_t *decision, const json_t *context)
{
    const char *key;
    json_t *texts;
    json_object_foreach((json_t *)what, key, texts)
        if (!holds(key, texts, decision, context))
            return false;
    return json_object_size(what) > 0 &&
           (!is_grave(decision, context) ||
            is_named(json_object_get(what, "rule"), json_text_or(decision, "rule", "")) ||
            is_named(json_object_get(what, "category"), json_text_or(decision, "category", "")));
}

bool silence_holds(const char *action)
{
    static const char *const tellers[] = {"forward", "chat", "webhook", "call", "page", NULL};
    return g_strv_contains(tellers, action);
}

char *silence_describe(const json_t *what)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; silence_keys[i] != NULL; i++) {
        const json_t *texts = json_object_get(what, silence_keys[i]);
        for (size_t j = 0; j < json_array_size(texts); j++)
            g_string_append_printf(text, "%s%s %s", j > 0 || text->len == 0 ? "" : ", ",
                                   j == 0 ? silence_keys[i] : " or",
                                   json_string_value(json_array_get(texts, j)));
    }
    return g_string_free(text, FALSE);
}
