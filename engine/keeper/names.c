/* The names a spool remembers. A folder can hold a million files and a stranger may choose their names, so
 * each memory has an upper bound, and overrunning one costs time (a walk), never a mail. Nothing here fails
 * and nothing touches the file system. */
#include "keeper/names.h"
#include "base/json.h"

#include <string.h>

enum {
    HINTS_MOST = 4096,
    WAITS_MOST = 10000,
    REPORTS_MOST = 200,
    REASONS_MOST = 5,
    FULL_PAUSE = 100 /* ms */
};

struct hint {
    bool whole;
    char name[];
};

struct report {
    unsigned walk;    /* the last one that met it */
    unsigned reasons; /* so far */
    char *text;
};

struct names {
    GQueue hints;
    GHashTable *waits;   /* name → struct name_wait */
    GHashTable *reports; /* name → struct report */
    int64_t soonest;     /* no wait is due earlier */
    int64_t lost_due;    /* a wait that did not fit would have ended then; INT64_MAX: none */
    unsigned walk;
    bool lost, reports_overrun, overrun_told;
};

static void report_free(void *pointer)
{
    struct report *report = pointer;
    g_free(report->text);
    g_free(report);
}

struct names *names_new(void)
{
    struct names *names = g_new0(struct names, 1);
    g_queue_init(&names->hints);
    names->waits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    names->reports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, report_free);
    names->soonest = names->lost_due = INT64_MAX;
    return names;
}

void names_free(struct names *names)
{
    if (names == NULL)
        return;
    g_queue_clear_full(&names->hints, g_free);
    g_hash_table_unref(names->waits);
    g_hash_table_unref(names->reports);
    g_free(names);
}

static bool push_hint(struct names *names, const char *name, bool whole)
{
    if (names->hints.length >= HINTS_MOST)
        return false;
    size_t size = strlen(name) + 1;
    struct hint *hint = g_malloc(sizeof *hint + size);
    hint->whole = whole;
    memcpy(hint->name, name, size);
    g_queue_push_tail(&names->hints, hint);
    return true;
}

void names_hint(struct names *names, const char *name, bool whole)
{
    if (!push_hint(names, name, whole))
        names->lost = true;
}

char *names_hinted(struct names *names, bool *whole)
{
    g_autofree struct hint *hint = g_queue_pop_head(&names->hints);
    if (hint == NULL)
        return NULL;
    *whole = hint->whole;
    return g_strdup(hint->name);
}

void names_wait(struct names *names, const char *name, const struct name_wait *wait)
{
    if (g_hash_table_size(names->waits) >= WAITS_MOST && !g_hash_table_contains(names->waits, name)) {
        names->lost_due = MIN(names->lost_due, wait->due);
        return;
    }
    struct name_wait *copy = g_new(struct name_wait, 1);
    *copy = *wait;
    g_hash_table_replace(names->waits, g_strdup(name), copy);
    names->soonest = MIN(names->soonest, wait->due);
}

const struct name_wait *names_waiting(const struct names *names, const char *name)
{
    return g_hash_table_lookup(names->waits, name);
}

void names_wait_end(struct names *names, const char *name)
{
    g_hash_table_remove(names->waits, name);
}

/* A wait that is due stays in the table until somebody looks at the name: how it waited decides what it is
 * then. Its time moves to the beginning of all times, so that it is hinted once. Where no more hints fit, the
 * rest is asked again soon. */
static void wake_due(struct names *names, int64_t now)
{
    GHashTableIter iterator;
    gpointer name, value;

    names->soonest = INT64_MAX;
    g_hash_table_iter_init(&iterator, names->waits);
    while (g_hash_table_iter_next(&iterator, &name, &value)) {
        struct name_wait *wait = value;
        if (wait->due == INT64_MIN)
            continue;
        if (wait->due > now)
            names->soonest = MIN(names->soonest, wait->due);
        else if (push_hint(names, name, false))
            wait->due = INT64_MIN;
        else
            names->soonest = MIN(names->soonest, now + FULL_PAUSE);
    }
}

int64_t names_wake(struct names *names, int64_t now)
{
    if (names->soonest <= now)
        wake_due(names, now);
    if (names->lost_due <= now) {
        names->lost = true;
        names->lost_due = INT64_MAX;
    }
    int64_t next = MIN(names->soonest, names->lost_due);
    return next == INT64_MAX ? -1 : next - now;
}

bool names_lost(struct names *names)
{
    bool lost = names->lost;
    names->lost = false;
    return lost;
}

bool names_quiet(const struct names *names)
{
    GHashTableIter iterator;
    void *wait;
    g_hash_table_iter_init(&iterator, names->waits);
    while (g_hash_table_iter_next(&iterator, NULL, &wait))
        if (!((const struct name_wait *)wait)->held_open)
            return false;
    return names->hints.length == 0 && !names->lost && names->lost_due == INT64_MAX;
}

bool names_report(struct names *names, const char *name, const char *reason)
{
    struct report *report = g_hash_table_lookup(names->reports, name);
    g_autofree char *escaped = name_escape(name);
    g_autofree char *text = g_strdup_printf("%s: %s", escaped, reason);
    if (report == NULL && g_hash_table_size(names->reports) >= REPORTS_MOST) {
        names->reports_overrun = true;
        return false;
    }
    if (report == NULL) {
        report = g_new0(struct report, 1);
        g_hash_table_insert(names->reports, g_strdup(name), report);
    }
    report->walk = names->walk;
    if (g_strcmp0(report->text, text) == 0)
        return false;
    g_free(report->text);
    report->text = g_steal_pointer(&text);
    return report->reasons++ < REASONS_MOST;
}

bool names_overran(struct names *names)
{
    bool fresh = names->reports_overrun && !names->overrun_told;
    names->overrun_told = names->reports_overrun;
    return fresh;
}

/* The walk passes over what waits: whether it is still there, the look after the wait says. */
static gboolean is_stale(gpointer name, gpointer value, gpointer data)
{
    const struct report *report = value;
    const struct names *names = data;
    return report->walk != names->walk && !g_hash_table_contains(names->waits, name);
}

void names_walked(struct names *names)
{
    g_hash_table_foreach_remove(names->reports, is_stale, names);
    names->reports_overrun = names->reports_overrun && g_hash_table_size(names->reports) >= REPORTS_MOST;
    names->walk++;
}

void names_report_end(struct names *names, const char *name)
{
    g_hash_table_remove(names->reports, name);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

json_t *names_reported(const struct names *names)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    GHashTableIter iterator;
    gpointer value;

    g_hash_table_iter_init(&iterator, names->reports);
    while (g_hash_table_iter_next(&iterator, NULL, &value))
        g_ptr_array_add(texts, ((struct report *)value)->text);
    g_ptr_array_sort(texts, compare_texts);

    json_t *list = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(list, json_text_new(texts->pdata[i]));
    if (names->reports_overrun)
        json_array_append_new(list, json_string("… and more, which are not listed"));
    return list;
}

bool name_is_ignored(const char *name, bool maildir)
{
    return name[0] == '.' ||
           (!maildir && (g_str_has_suffix(name, ".tmp") || g_str_has_suffix(name, ".part")));
}

char *name_escape(const char *name)
{
    GString *escaped = g_string_new(NULL);
    const char *at = name;

    while (*at != '\0') {
        gunichar character = g_utf8_get_char_validated(at, -1);
        bool valid = character != (gunichar)-1 && character != (gunichar)-2;
        if (valid && character != '\\' && g_unichar_isprint(character)) {
            g_string_append_unichar(escaped, character);
            at = g_utf8_next_char(at);
        } else {
            g_string_append_printf(escaped, "\\x%02x", (unsigned char)*at++);
        }
    }
    return g_string_free(escaped, FALSE);
}

char *name_unescape(const char *escaped)
{
    GString *name = g_string_new(NULL);

    for (const char *at = escaped; *at != '\0'; at++) {
        int high = at[0] == '\\' && at[1] == 'x' ? g_ascii_xdigit_value(at[2]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(at[3]) : -1;
        g_string_append_c(name, low < 0 ? *at : (char)(high * 16 + low));
        at += low < 0 ? 0 : 3;
    }
    return g_string_free(name, FALSE);
}
