/* Comparing two snapshots by name and bytes, without reading any Lua. Two things are taken for accidents,
 * since a full disk, an editor that was killed and a sync that found its source unmounted leave just these: a
 * rule or contacts file that had text and has none, and a folder that had such files and has none. Whoever
 * wants to be rid of rules removes their files; whoever wants none at all says so with --force. */
#include "keeper/changes.h"
#include "base/json.h"
#include "base/rule_path.h"

#include <stdio.h>
#include <string.h>

#define NAMED_MOST 100
#define FORCE "if it is meant so, awsift reload --force takes it"

/* -1, 0, 1 as the file of old comes before, is of the same name as, or comes after that of now. */
static int order(const struct snapshot *old, size_t i, const struct snapshot *now, size_t j)
{
    if (i == snapshot_count(old) || j == snapshot_count(now))
        return i == snapshot_count(old) ? 1 : -1;
    int names = strcmp(snapshot_get(old, i).name, snapshot_get(now, j).name);
    return names < 0 ? -1 : names > 0;
}

static bool is_same(struct snapshot_file one, struct snapshot_file other)
{
    return one.size == other.size && memcmp(one.bytes, other.bytes, one.size) == 0;
}

json_t *changes_between(const struct config *config, const struct snapshot *old, const struct snapshot *now)
{
    json_t *changes = json_array();
    json_int_t more = 0;
    for (size_t i = 0, j = 0; i < snapshot_count(old) || j < snapshot_count(now);) {
        int which = order(old, i, now, j);
        const char *change = which < 0 ? "removed" : which > 0 ? "added" : "changed";
        const char *name = which <= 0 ? snapshot_get(old, i).name : snapshot_get(now, j).name;
        bool same = which == 0 && is_same(snapshot_get(old, i), snapshot_get(now, j));
        i += which <= 0;
        j += which >= 0;
        if (same)
            continue;
        g_autofree char *path = rule_path(config, name);
        if (json_array_size(changes) < NAMED_MOST)
            json_array_append_new(changes,
                                  json_pack("{s:o, s:s}", "file", json_text_new(path), "change", change));
        else
            more++;
    }
    if (more > 0)
        json_array_append_new(changes, json_pack("{s:I}", "more", more));
    return changes;
}

/* Whether the name is of a file directly in rule folder *folder that rules or contacts are read from. */
static bool is_read(const char *name, unsigned *folder)
{
    int length = 0;
    return sscanf(name, "rules/%9u/%n", folder, &length) >= 1 && length > 0 &&
           strchr(name + length, '/') == NULL &&
           (g_str_has_suffix(name, ".lua") || strcmp(name + length, "contacts.csv") == 0);
}

static bool is_blank(struct snapshot_file file)
{
    for (size_t i = 0; i < file.size; i++)
        if (!g_ascii_isspace(file.bytes[i]))
            return false;
    return true;
}

/* How many files with text the folder is read from. */
static unsigned count_read(const struct snapshot *snapshot, unsigned folder)
{
    unsigned count = 0, other;
    for (size_t i = 0; i < snapshot_count(snapshot); i++)
        count += is_read(snapshot_get(snapshot, i).name, &other) && other == folder &&
                 !is_blank(snapshot_get(snapshot, i));
    return count;
}

json_t *changes_accidents(const struct config *config, const struct snapshot *old, const struct snapshot *now)
{
    json_t *accidents = json_array();
    unsigned folder;
    for (size_t i = 0; i < snapshot_count(old); i++) {
        struct snapshot_file was = snapshot_get(old, i), is = snapshot_find(now, was.name);
        if (!is_read(was.name, &folder) || is_blank(was) || is.bytes == NULL || !is_blank(is))
            continue;
        g_autofree char *path = rule_path(config, was.name);
        json_array_append_new(accidents,
                              json_pack("{s:o, s:i, s:s}", "file", json_text_new(path), "line", 1, "message",
                                        "is empty, and was not: write it again, or remove it; " FORCE));
    }
    if (json_array_size(accidents) > 0)
        return accidents;
    for (folder = 0; folder < config->rules->len; folder++) {
        const struct config_rules *rules = config->rules->pdata[folder];
        unsigned before = count_read(old, folder);
        if (before == 0 || count_read(now, folder) > 0)
            continue;
        g_autofree char *message = g_strdup_printf(
            "the folder has no rule file any more, and had %u: put them back; " FORCE, before);
        json_array_append_new(accidents, json_pack("{s:o, s:o}", "file", json_text_new(rules->path),
                                                   "message", json_text_new(message)));
    }
    return accidents;
}
