/* A title as a template: what stands for itself in each mail gives way to its placeholder. */
#pragma once
#include "rules/pattern.h"

/* One expression for all placeholders that are for something of a form of its own, the team's too.
 * placeholders: name -> PCRE2. */
struct pattern *near_ids_new(GHashTable *placeholders);
/* "Runtime 3.9 until 2026-12-05" -> "Runtime {version} until {date}". The caller frees. */
char *near_ids_fold(struct pattern *ids, const char *text);
