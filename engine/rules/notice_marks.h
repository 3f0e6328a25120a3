/* A body in which every date, span and time of day is one sign and its number, so that cues are matched
 * without knowing what dates look like. The signs are of Unicode's private use area, which no other text
 * keeps. */
#pragma once
#include <stdint.h>
#include <glib.h>

#define MARK_MOMENT "\xee\x80\x80"  /* U+E000 */
#define MARK_LASTING "\xee\x80\x81" /* U+E001 */
#define MARK_CLOCK "\xee\x80\x82"   /* U+E002 */
#define MARK_FIRST 0xe100           /* the character of number 0 */
#define MARK_NUMBERS "[\\x{e100}-\\x{e4ff}]"
enum { MARKS_MAXIMUM = 0x400 };

struct marked {
    GString *text;    /* what stands near a sign; longer stretches between two are cut */
    GArray *moments;  /* of struct moment: moments and times of day */
    GArray *lastings; /* of int64_t, ms */
};

/* Of the first thousand of either; text: normalized, as the body. */
void marks_read(struct marked *marked, const char *text);
void marks_clear(struct marked *marked);
