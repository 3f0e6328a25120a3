/* Many literal texts looked for in one pass over a text. Built once, then read-only. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

#define NEEDLES_NONE UINT32_MAX

struct needles;
struct needles *needles_new(void);
void needles_free(struct needles *needles);
/* Adds a needle of one or more runs of bytes, of which the one is looked for that tells it best from the
 * others. Returns its number, from 0 in order; the same runs again give the same number. NEEDLES_NONE when
 * there are no runs, each of at least two bytes. */
uint32_t needles_add(struct needles *needles, const GPtrArray *runs);
/* To be called once, when all are added. */
void needles_build(struct needles *needles);
uint32_t needles_count(const struct needles *needles);
/* The run that is looked for. */
const char *needles_text(const struct needles *needles, uint32_t number);
/* Calls found with the number of every needle whose run is in the text; more than once where it is there more
 * than once. false when that was given up, since the text has too many places where too many needles could
 * stand: then nothing is known of the needles that were not found. */
typedef void (*needle_found)(uint32_t number, void *data);
bool needles_scan(const struct needles *needles, const char *text, size_t length, needle_found found,
                  void *data);
