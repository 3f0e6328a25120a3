/* What stands near in a text: around a match, or where a text that did not match comes closest. */
#pragma once
#include "rules/rule_set.h"

struct near;
/* Bounds how much is searched: it is for showing, and may not cost a mail its time. */
struct near *near_new(void);
void near_free(struct near *near);

/* The line of the match, clipped around it. The caller frees. */
char *near_match(const char *text, size_t start, size_t end);

/* The texts are owned. fits and then are NULL where nothing fits, or where nobody can tell (expressions). */
struct near_miss {
    char *saw;  /* the text, or of a long one what is near */
    char *fits; /* how much of what was wanted is there */
    char *then; /* what stands there instead of the rest */
};
/* Compares text with the condition's pattern, which did not match it. */
void near_find(struct near *near, const struct rule_set *set, const struct condition *condition,
               const char *text, struct near_miss *miss);
void near_miss_clear(struct near_miss *miss);
