/* The log: one line an event on stderr, "<time> <level> <who>: <text>"; under systemd "<N>who: text".
 * Levels have fixed meaning: info (what happened), warning (degraded, goes on), error (a person must look).
 * Control characters and separators of lines are shown as '?', so that mail cannot forge log lines, and what
 * is no UTF-8 as U+FFFD; a line longer than PIPE_BUF (4096 bytes) ends in "…".
 * Nobody waits for its reader longer than a moment. */
#pragma once
#include <glib.h>

/* Names this process in every line; who is copied. Also routes GLib's own messages here. */
void log_open(const char *who);
void log_info(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_warning(const char *format, ...) G_GNUC_PRINTF(1, 2);
void log_error(const char *format, ...) G_GNUC_PRINTF(1, 2);
