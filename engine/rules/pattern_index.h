/* Which rules a mail's texts leave in play, so that the cost of a mail does not grow with the number of
 * rules.
 *
 * A rule's keys are literal texts of one or more fields of which every mail that it holds for has at least
 * one. A rule without keys (its conditions are a function, a notice field, a bare placeholder) is in play
 * always. Whatever is left out here would not have held: with and without the index the same rule decides. */
#pragma once
#include "rules/rule_set.h"
#include "rules/needles.h"

struct pattern_index;
/* For rules in the order of consideration; tells their conditions where their literals are (struct
 * condition). */
struct pattern_index *pattern_index_new(const GPtrArray *rules);
void pattern_index_free(struct pattern_index *index);

/* A field that conditions look at: its texts are searched together. */
struct index_field {
    char *field, *header; /* as in struct condition */
    unsigned cost;        /* of reading it: the cheap ones are asked first */
    struct needles *needles;
    GArray *keys;     /* of struct index_key, by needle, then by rule */
    uint32_t *starts; /* the keys of needle n: from starts[n] to before starts[n + 1] */
    GArray *keyed;    /* of uint32_t: the rules that have a key in this field, ascending, each once */
};

struct index_key {
    uint32_t needle, rule; /* rule: its place in the order, from 0 */
};

const GPtrArray *pattern_index_fields(const struct pattern_index *index); /* of struct index_field */
/* A bit a rule, by its place: those that are in play always. Of pattern_index_words words. */
const uint64_t *pattern_index_always(const struct pattern_index *index);
size_t pattern_index_words(const struct pattern_index *index);
