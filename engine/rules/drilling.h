/* What is other about a mail that a drill made: it counts as proven, and everything that it leads to is
 * marked. Only the keeper says that a mail is one, in its frame; nothing in the mail does. */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

struct decide_drill {
    const char *by;      /* who drills */
    const char *account; /* the mail's, whatever it says; NULL: as it says */
    bool operators;      /* the roles are told nothing, the operators all */
    bool power;          /* call, page and exec happen as well */
};

#define DRILL_MARK "[TEST]"

/* The text with the mark before it, unless it has it. The caller frees. */
char *drilling_mark(const char *text);
/* The actions, marked; those that are held go to held, as [{action, args}]. Takes actions, returns those that
 * remain. */
json_t *drilling_actions(json_t *actions, const struct decide_drill *drill, json_t *held);
