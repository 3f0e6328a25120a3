/* The jail of the process that reads mail: after jail_close nothing can be opened, connected, executed or
 * forked, and nobody else signalled. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

/* Dies with its parent, gains no privileges, leaves no core, holds few descriptors. Call first, with the
 * channel open. Fails with AWSIFT_ERROR_GONE when the parent is gone already. */
bool jail_tie(GError **error);
/* Closes the jail: memory limit (not in sanitizer builds), system call filter. */
bool jail_close(size_t memory, GError **error);
/* From now on so much CPU time more (ms, rounded up), then SIGXCPU ends the process. This is for accidents
 * while nobody keeps the clock; code that took the process over could ask for more. */
void jail_allow_time(int64_t time);
