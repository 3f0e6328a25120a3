/* Who erred. What is noted comes from children, so it is bounded in names and kinds: a decider that was taken
 * over can fill the list, and nothing else. A new generation begins with an empty one; what an older one,
 * which finishes what it holds, still errs is in its decisions alone. */
#include "keeper/erring.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/generation.h"

enum { NAMES_MOST = 1000, KINDS_MOST = 16 };

struct erring {
    int64_t generation;
    json_t *entries; /* "rule name" -> what status shows */
};

struct erring *erring_new(void)
{
    struct erring *erring = g_new0(struct erring, 1);
    erring->entries = json_object();
    return erring;
}

void erring_free(struct erring *erring)
{
    if (erring == NULL)
        return;
    json_decref(erring->entries);
    g_free(erring);
}

static void count(json_t *entry, const char *kind, const char *message)
{
    json_t *errors = json_object_get(entry, "errors");
    json_int_t before = json_number(errors, kind, 0);
    g_autofree char *now = time_format(time_now());
    if (before > 0 || json_object_size(errors) < KINDS_MOST)
        json_object_set_new(errors, kind, json_integer(before + 1));
    json_object_set_new(entry, "message", json_text_new(message));
    json_object_set_new(entry, "at", json_text_new(now));
}

void erring_begin(struct erring *erring, const struct generation *generation)
{
    json_object_clear(erring->entries);
    erring->generation = generation->number;
}

bool erring_note(struct erring *erring, const struct generation *generation, const char *what,
                 const char *name, const char *kind, const char *message)
{
    if (generation->number != erring->generation)
        return false;
    g_autofree char *key = g_strdup_printf("%s %s", what, name);
    json_t *entry = json_object_get(erring->entries, key);
    bool first = entry == NULL;
    if (first && json_object_size(erring->entries) >= NAMES_MOST)
        return false;
    if (first) {
        entry = json_pack("{s:o, s:{}}", what, json_text_new(name), "errors");
        json_object_set_new(erring->entries, key, entry);
    }
    count(entry, kind, message);
    return first;
}

static int compare_names(const void *left, const void *right)
{
    return g_strcmp0(*(const char *const *)left, *(const char *const *)right);
}

json_t *erring_status(const struct erring *erring)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *name;
    json_t *entry, *list = json_array();
    json_object_foreach(erring->entries, name, entry)
        g_ptr_array_add(names, (void *)name);
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        json_array_append_new(list, json_deep_copy(json_object_get(erring->entries, names->pdata[i])));
    return list;
}
