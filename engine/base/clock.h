/* The time of day as a process that goes on for weeks needs it: steady, so that what shall happen in a minute
 * happens in a minute, whatever is done to the system's clock. */
#pragma once
#include <stdint.h>

/* ms since 1970 UTC: the system's clock, or, after clock_keep, one that goes on from it steadily. */
int64_t clock_now(void);
/* ms that only go on, suspended or not. */
int64_t clock_steady(void);
/* The processor time of a process that lives, in ms; -1 where there is none. */
int64_t clock_of_process(int pid);
/* From now on a step of the system's clock counts only once it was adopted. */
void clock_keep(void);
/* How far the system's clock stands from ours, in ms, where it was set: ahead is positive. 0 where it was
 * not; what it drifts apart is followed at once. */
int64_t clock_step(void);
/* Whoever has moved what he waits for by that much says so. */
void clock_adopt(int64_t step);
/* All that was adopted: a time that was noted when it was less is now later by the difference. */
int64_t clock_moved(void);
