/* The block "Message metadata" of the HTML form. It is read by label, since its columns flatten in another
 * order than they are read. The heading stands in a line of its own; where it stands again, in a mail that is
 * quoted say, the first block's values count, but the accounts of all: whose mail it is must not hang on who
 * is named first. */
#include "rules/notice_inside.h"
#include "base/json.h"

#include <string.h>

enum { RESOURCE_BYTES = 400 };

/* Behind the label where it stands at the beginning of a line or behind a blank, as a whole; else NULL. */
static const char *behind_label(const char *block, const char *at, const char *label)
{
    size_t length = strlen(label);
    if (strncmp(at, label, length) != 0 || (at != block && strchr("\n ", at[-1]) == NULL))
        return NULL;
    length += at[length] == 's'; /* "Affected accounts" */
    return strchr(" :\n", at[length]) != NULL ? at + length : NULL;
}

static const char *find_label(const char *block, const char *end, const char *label)
{
    for (const char *at = block; (at = g_strstr_len(at, end - at, label)) != NULL; at++) {
        const char *behind = behind_label(block, at, label);
        if (behind != NULL)
            return behind;
    }
    return NULL;
}

/* Whether some label begins there, so that what stood before it ends. */
static bool is_label(const struct reading *reading, const char *block, const char *at)
{
    const GPtrArray *labels = reading->set->notice->labels;
    for (guint i = 0; i < labels->len; i++)
        if (behind_label(block, at, ((const struct label *)labels->pdata[i])->text) != NULL)
            return true;
    return false;
}

/* Where the value behind a label ends that may have several lines. */
static const char *end_of_list(const struct reading *reading, const char *block, const char *at,
                               const char *end)
{
    while (at < end && !is_label(reading, block, at))
        at++;
    return at;
}

/* Each in a line of its own or behind a comma. */
static void read_accounts(struct reading *reading, const char *block, const char *at, const char *end)
{
    end = end_of_list(reading, block, at, end);
    for (; at < end; at++) {
        if (!notice_is_account(block, at))
            continue;
        g_autofree char *account = g_strndup(at, 12);
        notice_add(reading->notice, "accounts", account);
        at += 11;
    }
}

/* Names without a blank in them, a line or a comma each; ends at the first line that is a sentence. */
static void read_resources(struct reading *reading, const char *block, const char *at, const char *end)
{
    end = end_of_list(reading, block, at, end);
    g_autofree char *list = g_strndup(at, (size_t)(end - at));
    g_auto(GStrv) lines = g_strsplit_set(list, "\n,", NOTICE_LIST_MAXIMUM);
    for (char **line = lines; *line != NULL; line++) {
        const char *name = g_strstrip(*line);
        name += strspn(name, ":-• ");
        if (strchr(name, ' ') != NULL)
            return;
        if (name[0] != '\0' && strlen(name) <= RESOURCE_BYTES)
            notice_add(reading->notice, "resources", name);
    }
}

static char *value_at(const char *at, const char *end)
{
    at += strspn(at, " :\n");
    return at < end ? g_strndup(at, MIN(strcspn(at, "\n"), (size_t)(end - at))) : NULL;
}

static void set_value(struct reading *reading, const char *key, const char *value)
{
    if (strcmp(key, "starts") == 0 || strcmp(key, "ends") == 0)
        notice_set_time(reading, key, value);
    else if (strcmp(key, "regions") == 0)
        notice_add_region(reading, value, strlen(value));
    else if (strcmp(key, "service") == 0)
        notice_set_service(reading, value);
    else if (strcmp(key, "event_type") == 0 && json_is_null(json_object_get(reading->notice, key)))
        json_object_set_new(reading->notice, key, json_text_new(value));
}

static void read_label(struct reading *reading, const struct label *label, const char *block, const char *end)
{
    json_t *metadata = json_object_get(reading->notice, "metadata");
    const char *at = find_label(block, end, label->text);
    g_autofree char *value = at != NULL ? value_at(at, end) : NULL;
    if (value == NULL)
        return;
    if (strcmp(label->key, "accounts") == 0)
        read_accounts(reading, block, at, end);
    if (json_object_get(metadata, label->text) != NULL)
        return;
    json_object_set_new(metadata, label->text, json_text_new(value));
    if (strcmp(label->key, "resources") == 0)
        read_resources(reading, block, at, end);
    set_value(reading, label->key, value);
}

static void read_block(struct reading *reading, const char *block, const char *end)
{
    const GPtrArray *labels = reading->set->notice->labels;
    for (guint i = 0; i < labels->len; i++)
        read_label(reading, labels->pdata[i], block, end);
}

static void read_blocks(struct reading *reading, const char *body, const char *heading)
{
    const char *block = NULL;
    size_t length = strlen(heading);
    for (const char *at = body; (at = strstr(at, heading)) != NULL; at += length) {
        if ((at != body && at[-1] != '\n') || strchr(" :\n", at[length]) == NULL)
            continue;
        if (block != NULL)
            read_block(reading, block, at);
        block = at + length;
    }
    if (block != NULL)
        read_block(reading, block, block + strlen(block));
}

bool notice_read_block(struct reading *reading, const char *body)
{
    const json_t *metadata = json_object_get(reading->notice, "metadata");
    const GPtrArray *labels = reading->set->notice->labels;
    bool service = false;
    const GPtrArray *headings = reading->set->notice->headings;
    for (guint i = 0; i < headings->len; i++)
        read_blocks(reading, body, headings->pdata[i]);
    for (guint i = 0; i < labels->len; i++) {
        const struct label *label = labels->pdata[i];
        service =
            service || (strcmp(label->key, "service") == 0 && json_object_get(metadata, label->text) != NULL);
    }
    return service;
}
