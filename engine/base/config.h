/* The configuration as read from awsift.lua, with every default filled in and every path absolute.
 * It is evaluated elsewhere (a Lua file may loop); here it arrives as JSON. */
#pragma once
#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

enum spool_kind { SPOOL_MAILDIR, SPOOL_DIRECTORY };

struct config_spool {
    char *name; /* as written in spool "NAME" */
    char *path;
    enum spool_kind kind;
    char *recipient; /* NULL: read from the mail */
    int64_t settle;  /* ms without change after which a file of a drop directory counts as whole */
};

struct config_rules {
    char *path;
    bool require_tests;
    bool shipped;
    int line; /* of the configuration's file, 0 when it is not named there */
};

struct config {
    char *file;        /* NULL for the embedded defaults */
    char *store;       /* folder */
    char *user;        /* as whom awsift works where root starts it; NULL: base/privileges.h */
    GPtrArray *spools; /* of struct config_spool */
    GPtrArray *rules;  /* of struct config_rules, in order */
    struct {
        unsigned count;
        int64_t time;  /* ms a mail */
        size_t memory; /* bytes a process */
    } deciders;
    struct limits limits;
    json_t *json; /* all of it, as actors and deciders get it (no secret is ever in it) */
};

/* Takes the JSON that the configuration language yields; keeps a reference. */
struct config *config_from_json(json_t *json, GError **error);
void config_free(struct config *config);
/* Nobody wrote down who the operators are: what nobody else is told goes to an address that nobody reads. */
bool config_lacks_operators(const struct config *config);
/* What a decider may know: trust, limits, spools' names, names of channels and commands, no address, URL
 * or program. The caller owns it. */
json_t *config_for_decider(const struct config *config);
typedef struct config config;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(config, config_free)
