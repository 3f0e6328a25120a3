/* Filling {placeholders} in the texts of actions. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* A copy of args whose texts have every {name} filled from values (texts; lists joined by ", "; null and
 * false are empty, true is "yes"). What names nothing in values is left out and told to unknown (may be
 * NULL). */
json_t *render_args(const json_t *args, const json_t *values, void (*unknown)(const char *name, void *data),
                    void *data);
