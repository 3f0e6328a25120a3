/* A near miss as people read it. */
#pragma once
#include <jansson.h>

/* "ec2.retirement, maintenance, 82 % alike: \"planned\" is new", on one line; NULL when there is none. The
 * caller frees. */
char *near_text(const json_t *near);
/* The line to paste into a rule: title = "…"; NULL when there is none. The caller frees. */
char *near_paste(const json_t *near);
