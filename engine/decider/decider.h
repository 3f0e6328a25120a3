/* The decider: the child that reads mail. */
#pragma once
#include "wire/frame.h"

/* The child's main: descriptors CHILD_CHANNEL, CHILD_SNAPSHOT, CHILD_PROGRESS are open. Returns the exit
 * status. */
int decider_main(void);
