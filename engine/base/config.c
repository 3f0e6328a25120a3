/* The configuration from JSON. The language that yields it checks types with file and line
 * (scripts/awsift/config.lua); what is read here is checked again, since numbers and paths decide what the
 * keeper does. */
#include "base/config.h"
#include "base/error.h"
#include "base/json.h"

#include <string.h>

static bool fail(GError **error, const char *what, const char *why)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, "configuration: %s %s", what, why);
    return false;
}

static void spool_free(void *data)
{
    struct config_spool *spool = data;
    g_free(spool->name);
    g_free(spool->path);
    g_free(spool->recipient);
    g_free(spool);
}

static void rules_free(void *data)
{
    struct config_rules *rules = data;
    g_free(rules->path);
    g_free(rules);
}

/* A whole number between least and most; *value stays where the key is missing. */
static bool read_number(const json_t *object, const char *key, int64_t least, int64_t most,
                        const char *remedy, int64_t *value, GError **error)
{
    const json_t *given = json_object_get(object, key);
    if (given == NULL || json_is_null(given))
        return true;
    *value = json_is_integer(given) ? (int64_t)json_integer_value(given) : least - 1;
    return (*value >= least && *value <= most) || fail(error, key, remedy);
}

static bool is_same_folder(const char *left, const char *right)
{
    g_autofree char *one = g_canonicalize_filename(left, "/"), *other = g_canonicalize_filename(right, "/");
    return strcmp(one, other) == 0;
}

static bool is_below(const char *path, const char *folder)
{
    g_autofree char *inner = g_canonicalize_filename(path, "/"),
                    *outer = g_canonicalize_filename(folder, "/");
    size_t length = strlen(outer);
    return strncmp(inner, outer, length) == 0 && (inner[length] == '/' || strcmp(outer, "/") == 0);
}

static bool check_spool_place(const struct config *config, const char *name, const char *path, GError **error)
{
    for (guint i = 0; i < config->spools->len; i++) {
        const struct config_spool *other = config->spools->pdata[i];
        if (strcmp(other->name, name) == 0 || is_same_folder(other->path, path))
            return fail(error, path, "is named by two spools; each needs its own name and path");
    }
    /* The archive taken for a spool would be decided, found known, and removed. */
    if (is_same_folder(path, config->store) || is_below(path, config->store))
        return fail(error, path, "is a spool inside the store; put it beside the store");
    return true;
}

static bool read_spool(struct config *config, const json_t *entry, GError **error)
{
    const char *name = json_text(entry, "name"), *path = json_text(entry, "path"),
               *kind = json_text_or(entry, "kind", "maildir");
    int64_t settle = 5000;
    if (name == NULL || path == NULL || path[0] != '/')
        return fail(error, "spool", "needs a name and a path");
    if (strcmp(kind, "maildir") != 0 && strcmp(kind, "directory") != 0)
        return fail(error, path, "is a spool of an unknown kind; write \"maildir\" or \"directory\"");
    if (!check_spool_place(config, name, path, error) ||
        !read_number(entry, "settle", 0, 86400000, "of a spool must be between 0s and 24h", &settle, error))
        return false;
    struct config_spool *spool = g_new0(struct config_spool, 1);
    spool->name = g_strdup(name);
    spool->path = g_strdup(path);
    spool->kind = strcmp(kind, "directory") == 0 ? SPOOL_DIRECTORY : SPOOL_MAILDIR;
    spool->recipient = g_strdup(json_text(entry, "recipient"));
    spool->settle = settle;
    g_ptr_array_add(config->spools, spool);
    return true;
}

static bool read_spools(struct config *config, GError **error)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(config->json, "spools"), index, entry)
        if (!read_spool(config, entry, error))
            return false;
    return config->spools->len > 0 || fail(error, "spool", "is missing: name at least one");
}

static bool read_rules(struct config *config, GError **error)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(config->json, "rules"), index, entry) {
        const char *path = json_text(entry, "path");
        if (path == NULL || path[0] != '/')
            return fail(error, "rules", "needs a path");
        struct config_rules *rules = g_new0(struct config_rules, 1);
        rules->path = g_strdup(path);
        rules->require_tests = json_flag(entry, "require_tests");
        rules->shipped = json_flag(entry, "shipped");
        rules->line = (int)json_number(entry, "line", 0);
        g_ptr_array_add(config->rules, rules);
    }
    return true;
}

static bool read_limit(const json_t *limits, const char *key, size_t *limit, GError **error)
{
    int64_t value = (int64_t)*limit;
    if (!read_number(limits, key, 1, INT64_C(1) << 32, "of limits must be a whole number between 1 and 4 GiB",
                     &value, error))
        return false;
    *limit = (size_t)value;
    return true;
}

static bool read_numbers(struct config *config, GError **error)
{
    const json_t *limits = json_object_get(config->json, "limits"),
                 *deciders = json_object_get(config->json, "deciders");
    struct limits defaults = LIMITS_DEFAULT;
    config->limits = defaults;
    int64_t count = 2, memory = 512 << 20;
    config->deciders.time = 5000;
    if (!read_number(deciders, "count", 1, 64, "of deciders must be a whole number between 1 and 64", &count,
                     error) ||
        !read_number(deciders, "time", 100, 600000, "of deciders must be between 100ms and 10m",
                     &config->deciders.time, error) ||
        !read_number(deciders, "memory", 64 << 20, INT64_C(1) << 40,
                     "of deciders must be between 64M and 1024G", &memory, error))
        return false;
    config->deciders.count = (unsigned)count;
    config->deciders.memory = (size_t)memory;
    return read_limit(limits, "bytes", &config->limits.bytes, error) &&
           read_limit(limits, "header_block", &config->limits.header_block, error) &&
           read_limit(limits, "header_field", &config->limits.header_field, error) &&
           read_limit(limits, "colons", &config->limits.colons, error) &&
           read_limit(limits, "headers", &config->limits.headers, error) &&
           read_limit(limits, "parts", &config->limits.parts, error) &&
           read_limit(limits, "depth", &config->limits.depth, error) &&
           read_limit(limits, "text", &config->limits.text, error);
}

struct config *config_from_json(json_t *json, GError **error)
{
    struct config *config = g_new0(struct config, 1);
    config->json = json_incref(json);
    config->file = g_strdup(json_text(json, "file"));
    config->store = g_strdup(json_text(json, "store"));
    config->user = g_strdup(json_text(json, "user"));
    config->spools = g_ptr_array_new_with_free_func(spool_free);
    config->rules = g_ptr_array_new_with_free_func(rules_free);
    bool good =
        config->store != NULL && config->store[0] == '/' ? true : fail(error, "store", "needs a path");
    if (good && read_spools(config, error) && read_rules(config, error) && read_numbers(config, error))
        return config;
    config_free(config);
    return NULL;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    g_free(config->file);
    g_free(config->store);
    g_free(config->user);
    g_ptr_array_unref(config->spools);
    g_ptr_array_unref(config->rules);
    json_decref(config->json);
    g_free(config);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static json_t *sorted_names(const json_t *object)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
        g_ptr_array_add(names, (void *)name);
    g_ptr_array_sort(names, compare_names);
    json_t *list = json_array();
    for (guint i = 0; i < names->len; i++)
        json_array_append_new(list, json_string(names->pdata[i]));
    return list;
}

bool config_lacks_operators(const struct config *config)
{
    return json_flag(json_object_get(config->json, "operators"), "default");
}

json_t *config_for_decider(const struct config *config)
{
    json_t *result = json_object(), *spools = json_array(), *entry;
    size_t index;
    json_array_foreach(json_object_get(config->json, "spools"), index, entry) {
        json_t *own = json_object_get(entry, "trust"), *shared = json_object_get(config->json, "trust");
        json_t *trust = json_is_object(own) ? own : json_is_object(shared) ? shared : NULL;
        json_array_append_new(spools,
                              json_pack("{s:s, s:o, s:o}", "name", json_text_or(entry, "name", ""),
                                        "recipient", json_text_new(json_text(entry, "recipient")), "trust",
                                        trust != NULL ? json_deep_copy(trust) : json_null()));
    }
    json_object_set_new(result, "spools", spools);
    json_object_set(result, "escalation_roles", json_object_get(config->json, "escalation_roles"));
    json_object_set(result, "timezone", json_object_get(config->json, "timezone"));
    json_object_set(result, "limits", json_object_get(config->json, "limits"));
    json_object_set(result, "deciders", json_object_get(config->json, "deciders"));
    json_t *required = json_array(); /* by rule folder */
    for (guint i = 0; i < config->rules->len; i++)
        json_array_append_new(required,
                              json_boolean(((struct config_rules *)config->rules->pdata[i])->require_tests));
    json_object_set_new(result, "require_tests", required);
    for (guint i = 0; i < config->rules->len; i++) {
        if (!((struct config_rules *)config->rules->pdata[i])->shipped)
            continue;
        json_object_set_new(result, "shipped_rules", json_integer(i));
        if (config->rules->len > 1) /* it stands beside the team's own */
            json_object_set_new(result, "shipped", json_integer(i));
    }
    json_t *kinds = json_object(), *channel;
    const char *name;
    json_object_foreach(json_object_get(config->json, "channels"), name, channel)
        if (json_text(channel, "kind") != NULL)
            json_object_set(kinds, name, json_object_get(channel, "kind"));
    json_object_set_new(result, "channel_kinds", kinds);
    static const char *const lists[] = {"channels", "commands", "webhooks", "escalations"};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        json_object_set_new(result, lists[i], sorted_names(json_object_get(config->json, lists[i])));
    return result;
}
