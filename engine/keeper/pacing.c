/* Pacing. A rate is counted over a window that slides: an action may start when the n-th start before it is
 * as old as the window. Nothing here waits or asks; who keeps an action back looks again when it may. Inside,
 * times are without what the clock was set by meanwhile, which makes no window longer or shorter. */
#include "keeper/pacing.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

enum { AT_ONCE = 4, NO_LIMIT = 0, ROOM_MOST = 64, RATE_MOST = 10000, KNOWN_MOST = 4096 };
enum { LIMITS_OF_ACTION = 3 }; /* its own, its destination's, its host's */

struct limit {
    unsigned at_once, running; /* at_once: NO_LIMIT for none */
    bool said;                 /* at_once is somebody's word, no default */
    unsigned count;            /* of the rate; 0: none */
    int64_t window;            /* ms */
    GQueue starts;             /* of int64_t *, the oldest first, at most count */
    char *words;               /* "at most 30 per 1m by policy chat" */
};

struct pacing {
    GHashTable *limits; /* "action NAME", "host NAME", "ACTOR DESTINATION" -> struct limit */
    json_t *hosts;      /* destination -> host */
    unsigned at_once;   /* of a destination of which nothing is said */
    bool mail_is_posted;
};

static void limit_free(void *data)
{
    struct limit *limit = data;
    g_queue_clear_full(&limit->starts, g_free);
    g_free(limit->words);
    g_free(limit);
}

static struct limit *limit_new(struct pacing *pacing, const char *key)
{
    struct limit *limit = g_new0(struct limit, 1);
    g_queue_init(&limit->starts);
    g_hash_table_replace(pacing->limits, g_strdup(key), limit);
    return limit;
}

/* {at_once, rate: {count, window}} */
static void limit_read(struct pacing *pacing, const char *key, const char *place, const json_t *said)
{
    const json_t *rate = json_object_get(said, "rate");
    unsigned at_once = (unsigned)CLAMP(json_number(said, "at_once", 0), 0, ROOM_MOST);
    if (at_once == 0 && rate == NULL)
        return;
    struct limit *limit = limit_new(pacing, key);
    limit->at_once = at_once;
    limit->said = at_once > 0;
    limit->count = (unsigned)CLAMP(json_number(rate, "count", 0), 0, RATE_MOST);
    limit->window = MAX(json_number(rate, "window", 1000), 1);
    g_autofree char *window = duration_format(limit->window);
    limit->words = g_strdup_printf("%s allows %u per %s", place, limit->count, window);
}

static void limits_read(struct pacing *pacing, const json_t *list, const char *prefix, const char *kind,
                        bool nested)
{
    const char *name;
    json_t *entry;
    json_object_foreach((json_t *)list, name, entry) {
        g_autofree char *key = g_strconcat(prefix, name, NULL), *place = g_strconcat(kind, " ", name, NULL);
        limit_read(pacing, key, place, nested ? json_object_get(entry, "policy") : entry);
    }
}

struct pacing *pacing_new(const json_t *config, bool mail_is_posted)
{
    struct pacing *pacing = g_new0(struct pacing, 1);
    int64_t at_once = json_number(json_object_get(config, "outbox"), "at_once", AT_ONCE);
    pacing->limits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, limit_free);
    pacing->at_once = (unsigned)CLAMP(at_once, 1, ROOM_MOST);
    pacing->mail_is_posted = mail_is_posted;
    limits_read(pacing, json_object_get(config, "policies"), "action ", "policy", false);
    limits_read(pacing, json_object_get(config, "hosts"), "host ", "host", false);
    limits_read(pacing, json_object_get(config, "channels"), "courier channel ", "channel", true);
    limits_read(pacing, json_object_get(config, "webhooks"), "courier webhook ", "webhook", true);
    limits_read(pacing, json_object_get(config, "commands"), "courier command ", "command", true);
    return pacing;
}

void pacing_free(struct pacing *pacing)
{
    if (pacing == NULL)
        return;
    g_hash_table_unref(pacing->limits);
    json_decref(pacing->hosts);
    g_free(pacing);
}

void pacing_set_hosts(struct pacing *pacing, json_t *hosts)
{
    json_decref(pacing->hosts);
    pacing->hosts = json_incref(hosts);
}

void pacing_none_runs(struct pacing *pacing)
{
    GHashTableIter each;
    void *value;
    bool crowded = g_hash_table_size(pacing->limits) > KNOWN_MOST;
    g_hash_table_iter_init(&each, pacing->limits);
    while (g_hash_table_iter_next(&each, NULL, &value)) {
        struct limit *limit = value;
        limit->running = 0;
        if (crowded && !limit->said && limit->count == 0) /* it may never be used again, and is made anew */
            g_hash_table_iter_remove(&each);
    }
}

unsigned pacing_known(const struct pacing *pacing)
{
    return g_hash_table_size(pacing->limits);
}

static struct limit *find(const struct pacing *pacing, const char *kind, const char *name)
{
    g_autofree char *key = name != NULL ? g_strconcat(kind, " ", name, NULL) : g_strdup("");
    return g_hash_table_lookup(pacing->limits, key);
}

/* Where an action of a rule folder goes, it alone knows. */
static struct limit *host_of(const struct pacing *pacing, const char *actor, const char *destination)
{
    return strcmp(actor, "courier") == 0 ? find(pacing, "host", json_text(pacing->hosts, destination)) : NULL;
}

static bool stays_here(const struct pacing *pacing, const char *destination)
{
    return destination[0] == '\0' || (strcmp(destination, "mail") == 0 && !pacing->mail_is_posted);
}

/* The limits of an action: [0] its own, [1] its destination's, [2] its host's; NULL for none. Its
 * destination's is made with the first one. */
static void limits_of(struct pacing *pacing, const struct ledger_action *action,
                      struct limit *limits[LIMITS_OF_ACTION])
{
    const char *actor = action->actor, *destination = action->destination;
    g_autofree char *key = g_strconcat(actor, " ", destination, NULL);
    limits[0] = find(pacing, "action", action->action);
    limits[1] = g_hash_table_lookup(pacing->limits, key);
    limits[2] = host_of(pacing, actor, destination);
    if (limits[1] == NULL)
        limits[1] = limit_new(pacing, key);
    bool said = limits[1]->said;
    for (size_t i = 0; i < LIMITS_OF_ACTION; i++)
        said |= limits[i] != NULL && limits[i]->said;
    if (!limits[1]->said)
        limits[1]->at_once = said || stays_here(pacing, destination) ? NO_LIMIT : pacing->at_once;
}

void pacing_runs(struct pacing *pacing, const struct ledger_action *action)
{
    struct limit *limits[LIMITS_OF_ACTION];
    limits_of(pacing, action, limits);
    for (size_t i = 0; i < LIMITS_OF_ACTION; i++)
        if (limits[i] != NULL)
            limits[i]->running++;
}

unsigned pacing_room(const struct pacing *pacing, const char *actor, const char *destination)
{
    g_autofree char *key = g_strconcat(actor, " ", destination, NULL);
    const struct limit *own = g_hash_table_lookup(pacing->limits, key);
    const struct limit *host = host_of(pacing, actor, destination);
    unsigned room = ROOM_MOST;
    if (own != NULL && own->at_once != NO_LIMIT)
        room = own->at_once - MIN(own->at_once, own->running);
    if (host != NULL && host->at_once != NO_LIMIT)
        room = MIN(room, host->at_once - MIN(host->at_once, host->running));
    return room;
}

/* The last one is for what is urgent. */
static unsigned allowed(unsigned count, bool urgent)
{
    return urgent || count <= 1 ? count : count - 1;
}

/* What seems to be of the future began before the clock was set back. */
static void forget_old(struct limit *limit, int64_t now)
{
    int64_t *oldest;
    for (GList *each = limit->starts.tail; each != NULL && *(int64_t *)each->data > now; each = each->prev)
        *(int64_t *)each->data = now;
    while ((oldest = g_queue_peek_head(&limit->starts)) != NULL && *oldest <= now - limit->window)
        g_free(g_queue_pop_head(&limit->starts));
}

/* When the rate allows it; 0: now. */
static int64_t rate_until(struct limit *limit, bool urgent, int64_t now)
{
    if (limit->count == 0)
        return 0;
    forget_old(limit, now);
    unsigned most = allowed(limit->count, urgent), started = g_queue_get_length(&limit->starts);
    if (started < most)
        return 0;
    const int64_t *start = g_queue_peek_nth(&limit->starts, started - most);
    return *start + limit->window;
}

static void limit_start(struct limit *limit, int64_t at)
{
    if (limit->count == 0)
        return;
    g_queue_push_tail(&limit->starts, g_memdup2(&at, sizeof at));
    while (g_queue_get_length(&limit->starts) > limit->count)
        g_free(g_queue_pop_head(&limit->starts));
}

bool pacing_allows(struct pacing *pacing, const struct ledger_action *action, int64_t now, int64_t *until,
                   const char **why)
{
    struct limit *limits[LIMITS_OF_ACTION];
    bool urgent = action->priority == 0, good = true;
    int64_t moved = clock_moved();
    limits_of(pacing, action, limits);
    *until = 0;
    *why = NULL;
    for (size_t i = 0; i < LIMITS_OF_ACTION; i++) {
        struct limit *limit = limits[i];
        if (limit == NULL)
            continue;
        int64_t next = rate_until(limit, urgent, now - moved);
        good &= next == 0;
        if (limit->at_once != NO_LIMIT)
            good &= limit->running < allowed(limit->at_once, urgent);
        if (next != 0 && next + moved > *until) {
            *until = next + moved;
            *why = limit->words;
        }
    }
    return good;
}

void pacing_started(struct pacing *pacing, const struct ledger_action *action, int64_t at)
{
    struct limit *limits[LIMITS_OF_ACTION];
    limits_of(pacing, action, limits);
    for (size_t i = 0; i < LIMITS_OF_ACTION; i++)
        if (limits[i] != NULL) {
            limits[i]->running++;
            limit_start(limits[i], at - clock_moved());
        }
}

int64_t pacing_memory(const struct pacing *pacing)
{
    GHashTableIter each;
    void *value;
    int64_t longest = 0;
    g_hash_table_iter_init(&each, pacing->limits);
    while (g_hash_table_iter_next(&each, NULL, &value)) {
        const struct limit *limit = value;
        longest = limit->count > 0 ? MAX(longest, limit->window) : longest;
    }
    return longest;
}

json_t *pacing_shared(const json_t *config, const json_t *hosts, const char *destination)
{
    const char *host = json_text(hosts, destination), *other;
    json_t *list = json_array(), *its;
    json_array_append_new(list, json_text_new(destination));
    if (host != NULL && json_object_get(json_object_get(config, "hosts"), host) != NULL)
        json_object_foreach((json_t *)hosts, other, its)
            if (strcmp(other, destination) != 0 && g_strcmp0(json_string_value(its), host) == 0)
                json_array_append_new(list, json_text_new(other));
    return list;
}
