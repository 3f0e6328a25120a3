/* Distance of Levenshtein, by bytes, as scripts/awsift/problem.lua measures it for what rule files say. */
#include "base/nearest.h"
#include "base/json.h"

#include <string.h>

enum { NAME_MAXIMUM = 100 };

static size_t distance(const char *left, const char *right)
{
    size_t row[NAME_MAXIMUM + 1], width = strlen(right);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; left[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t changed = diagonal + (left[i - 1] != right[j - 1]);
            diagonal = row[j];
            row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[width];
}

const char *nearest_name(const json_t *names, const char *key, const char *name)
{
    size_t index, best = MAX((size_t)2, strlen(name) / 3) + 1;
    json_t *entry;
    const char *nearest = NULL;
    json_array_foreach((json_t *)names, index, entry) {
        const char *candidate = key != NULL ? json_text(entry, key) : json_string_value(entry);
        if (candidate == NULL || strlen(candidate) > NAME_MAXIMUM)
            continue;
        size_t away = distance(name, candidate);
        if (away < best) {
            best = away;
            nearest = candidate;
        }
    }
    return nearest;
}
