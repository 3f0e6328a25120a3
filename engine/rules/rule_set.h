/* The rules of a generation, compiled from what was declared. Read-only once built. */
#pragma once
#include "rules/pattern.h"
#include "rules/sandbox.h"
#include "mail/auth.h"
#include "mail/links.h"

#include <jansson.h>

enum condition_operation {
    CONDITION_ALL,
    CONDITION_ANY,
    CONDITION_NONE,
    CONDITION_TEXT,
    CONDITION_NOTICE,
    CONDITION_WHEN
};

/* What tests can reach has a number, from 1: each condition, capture, and action of a list. Deciding marks
 * what it reaches where somebody asks (decide_request). */
struct condition {
    enum condition_operation operation;
    unsigned number;
    int line;                /* in its rule's file */
    GPtrArray *inner;        /* of struct condition: ALL, ANY, NONE */
    char *field, *header;    /* TEXT, NOTICE; header: or the name of what field "notice" has */
    struct pattern *pattern; /* TEXT */
    enum pattern_kind match; /* TEXT: how it is compared, as is nocase */
    bool nocase;
    json_t *value;          /* NOTICE */
    int test;               /* WHEN: reference of the function in the registry */
    uint32_t place, needle; /* TEXT: its literal in the pattern index, by number of the field; NEEDLES_NONE:
                               it  has none */
};

struct capture {
    char *name, *file;
    unsigned number;
    int line;
    struct pattern *pattern;
};

/* What `actions` or `also` holds. */
struct planned {
    unsigned first, count; /* the numbers of a list's actions; of a function, which is one */
    char *file;            /* where it stands: an override may have said it */
    int line;
};

struct rule {
    char *id, *file;
    uint32_t number; /* its place in the order of consideration, from 1 */
    int line;
    struct condition *condition;
    char *category, *service, *priority, *answer; /* NULL when not said */
    json_t *tags, *advice, *group;                /* advice, group NULL when none */
    GPtrArray *captures, *collects;               /* of struct capture */
    int actions, also; /* references of a list or function, LUA_NOREF when absent */
    struct planned actions_planned, also_planned;
    bool final, general, any_speaker, shadow, unproven;
};

struct decoration {
    char *name;
    struct pattern *head, *tail;
};
void decoration_free(struct decoration *decoration);

struct rule_set {
    struct sandbox *sandbox;     /* borrowed */
    GPtrArray *rules;            /* of struct rule, in the order of consideration */
    struct pattern_index *index; /* of the rules */
    json_t *disabled;            /* [{id, file, line, category, …}]: rules with enabled = false */
    json_t *silences;            /* rules/silenced.h */
    json_t *categories;          /* name -> {title, title_en, priority, tell, grave, answer, group} */
    json_t *contacts;            /* account or "*" -> "@group" or true: who is in the directory */
    GHashTable *roots; /* root address in lower case -> account, or "*" or "@group" where it has {account}; ""
                          where several have it */
    json_t *time_zones;            /* of contacts: name -> {file, line} */
    json_t *actions;               /* name -> "courier" | "custom" */
    json_t *retries;               /* name -> {attempts, first, most, deadline}, where it says so */
    GPtrArray *decorations;        /* of struct decoration */
    struct notice_data *notice;    /* what the notice is read by */
    GHashTable *placeholders;      /* name -> PCRE2 */
    struct near_known *near_known; /* what rules know titles by, for near misses */
    struct auth_senders *senders;
    struct links *links;
    json_t *errors, *warnings; /* [{file, line, column, code, rule, message}] sorted by place */
    unsigned numbers;          /* how many there are, and 1 */
};
typedef struct rule_set rule_set;

/* Builds the set from the sandbox's declarations; patterns that do not compile are added to errors. Keeps the
 * sandbox. */
struct rule_set *rule_set_new(struct sandbox *sandbox);
void rule_set_free(struct rule_set *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(rule_set, rule_set_free)
/* Sorts a list of {file, line, column, …} by place. */
void rule_set_sort(json_t *list);
/* The account in the directory that has this root address (case aside; a plus-address is another one, unless
 * a root address has {account} or * in its place), or NULL. */
const char *rule_set_account_of(const struct rule_set *set, const char *address);
