/* Which rule is in hand, for the page that the keeper reads when a decider stalls. While the mail itself is
 * read for a rule (decoding, HTML, the notice), no rule is in hand: one that merely asked first must not be
 * blamed. One hook a process. */
#pragma once
#include <stdint.h>

void step_on_change(void (*hook)(uint32_t rule));
/* rule: its number from 1; 0: none. */
void step_enter(uint32_t rule);
/* Around what is no rule's own work; nests. Nothing in between may longjmp. */
uint32_t step_leave(void);
void step_return(uint32_t left);
/* From now on the time in between is measured, for explain; and how much it was, in microseconds. */
void step_time(void);
int64_t step_outside(void);
