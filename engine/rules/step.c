/* The rule in hand. */
#include "rules/step.h"

#include <stddef.h>

static void (*told)(uint32_t rule);
static uint32_t in_hand;

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
    if (left != 0)
        step_enter(0);
    return left;
}

void step_return(uint32_t left)
{
    if (left != in_hand)
        step_enter(left);
}
