/* The system's clock, and whether somebody set it. */
#pragma once
#include <stdint.h>

struct keeper;
/* Each second: a step is followed soon, also where nothing is written. */
void clock_tick(struct keeper *keeper);
/* It was set, and the ledger has moved along. */
void clock_stepped(struct keeper *keeper, int64_t by);
