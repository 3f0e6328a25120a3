/* When: starts, ends, deadline. Dates are signs by now (notice_marks.h), so a cue is tried on what stands
 * around them alone. The first cue whose dates exist says what it names; those behind it add what is missing,
 * but no end to another's start. What was over days before the mail is history that it tells ("support ended
 * on"), and none of its times: a wrong date is worse than none. */
#include "rules/notice_inside.h"
#include "rules/notice_marks.h"
#include "base/json.h"
#include "base/times.h"
#include "mail/moments.h"
#include "mail/text.h"

#include <string.h>

enum { TRIES_MAXIMUM = 20, WAS_MAXIMUM = 2 };
#define DAY (INT64_C(24) * 3600 * 1000)
#define HOUR (INT64_C(3600) * 1000)
#define HISTORY (3 * DAY) /* what is completed on Friday evening is told on Monday */

struct timing {
    struct reading *reading;
    struct marked marked;
    int64_t mail_date; /* ms */
    /* of the match in hand; NULL, or -1: not part of it */
    struct moment *was[WAS_MAXIMUM]; /* what it says holds no more */
    const struct moment *starts, *ends, *deadline, *clock;
    int64_t lasting, within;
};

static int64_t date_of(struct reading *reading)
{
    int64_t date;
    return message_best_date(reading->message, &date) ? date : reading->arrival;
}

static void set_time(struct reading *reading, const char *key, int64_t time)
{
    g_autofree char *iso = time_format(time);
    json_object_set_new(reading->notice, key, json_text_new(iso));
}

static bool lacks(const struct reading *reading, const char *key)
{
    return json_is_null(json_object_get(reading->notice, key));
}

bool notice_set_time(struct reading *reading, const char *key, const char *text)
{
    struct moment moment;
    int64_t time;
    g_autofree char *plain = text_normalize(text, true);
    if (!lacks(reading, key) || moment_read(plain, &moment) == 0 ||
        !moment_time(&moment, date_of(reading), &time))
        return false;
    set_time(reading, key, time);
    return true;
}

static void on_mark(const char *name, const char *value, size_t length, void *data)
{
    struct timing *timing = data;
    const struct marked *marked = &timing->marked;
    gunichar sign = length > 3 ? g_utf8_get_char(value + 3) : 0;
    guint number = sign - MARK_FIRST;
    bool lasts = g_str_has_prefix(value, MARK_LASTING);
    if (sign < MARK_FIRST || number >= (lasts ? marked->lastings->len : marked->moments->len))
        return;
    struct moment *moment = lasts ? NULL : &g_array_index(marked->moments, struct moment, number);
    int64_t lasting = lasts ? g_array_index(marked->lastings, int64_t, number) : -1;
    if (strcmp(name, "starts") == 0)
        timing->starts = moment;
    else if (strcmp(name, "ends") == 0)
        timing->ends = moment;
    else if (strcmp(name, "deadline") == 0)
        timing->deadline = moment;
    else if (strcmp(name, "clock") == 0)
        timing->clock = moment;
    else if (strcmp(name, "was") == 0)
        timing->was[timing->was[0] != NULL] = moment;
    else if (strcmp(name, "lasting") == 0)
        timing->lasting = lasting;
    else if (strcmp(name, "within") == 0)
        timing->within = lasting;
}

/* A time of day, on the day of another moment. */
static struct moment on_day_of(const struct moment *clock, const struct moment *day)
{
    struct moment both = *clock;
    both.year = day->year;
    both.month = day->month;
    both.day = day->day;
    if (!both.zoned && day->zoned) {
        both.zoned = true;
        both.offset = day->offset;
        both.american = day->american;
    }
    return both;
}

/* 10:00 to 12:00 PST: the first one has the zone of the second. */
static struct moment in_zone_of(const struct moment *moment, const struct moment *other)
{
    struct moment zoned = *moment;
    if (!zoned.zoned && other != NULL && other->zoned && zoned.hour >= 0) {
        zoned.offset = other->offset;
        zoned.american = other->american;
    }
    return zoned;
}

/* In 15:00 to 19:00 on December 13 the end has the day of both; a time of day behind the end's would be on
 * a day that nobody named. */
static bool has_day_of_both(const struct moment *end, const struct moment *clock)
{
    return end != NULL && end->month > 0 && end->hour >= 0 &&
           clock->hour * 60 + clock->minute <= end->hour * 60 + end->minute;
}

static bool read_start(const struct timing *timing, int64_t *starts)
{
    const struct moment *day = timing->starts, *clock = timing->clock;
    struct moment start;
    if (day == NULL) {
        if (clock == NULL || !has_day_of_both(timing->ends, clock))
            return false;
        start = in_zone_of(clock, timing->ends);
        start = on_day_of(&start, timing->ends);
    } else if (clock != NULL && day->hour < 0) {
        start = in_zone_of(clock, timing->ends);
        start = on_day_of(&start, day);
    } else {
        start = in_zone_of(day, timing->ends);
    }
    return moment_time(&start, timing->mail_date, starts);
}

static bool read_end(const struct timing *timing, bool started, int64_t starts, int64_t *ends)
{
    if (timing->ends == NULL) {
        *ends = starts + timing->lasting;
        return started && timing->lasting >= 0;
    }
    if (timing->ends->month > 0)
        return moment_time(timing->ends, timing->mail_date, ends) && (!started || *ends >= starts);
    if (!started)
        return false;
    struct moment end = on_day_of(timing->ends, timing->starts);
    if (!moment_time(&end, timing->mail_date, ends))
        return false;
    *ends += *ends < starts ? DAY : 0; /* from 23:00 to 01:00 */
    return true;
}

static bool read_deadline(const struct timing *timing, int64_t *deadline)
{
    if (timing->deadline != NULL)
        return moment_time(timing->deadline, timing->mail_date, deadline);
    *deadline = timing->mail_date + timing->within;
    return timing->within >= HOUR; /* minutes are what something takes */
}

static bool is_history(const struct timing *timing, int64_t time)
{
    return time < timing->mail_date - HISTORY;
}

static bool is(const struct reading *reading, const char *key, int64_t time)
{
    g_autofree char *iso = time_format(time);
    return strcmp(iso, json_text_or(reading->notice, key, "")) == 0;
}

/* No other cue takes for a time what was replaced. */
static void forget_what_was(struct timing *timing)
{
    for (int i = 0; i < WAS_MAXIMUM; i++)
        if (timing->was[i] != NULL)
            *timing->was[i] = (struct moment){.hour = -1};
}

/* Whether the match says anything. */
static bool take_match(struct timing *timing)
{
    struct reading *reading = timing->reading;
    int64_t starts = 0, ends = 0, deadline;
    bool started = read_start(timing, &starts);
    bool ended = read_end(timing, started, starts, &ends);
    bool due = read_deadline(timing, &deadline) && !is_history(timing, deadline);
    if ((timing->starts != NULL || timing->clock != NULL) && timing->ends != NULL && !(started && ended))
        return false; /* what ends before it starts is no window */
    bool runs = ended && ends >= timing->mail_date;
    if ((started && !runs && is_history(timing, starts)) || (ended && is_history(timing, ends)))
        return false;
    if (started && lacks(reading, "starts"))
        set_time(reading, "starts", starts);
    if (ended && (!started || is(reading, "starts", starts)) && lacks(reading, "ends"))
        set_time(reading, "ends", ends);
    if (due && lacks(reading, "deadline") && !is(reading, "ends", deadline))
        set_time(reading, "deadline", deadline);
    return started || ended || due;
}

static void try_cue(struct timing *timing, const struct cue *cue)
{
    const GString *text = timing->marked.text;
    size_t offset = 0, start = 0;
    for (int i = 0; i < TRIES_MAXIMUM; i++) {
        timing->starts = timing->ends = timing->deadline = timing->clock = NULL;
        timing->lasting = timing->within = -1;
        memset(timing->was, 0, sizeof timing->was);
        if (pattern_try(cue->pattern, text->str, text->len, &offset, &start, on_mark, timing) != PATTERN_YES)
            return;
        if (!cue_is_torn(text->str, start) && take_match(timing)) {
            forget_what_was(timing);
            return;
        }
    }
}

static bool is_in(struct pattern *pattern, const char *text)
{
    size_t offset = 0;
    return pattern != NULL &&
           pattern_try(pattern, text, strlen(text), &offset, NULL, NULL, NULL) == PATTERN_YES;
}

/* Of some kinds of notice the start is what the reader has to be ready for. */
static void set_due(struct reading *reading)
{
    struct pattern *due = cue_joined(reading->set->notice->due, NULL);
    if (lacks(reading, "starts") || !lacks(reading, "deadline"))
        return;
    if (is_in(due, json_text_or(reading->notice, "event_type", "")) ||
        is_in(due, json_text_or(reading->notice, "title", "")))
        json_object_set(reading->notice, "deadline", json_object_get(reading->notice, "starts"));
}

void notice_read_times(struct reading *reading, const char *body, const bool *needles)
{
    struct timing timing = {.reading = reading, .mail_date = date_of(reading)};
    const GPtrArray *cues = reading->set->notice->times;
    marks_read(&timing.marked, body);
    bool marked = timing.marked.moments->len + timing.marked.lastings->len > 0;
    for (guint i = 0; marked && i < cues->len; i++) {
        bool wanted = lacks(reading, "starts") || lacks(reading, "ends") || lacks(reading, "deadline");
        if (wanted && cue_may_hold(cues->pdata[i], needles))
            try_cue(&timing, cues->pdata[i]);
    }
    marks_clear(&timing.marked);
    set_due(reading);
}
