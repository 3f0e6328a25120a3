/* How things stand. The body decides, since AWS cancels under the subject "Planned Maintenance"; the title
 * and the event type are asked where it says nothing. What a sentence only supposes does not count. */
#include "rules/notice_inside.h"
#include "base/json.h"

#include <string.h>

enum { TRIES_MAXIMUM = 20, SENTENCE_MAXIMUM = 300 };

/* Whether a sentence ends before `at`. */
static bool ends_before(const char *text, const char *at)
{
    if (at - text >= 3 && strncmp(at - 3, "。", 3) == 0)
        return true;
    if (at - text >= 2 && strchr(" \n", at[-1]) != NULL && strchr(".!?:", at[-2]) != NULL)
        return true;
    return at - text >= 2 && at[-1] == '\n' && at[-2] == '\n';
}

static const char *begin_of_sentence(const char *text, const char *at)
{
    const char *far = at - MIN(SENTENCE_MAXIMUM, at - text);
    while (at > far && !ends_before(text, at))
        at--;
    while (((guchar)*at & 0xc0) == 0x80)
        at++;
    return at;
}

static const char *end_of_sentence(const char *text, const char *at)
{
    const char *far = at + strnlen(at, SENTENCE_MAXIMUM);
    while (at < far && !ends_before(text, at + 1))
        at++;
    while (((guchar)*at & 0xc0) == 0x80)
        at++;
    return at;
}

static bool stands_in(struct pattern *pattern, const char *from, const char *to)
{
    size_t offset = 0;
    return pattern != NULL && to > from &&
           pattern_try(pattern, from, (size_t)(to - from), &offset, NULL, NULL, NULL) == PATTERN_YES;
}

static bool holds(const struct notice_data *data, const struct cue *cue, const char *text, size_t length)
{
    size_t offset = 0, start = 0;
    for (int i = 0; i < TRIES_MAXIMUM; i++) {
        if (pattern_try(cue->pattern, text, length, &offset, &start, NULL, NULL) != PATTERN_YES)
            return false;
        const char *found = text + start, *behind = text + offset;
        if (!cue_is_torn(text, start) &&
            !stands_in(cue_joined(data->if_before, NULL), begin_of_sentence(text, found), found) &&
            !stands_in(cue_joined(data->if_behind, NULL), behind, end_of_sentence(text, behind)))
            return true;
    }
    return false;
}

static const char *status_in(const struct notice_data *data, const char *text, const bool *needles)
{
    size_t length = strlen(text);
    for (guint i = 0; i < data->statuses->len; i++) {
        const struct cue *cue = data->statuses->pdata[i];
        if (cue_may_hold(cue, needles) && holds(data, cue, text, length))
            return cue->name;
    }
    return NULL;
}

static const char *status_in_line(const struct notice_data *data, const char *text)
{
    g_autofree bool *needles = cue_needles_in(data, text);
    return status_in(data, text, needles);
}

void notice_read_status(struct reading *reading, const char *body, const bool *needles)
{
    const struct notice_data *data = reading->set->notice;
    g_autofree char *type = g_ascii_strdown(json_text_or(reading->notice, "event_type", ""), -1);
    const char *status = status_in(data, body, needles);
    if (status == NULL)
        status = status_in_line(data, json_text_or(reading->notice, "title", ""));
    if (status == NULL)
        status = status_in_line(data, g_strdelimit(type, "_", ' '));
    json_object_set_new(reading->notice, "status", json_text_new(status));
}
