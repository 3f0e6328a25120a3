/* Guards against hostile rules that a test build alone may switch off, to show that each attack in
 * tests/hostile gets through without its guard: `meson setup -Dunguarded=true`, and $AWSIFT_GUARD_OFF with
 * their names between commas. In every other build guard_stands is the constant true. */
#pragma once
#include "constants.h"

#include <stdbool.h>

#define GUARD_VARIABLE "AWSIFT_GUARD_OFF"

#if AWSIFT_UNGUARDED
bool guard_stands(const char *name);
#else
static inline bool guard_stands(const char *name)
{
    return true;
}
#endif
