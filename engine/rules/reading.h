/* One mail being decided: what conditions ask of it, each normalized once and only when asked; and what is
 * found on the way. */
#pragma once
#include "rules/trace.h"
#include "mail/message.h"

struct reading {
    const struct rule_set *set;
    struct message *message;
    struct auth *auth;
    const char *spool, *file; /* of the envelope, as is recipient; NULL when unknown */
    const char *recipient;
    int64_t arrival;    /* ms */
    bool every_account; /* every account counts as in the directory */
    json_t *notice;     /* grows; see notice.h */
    bool notice_has_body;
    bool another_speaker;         /* a rule for AWS's word would have held for somebody else at Amazon */
    char *subject, *title, *body; /* normalized; NULL until asked */
    GHashTable *halves;           /* by message, as notice_half keeps them; NULL until asked */
    json_t *found, *tags, *errors;
    json_t *unfound;         /* names that rules which held look for themselves, and did not find; as keys */
    GPtrArray *shadows;      /* of struct rule: in shadow, and would have decided */
    unsigned failures;       /* functions that erred, patterns that overran */
    struct trace *trace;     /* for explain, or NULL */
    unsigned char *reached;  /* by number (rule_set.h): what of the rules was reached; or NULL */
    const struct rule *rule; /* the one in hand */
    struct offering *offering; /* which rules are in play; NULL: all are, and every condition is tried */
};

void reading_start(struct reading *reading, const struct rule_set *set, struct message *message);
void reading_clear(struct reading *reading);
const char *reading_subject(struct reading *reading);
const char *reading_title(struct reading *reading);
const char *reading_body(struct reading *reading);
/* As those of message.h, with no rule in hand meanwhile. */
const GPtrArray *reading_parts(struct reading *reading);
GPtrArray *reading_addresses(struct reading *reading, const char *header);
/* Calls stop with the texts of a field, normalized as conditions see them, until it returns true; whether it
 * did. header: whose name, for "header" and "notice". */
typedef bool (*field_text)(const char *text, void *data);
bool reading_each_text(struct reading *reading, const char *field, const char *header, field_text stop,
                       void *data);
/* An error in the rule in hand; the same one is recorded once, and no more than any person reads. */
void reading_error(struct reading *reading, const char *kind, const char *message);
/* Puts what a pattern found into `found`: the first value of a name stays. For pattern_try. */
void reading_found(const char *name, const char *value, size_t length, void *reading);

/* Whether the condition holds; what one that does not hold had found on the way is forgotten. An error in it
 * (a budget, a raised error) counts as "does not hold" and is recorded; and so does a `none` around it. */
bool reading_holds(struct reading *reading, const struct condition *condition);
/* To be called after a rule's function or list was used: what it changed beyond this mail is put back, and
 * recorded as an error. */
void reading_put_back(struct reading *reading, int reference);
/* Forgets all that was found since `found` had that size. */
void reading_forget(struct reading *reading, size_t size);
void reading_reach(struct reading *reading, unsigned number);
/* capture and collect of a rule that matched: each is found under its own name alone. What it would have
 * found and did not is noted. */
void reading_capture(struct reading *reading, const struct rule *rule);
