/* What the notice is read by, compiled from scripts/awsift/aws/ and from the cues of rule files. Read-only
 * once built. */
#pragma once
#include "rules/pattern.h"

#include <jansson.h>
#include <stdint.h>

struct rule_set;

enum { NOTICE_SHORT_WORD = 11 };

/* A phrase that tells something: times, or how things stand. */
struct cue {
    char *name;
    struct pattern *pattern;
    GArray
        *needles; /* of uint32_t, in its list's: the text must have one of them; empty: it has no literal */
};

struct label {
    char *text, *key; /* key: "" for what stands in metadata alone */
};

/* A link through somebody else's server. */
struct wrapper {
    struct pattern *pattern;
    char *coding; /* NULL: it leads nowhere */
};

struct notice_data {
    GPtrArray *times, *statuses; /* of struct cue, in the order in which they count */
    struct needles *needles;     /* of all cues */
    struct joint *if_before, *if_behind, *due, *resource, *region, *case_number, *abuse_id;
    struct pattern *further_region;            /* NULL, like the following, when nothing declares any */
    struct pattern *service;                   /* a service's name in a title */
    GHashTable *region_codes;                  /* long name in lower case -> code */
    GHashTable *service_names, *service_codes; /* name in lower case, code of AWS Health -> code */
    GPtrArray *labels, *headings;              /* of struct label, longest text first; of char */
    struct pattern *link;
    GPtrArray *wrappers; /* of struct wrapper */
    struct pattern *labelled_account, *account_in_subject;
    GHashTable *words;    /* short word -> languages that have it, a bit each by their place in `languages` */
    size_t longest_word;  /* bytes, at most NOTICE_SHORT_WORD */
    GPtrArray *languages; /* of char, sorted */
    GPtrArray *marks_en, *marks_ja; /* of char, in the form of literals_squeeze */
};

/* The set's placeholders must be known; what does not compile is added to its errors. declarations: the index
 * of that table on its sandbox's stack. */
struct notice_data *notice_data_new(struct rule_set *set, int declarations);
/* One pass over a text, for cue_may_hold. The caller frees. */
bool *cue_needles_in(const struct notice_data *data, const char *text);
bool cue_may_hold(const struct cue *cue, const bool *needles);
/* One expression of those cues that may hold, or of all where needles is NULL. NULL: there are none.
 * Borrowed. */
struct joint;
struct pattern *cue_joined(struct joint *joint, const bool *needles);
void cue_joint_free(struct joint *joint);
/* notice_data.c's: reads and compiles them. The regions must be known. */
void cues_read(struct rule_set *set, struct notice_data *data, int declarations);
/* Whether what was found at `start` begins within a word, and is none. */
bool cue_is_torn(const char *text, size_t start);
void notice_data_free(struct notice_data *data);
