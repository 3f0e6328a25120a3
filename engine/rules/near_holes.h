/* Where a text and the template that it nearly matches differ: in words for people, and as a template that
 * matches both. */
#pragma once
#include "rules/near_align.h"

#include <jansson.h>

/* A stretch of the normalized template and of the text, in bytes. */
struct near_stretch {
    size_t known, known_end, other, other_end;
    bool same;       /* the template has it as it is, or takes it */
    uint32_t weight; /* of the words that it is: same */
};

/* Template and text from beginning to end, in turn. words, tokens: of the text. The caller owns the list. */
GArray *near_stretches(const struct rule_set *set, const struct near_index *index,
                       const struct near_text *known, const char *text, const GArray *words,
                       const GArray *tokens, char **normal);
/* ["\"scheduled\" is \"planned\"", …]; [] where only capitals differ. The caller owns it. */
json_t *near_differs(const GArray *stretches, const char *normal, const char *text);
/* A template of a length that people read, compiled, if it matches the text; else NULL. The caller frees. */
struct pattern *near_template(const struct rule_set *set, const char *template, const char *text);
/* The widened template; NULL when what is left would say too little, or does not match both. The caller
 * frees. */
struct pattern *near_widened(const struct rule_set *set, struct pattern *ids, const GArray *stretches,
                             uint32_t weight, const char *normal, const char *text);
