/* How many files the keeper and its children may have open. */
#pragma once
#include <stdbool.h>

struct config;
/* Sees to it that there are enough, and says how many that is where there are not. */
void descriptors_prepare(const struct config *config);
/* How many commands may be connected at the same time: where descriptors are few, few. */
unsigned descriptors_for_clients(void);
/* How many actions an actor may have in hand. */
unsigned descriptors_for_hands(void);
/* Whether nothing can be opened now because there is none left. */
bool descriptors_short(void);
