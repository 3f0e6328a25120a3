/* Filling {placeholders} in the texts of actions. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Who is told what could not be filled as written: name is that of the placeholder, why NULL when nothing
 * fills it. */
struct render_ear {
    void (*trouble)(const char *name, const char *why, void *data);
    void *data;
};

/* A copy of args whose texts have every {name} filled from values, behind its filters (rules/fill.h). What
 * names nothing in values is left out. kinds: argument -> its type as the action declares it ("text?");
 * what fills a "name" becomes one that a file or folder may have. kinds and ear may be NULL. */
json_t *render_args(const json_t *args, const json_t *kinds, const json_t *values,
                    const struct render_ear *ear);
