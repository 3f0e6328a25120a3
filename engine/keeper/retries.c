/* Exponential pauses with jitter. */
#include "keeper/retries.h"
#include "base/json.h"
#include "base/times.h"

enum { ATTEMPTS_MOST = 100000 };

struct retries retries_from(const json_t *config)
{
    const json_t *outbox = json_object_get(config, "outbox");
    struct retries retries = {.attempts = 12, .first = 5000, .most = 3600000, .patience = 172800000};
    const struct {
        const char *key;
        int64_t *value;
    } durations[] = {{"first", &retries.first}, {"most", &retries.most}, {"patience", &retries.patience}};
    retries.attempts = (int)CLAMP(json_number(outbox, "attempts", retries.attempts), 1, 1000);
    for (size_t i = 0; i < G_N_ELEMENTS(durations); i++) {
        const char *text = json_text(outbox, durations[i].key);
        if (text != NULL)
            duration_parse(text, durations[i].value);
        *durations[i].value = MAX(json_number(outbox, durations[i].key, *durations[i].value), 1);
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
