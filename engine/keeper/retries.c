/* Exponential pauses with jitter, attempts and deadlines: policies as data. */
#include "keeper/retries.h"
#include "base/json.h"

enum { ATTEMPTS_MOST = 100000, ATTEMPTS_SAID_MOST = 1000 };

static void read_over(struct retries *retries, const json_t *said)
{
    const struct {
        const char *key;
        int64_t *value;
    } durations[] = {{"first", &retries->first},
                     {"most", &retries->most},
                     {"patience", &retries->patience},
                     {"deadline", &retries->deadline}};
    retries->attempts = (int)CLAMP(json_number(said, "attempts", retries->attempts), 1, ATTEMPTS_SAID_MOST);
    for (size_t i = 0; i < G_N_ELEMENTS(durations); i++)
        *durations[i].value = MAX(json_number(said, durations[i].key, *durations[i].value), 0);
    retries->first = MAX(retries->first, 1);
    retries->most = MAX(retries->most, 1);
}

struct retries retries_for(const json_t *config, const json_t *declared, const char *action,
                           const json_t *args)
{
    static const struct {
        const char *argument, *list;
    } places[] = {{"channel", "channels"}, {"webhook", "webhooks"}, {"command", "commands"}};
    struct retries retries = {.attempts = 12, .first = 5000, .most = 3600000, .patience = 172800000};
    read_over(&retries, json_object_get(config, "outbox"));
    read_over(&retries, json_object_get(declared, action));
    read_over(&retries, json_object_get(json_object_get(config, "policies"), action));
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        const char *name = json_text(args, places[i].argument);
        const json_t *place =
            name != NULL ? json_object_get(json_object_get(config, places[i].list), name) : NULL;
        read_over(&retries, json_object_get(place, "policy"));
    }
    return retries;
}

int64_t retries_pause(const struct retries *retries, int attempt, double random)
{
    int64_t pause = retries->first;
    while (attempt-- > 1 && pause < retries->most)
        pause *= 2;
    pause = MIN(pause, retries->most);
    return pause - pause / 4 + (int64_t)((double)(pause / 4) * random);
}

int retries_most(const struct retries *retries, bool down)
{
    int most = 1;
    for (int64_t waited = 0; down && waited < retries->patience && most < ATTEMPTS_MOST; most++)
        waited += retries_pause(retries, most, 0);
    return MAX(most, retries->attempts);
}

bool retries_too_late(const struct retries *retries, int64_t since, int64_t at)
{
    return retries->deadline > 0 && at - since > retries->deadline;
}
