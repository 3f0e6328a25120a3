/* Silences: what a person, or a rule file, wants to hear nothing of for a while. Everything is recorded and
 * filed all the same; only what tells people is not done. */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

/* What a silence is of: {KEY: [texts]}, of the keys below; each that is given must hold, by one of its texts.
 * rule, category, service may have * and ?; contact is that of the decision's context, or its group. */
extern const char *const silence_keys[]; /* NULL-terminated */
/* Why it cannot be one, with what to do; NULL when it can. The caller frees. */
char *silence_fault(const json_t *what);
/* Whether it keeps the mail quiet. What is urgent, suspicious, known to no rule, or has to be
 * answered is kept quiet only where its rule or its category is named in full. */
bool silence_covers(const json_t *what, const json_t *decision, const json_t *context);
/* Whether it keeps that action back: what tells or rings people. */
bool silence_holds(const char *action);
/* "rule ec2.*, account 123456789012"; the caller frees. */
char *silence_describe(const json_t *what);
