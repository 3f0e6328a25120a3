/* The jail of the process that reads mail: after jail_close nothing can be opened, connected, executed or
 * forked. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

/* Dies with its parent, gains no privileges, leaves no core. Call first. parent: the pid that must still be
 * there. */
bool jail_tie(GError **error);
/* Closes the jail: memory limit (not in sanitizer builds), system call filter. */
bool jail_close(size_t memory, GError **error);
