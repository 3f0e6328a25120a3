/* Times are int64_t milliseconds since 1970 UTC, durations int64_t milliseconds. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <glib.h>

int64_t time_now(void);
/* A file's time; anybody can set one that no clock shows, so it is held within what may be reckoned with. */
int64_t time_of_file(const struct timespec *time);
/* "2026-11-24T01:02:03Z" (fractions cut), always 20 characters; "-" outside the years 1 to 9999. The caller
 * frees. */
char *time_format(int64_t time);
/* "2026-12-05 10:00 JST" in the zone of that name. The caller frees. NULL when there is none. */
char *time_format_local(int64_t time, const char *zone);
/* For a process that can read no files later: the zone is known to time_format_local from now on. */
void time_zone_keep(const char *name);
/* The first moment after that one at which a day is so many minutes old in the zone of that name (UTC where
 * there is none). Where clocks are put forward over it, the moment that they then show. */
int64_t time_next_daily(int64_t after, int minutes, const char *zone);
/* Reads ISO 8601 as time_format writes it (a missing zone is UTC; a date alone is its midnight). */
bool time_parse(const char *text, int64_t *time);
/* "500ms", "90s", "5m", "24h", "400d", "2w"; false for anything else, negatives and overflow. */
bool duration_parse(const char *text, int64_t *duration);
/* Whether this system has a time zone database, and it lacks the name. */
bool time_zone_missing(const char *name);
/* "1.5s", "5m", "3h 20m", "12d"; the caller frees. */
char *duration_format(int64_t duration);
