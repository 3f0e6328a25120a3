/* The rule in hand. */
#include "rules/step.h"

#include <glib.h>
#include <stdbool.h>

static void (*told)(uint32_t rule);
static uint32_t in_hand;
static bool timed;
static unsigned depth;           /* of what is left and not returned to */
static int64_t left_at, outside; /* microseconds */

void step_on_change(void (*hook)(uint32_t rule))
{
    told = hook;
}

void step_enter(uint32_t rule)
{
    in_hand = rule;
    if (told != NULL)
        told(rule);
}

uint32_t step_leave(void)
{
    uint32_t left = in_hand;
    if (timed && depth++ == 0)
        left_at = g_get_monotonic_time();
    if (left != 0)
        step_enter(0);
    return left;
}

void step_return(uint32_t left)
{
    if (timed && depth > 0 && --depth == 0)
        outside += g_get_monotonic_time() - left_at;
    if (left != in_hand)
        step_enter(left);
}

/* A push into Lua that ran out of memory leaves and never returns: what is counted begins anew. */
void step_time(void)
{
    timed = true;
    depth = 0;
    outside = 0;
}

int64_t step_outside(void)
{
    return outside;
}
