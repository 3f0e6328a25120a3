/* One explained decision as text for people. */
#pragma once
#include <stdbool.h>
#include <jansson.h>

struct explain_view {
    bool all;                 /* the trees of all rules, also of those that did not hold */
    bool whole;               /* no text is cut */
    const char *const *rules; /* whose trees are wanted; NULL-terminated, or NULL */
};

/* answer: what a decider says (wire/frame.h) of a mail with explain. */
void explain_print(const char *file, const json_t *answer, const struct explain_view *view);
