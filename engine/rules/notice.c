/* Reading the notice. The subject's decorations are peeled from both ends until none fits; the body's
 * metadata block (HTML form) is read by label, since its columns flatten in another order than they are read.
 */
#include "rules/notice.h"
#include "rules/step.h"
#include "base/json.h"
#include "base/times.h"
#include "mail/text.h"

#include <string.h>

enum { LIST_MAXIMUM = 500, PEEL_MAXIMUM = 32 };

void notice_add(json_t *notice, const char *list_name, const char *value)
{
    json_t *list = json_object_get(notice, list_name);
    size_t index, at = json_array_size(list);
    json_t *entry;
    if (at >= LIST_MAXIMUM)
        return;
    json_array_foreach(list, index, entry) {
        int order = strcmp(value, json_string_value(entry));
        if (order == 0)
            return;
        if (order < 0) {
            at = index;
            break;
        }
    }
    json_array_insert_new(list, at, json_text_new(value));
}

static void on_decoration(const char *name, const char *value, size_t length, void *data)
{
    json_t *notice = data;
    g_autofree char *text = g_strndup(value, length);
    if (strcmp(name, "account") == 0) {
        notice_add(notice, "accounts", text);
    } else if (strcmp(name, "region") == 0) {
        g_autofree char *code = g_ascii_strdown(text, -1);
        notice_add(notice, "regions", code);
    } else if (strcmp(name, "case") == 0 || strcmp(name, "abuse_id") == 0) {
        json_object_set_new(notice, name, json_text_new(text));
    }
}

static bool peel_once(struct reading *reading, GString *title)
{
    for (guint i = 0; i < reading->set->decorations->len; i++) {
        const struct decoration *decoration = reading->set->decorations->pdata[i];
        size_t offset = 0, start = 0;
        bool head = pattern_try(decoration->head, title->str, title->len, &offset, &start, on_decoration,
                                reading->notice) == PATTERN_YES;
        if (!head) {
            offset = 0;
            if (pattern_try(decoration->tail, title->str, title->len, &offset, &start, on_decoration,
                            reading->notice) != PATTERN_YES)
                continue;
        }
        if (offset - start == 0 || offset - start == title->len)
            continue;
        g_string_erase(title, (gssize)start, (gssize)(offset - start));
        if (json_is_boolean(json_object_get(reading->notice, decoration->name)))
            json_object_set_new(reading->notice, decoration->name, json_true());
        return true;
    }
    return false;
}

static void read_headers(struct reading *reading)
{
    const char *type = message_header(reading->message, "X-SM-COMMUNICATION-TYPE", 0);
    if (type == NULL)
        return;
    g_autofree char *text = text_normalize(type, true);
    json_object_set_new(reading->notice, "event_type", json_text_new(text));
}

static json_t *notice_new(void)
{
    return json_pack(
        "{s:s, s:b, s:b, s:b, s:[], s:[], s:n, s:n, s:n, s:n, s:[], s:n, s:n, s:n, s:n, s:[], s:{}}", "title",
        "", "action_required", 0, "reminder", 0, "final_notice", 0, "accounts", "regions", "service",
        "event_type", "case", "abuse_id", "resources", "starts", "ends", "deadline", "status", "links",
        "metadata");
}

/* label as in the HTML form -> key of the notice ("" for metadata alone) */
static const struct {
    const char *label, *key;
} metadata_labels[] = {{"Affected account", "accounts"},
                       {"Event type code", "event_type"},
                       {"Event region", "regions"},
                       {"Service", "service"},
                       {"Event type category", ""},
                       {"Start time", "starts"},
                       {"End time", "ends"}};

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

static char *metadata_value(const char *block, const char *end, const char *label)
{
    const char *at = find_label(block, end, label);
    if (at == NULL)
        return NULL;
    at += strspn(at, " :\n");
    return at < end ? g_strndup(at, MIN(strcspn(at, "\n"), (size_t)(end - at))) : NULL;
}

/* Whether twelve digits and no more stand there. */
static bool is_account_at(const char *text, const char *at)
{
    return strspn(at, "0123456789") == 12 && (at == text || !g_ascii_isdigit(at[-1]));
}

/* Every account between the label and the next one: one mail can be about several, each in a line of its own
 * or behind a comma. */
static void read_accounts(json_t *notice, const char *block, const char *end)
{
    const char *at = find_label(block, end, "Affected account");
    for (; at != NULL && at < end; at++) {
        for (size_t i = 0; i < G_N_ELEMENTS(metadata_labels); i++)
            if (strncmp(at, metadata_labels[i].label, strlen(metadata_labels[i].label)) == 0)
                return;
        if (!is_account_at(block, at))
            continue;
        g_autofree char *account = g_strndup(at, 12);
        notice_add(notice, "accounts", account);
        at += 11;
    }
}

static json_t *time_of(const char *text)
{
    int64_t moment;
    if (!message_parse_date(text, &moment))
        return json_null();
    g_autofree char *iso = time_format(moment);
    return json_text_new(iso);
}

static void set_metadata(json_t *notice, const char *label, const char *key, char *value)
{
    json_object_set_new(json_object_get(notice, "metadata"), label, json_text_new(value));
    if (strcmp(key, "starts") == 0 || strcmp(key, "ends") == 0) {
        json_object_set_new(notice, key, time_of(value));
    } else if (strcmp(key, "accounts") == 0) {
        return; /* read_accounts: there may be several */
    } else if (strcmp(key, "regions") == 0) {
        notice_add(notice, key, value);
    } else if (key[0] != '\0' && json_is_null(json_object_get(notice, key))) {
        json_object_set_new(notice, key, json_text_new(value));
    }
}

static void read_block(struct reading *reading, const char *block, const char *end)
{
    read_accounts(reading->notice, block, end);
    for (size_t i = 0; i < G_N_ELEMENTS(metadata_labels); i++) {
        const char *label = metadata_labels[i].label;
        g_autofree char *value = metadata_value(block, end, label);
        if (value != NULL && json_object_get(json_object_get(reading->notice, "metadata"), label) == NULL)
            set_metadata(reading->notice, label, metadata_labels[i].key, value);
    }
}

/* The heading stands in a line of its own. Where it stands again, in a mail that is quoted say, the first
 * block's values count, but the accounts of all: whose mail it is must not hang on who is named first. */
static void read_metadata(struct reading *reading, const char *body)
{
    static const char heading[] = "Message metadata";
    const char *block = NULL, *at = body;
    for (; (at = strstr(at, heading)) != NULL; at += sizeof heading - 1) {
        if ((at != body && at[-1] != '\n') || strchr(" :\n", at[sizeof heading - 1]) == NULL)
            continue;
        if (block != NULL)
            read_block(reading, block, at);
        block = at;
    }
    if (block != NULL)
        read_block(reading, block, block + strlen(block));
}

struct listing {
    json_t *notice;
    const char *list;
};

static void on_listed(const char *name, const char *value, size_t length, void *data)
{
    const struct listing *listing = data;
    g_autofree char *text = g_strndup(value, length);
    if (strcmp(name, "resource") == 0 || strcmp(name, "link") == 0)
        notice_add(listing->notice, listing->list, text);
}

static void list_all(struct reading *reading, struct pattern *found_by, const char *body, const char *list)
{
    struct listing listing = {reading->notice, list};
    size_t length = strlen(body), offset = 0;
    for (int i = 0; i < LIST_MAXIMUM; i++)
        if (found_by == NULL ||
            pattern_try(found_by, body, length, &offset, NULL, on_listed, &listing) != PATTERN_YES)
            return;
}

static void on_account(const char *name, const char *value, size_t length, void *data)
{
    g_autofree char *text = g_strndup(value, length);
    if (strcmp(name, "account") == 0)
        notice_add(data, "accounts", text);
}

/* What is listed behind a labelled account: "123456789012, 210987654321 (name) and 111111111111". */
static void add_further_accounts(json_t *notice, const char *body, size_t offset)
{
    static const char *const joints[] = {"and", "or", "および", "と", "、", "・"};
    for (const char *at = body + offset; *at != '\0';) {
        size_t moved = strspn(at, " ,;/&\n");
        const char *close = at[moved] == '(' ? strchr(at + moved, ')') : NULL;
        if (close != NULL && close - at < 100)
            moved = (size_t)(close + 1 - at);
        for (size_t i = 0; i < G_N_ELEMENTS(joints); i++)
            if (g_str_has_prefix(at + moved, joints[i]))
                moved += strlen(joints[i]);
        at += moved;
        if (is_account_at(body, at)) {
            g_autofree char *account = g_strndup(at, 12);
            notice_add(notice, "accounts", account);
            moved = 12;
            at += moved;
        }
        if (moved == 0)
            return;
    }
}

static void list_accounts(json_t *notice, struct pattern *labelled, const char *text)
{
    size_t offset = 0, length = strlen(text);
    while (labelled != NULL &&
           pattern_try(labelled, text, length, &offset, NULL, on_account, notice) == PATTERN_YES)
        add_further_accounts(notice, text, offset);
}

/* An account that the subject names counts wherever it stands: a mark with something behind it is no
 * decoration, and the mail is about that account all the same. */
static void read_subject(struct reading *reading)
{
    g_autoptr(GString) title = g_string_new(reading_subject(reading));
    for (int i = 0; i < PEEL_MAXIMUM && peel_once(reading, title); i++)
        ;
    json_object_set_new(reading->notice, "title", json_text_new(g_strstrip(title->str)));
    list_accounts(reading->notice, reading->set->account_in_subject, reading_subject(reading));
}

static void read_body(struct reading *reading)
{
    const char *body = reading_body(reading);
    read_metadata(reading, body);
    for (guint i = 0; i < reading->set->resources->len; i++)
        list_all(reading, reading->set->resources->pdata[i], body, "resources");
    list_all(reading, reading->set->link, body, "links");
    if (json_array_size(json_object_get(reading->notice, "accounts")) > 0)
        return;
    list_accounts(reading->notice, reading->set->labelled_account, body);
}

json_t *notice_of(struct reading *reading, bool body)
{
    uint32_t left = step_leave();
    if (reading->notice == NULL) {
        reading->notice = notice_new();
        read_subject(reading);
        read_headers(reading);
    }
    if (body && !reading->notice_has_body) {
        reading->notice_has_body = true;
        read_body(reading);
    }
    step_return(left);
    return reading->notice;
}

const char *notice_event_type(struct reading *reading)
{
    const char *type = json_text(notice_of(reading, false), "event_type");
    return type != NULL ? type : json_text_or(notice_of(reading, true), "event_type", "");
}
