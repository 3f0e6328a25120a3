/* Dates, times of day and spans of time as people write them in English and Japanese: what there is, read
 * from the beginning of a text. Nothing is guessed: a date that has no zone is UTC, one that is alone is its
 * midnight, 10/17/2025 is the 17th of October (where the first number can be no month, it is the day). */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct moment {
    int year, month, day;     /* year 0: not said; month 0: a time of day alone */
    int hour, minute, second; /* hour -1: a date alone; 24: the day's end */
    int offset;               /* minutes that the clock is ahead of UTC */
    bool zoned;
    bool iso;      /* ISO 8601, with a T */
    bool signs;    /* 12月5日, which is a date also without a year and a time */
    bool american; /* the zone is the time of a part of the USA, in summer an hour more than offset says */
};

/* Whether a moment or a span could begin there: cheap, for trying every word of a text. */
bool moment_may_begin(const char *text);
/* How many bytes of valid UTF-8 make up a moment: a date, a time of day, or both in either order. 0: none. */
size_t moment_read(const char *text, struct moment *moment);
/* ms. Of a date without a year, the one that lies nearest to `near`. false when there is no such day or time,
 * no date, or no year and near is MOMENT_NEAR_NOTHING; and outside 1900 to 2100. */
#define MOMENT_NEAR_NOTHING INT64_MIN
bool moment_time(const struct moment *moment, int64_t near, int64_t *time);
/* "6 hours", "five (5) days", "30分": how many bytes, 0: none; ms. A working day counts as a day, which is
 * never too late. */
size_t moment_read_lasting(const char *text, int64_t *lasting);
/* A zone's name or offset behind blanks and in brackets or without; false, and nothing read, when there is
 * none. */
bool moment_read_zone(const char **at, struct moment *moment);
/* The same for one whose name stands before `at`, from `text` on: 日本時間 2026年12月5日 22:00. */
void moment_read_zone_before(const char *text, const char *at, struct moment *moment);
/* 1 to 12 by the first three letters; 0. */
int moment_month_of(const char *word);
