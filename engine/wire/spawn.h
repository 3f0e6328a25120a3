/* Starting a child without a loop, for commands: this same program, with the descriptors that children expect
 * (frame.h) and nothing else. */
#pragma once
#include <sys/types.h>
#include <glib.h>

/* role: the word that main.c knows it by. environment: NAME=value, NULL-terminated; NULL: the caller's own,
 * where secrets may stand. snapshot, page: stay the caller's. Its number, with our end of its channel, or -1.
 */
pid_t spawn_child(const char *role, int snapshot, int page, char *const environment[], int *channel,
                  GError **error);
