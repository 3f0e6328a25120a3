/* What `explain` shows: one decision as a tree of data, recorded while it is made. Without a recorder (NULL)
 * every function here does nothing. Nothing that is recorded reaches the decision; times are for people.
 *
 * {"steps": [{"name", "microseconds"}], "offered": [RULE], "not_offered": n, "left_out": n,
 *  "read": {"parts": n, "decoded": n} or null where the header was enough,
 *  "account": {"account", "contact", "by"}}
 * RULE  {"rule", "file", "line", "why": [{"field", "text"}] | "always" | "asked", "outcome": "decides" |
 * "adds" | "no" | "shadow" | "another speaker" | "passed over" | "holds", "microseconds", "condition": NODE,
 * "captures": {name: value}, "actions": [{"action", "args"}]} NODE  {"condition": "all" | "any" | "none" | a
 * field | "notice" | "when", "holds", "microseconds"; of lists "inner": [NODE] and "left_out" where some are;
 * of texts "match", "nocase" where it is, "header", "wanted", "saw", "found", and of what did not match
 * "fits" and "then": how far it fits, and what stands there instead; "error"; "skipped": true where it was
 * not tried, with "absent": true where its literal text is nowhere in the field} "asked" and "holds" are of
 * rules that were evaluated only because somebody asked for them. left_out: rules for which there was no
 * room. */
#pragma once
#include "rules/rule_set.h"

struct trace;

/* since: g_get_monotonic_time when reading the mail began. */
struct trace *trace_new(int64_t since);
/* The recorded tree; the caller owns it. Takes the recorder. NULL for NULL. */
json_t *trace_free(struct trace *trace);
/* A step of deciding begins, and the one before ends. */
void trace_step(struct trace *trace, const char *name);
void trace_read(struct trace *trace, unsigned parts, unsigned decoded);
void trace_account(struct trace *trace, const char *account, const char *contact, const char *by);

/* Around a rule's evaluation. why: the texts for which the index offered it, as [{field, text}]; NULL: it is
 * always offered. Takes the reference. */
void trace_rule_begin(struct trace *trace, const struct rule *rule, json_t *why);
void trace_rule_end(struct trace *trace, const char *outcome);
/* Whether the rule's evaluation is recorded, or left out. */
bool trace_has(const struct trace *trace, const struct rule *rule);
/* Whether there is no room for rules that do not hold; and one that is not evaluated for that. */
bool trace_is_full(const struct trace *trace);
void trace_leave_out(struct trace *trace, const struct rule *rule);
/* So many rules had their turn: those of them that were not begun were not offered, since what they need is
 * not in the mail. */
void trace_considered(struct trace *trace, size_t count);
/* Of the rule that ends next: what its captures found. */
void trace_captures(struct trace *trace, const struct rule *rule, const json_t *found);
/* An action that a rule ended in, rendered. rule NULL: that of the category. */
void trace_action(struct trace *trace, const struct rule *rule, json_t *action);

/* Around a condition; they nest. */
void trace_condition_begin(struct trace *trace, const struct condition *condition);
void trace_condition_end(struct trace *trace, bool holds);
/* A condition that is not tried: what was tried has settled it. */
void trace_skipped(struct trace *trace, const struct condition *condition);
/* Of the condition in hand: a text that it looked at and what came of that; from start to end it matched. */
void trace_text(struct trace *trace, const struct rule_set *set, const struct condition *condition,
                const char *text, enum pattern_result result, size_t start, size_t end);
/* Of the condition in hand: its literal text is not in the field that was read for it. */
void trace_absent(struct trace *trace);
/* Of the condition in hand: what a placeholder found. */
void trace_found(struct trace *trace, const char *name, const char *value, size_t length);
void trace_saw_value(struct trace *trace, const json_t *value);
void trace_error(struct trace *trace, const char *message);
