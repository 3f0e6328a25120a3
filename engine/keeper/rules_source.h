/* What the rules are read from: the shipped scripts and the configured folders. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

#include <jansson.h>

struct rules_look {
    guint64 fingerprint;
    size_t empty;   /* files of Lua that hold nothing */
    char *checkout; /* the lock of a git that is changing one of the folders, or NULL; the caller frees */
};

struct rules_taken {
    struct snapshot *snapshot; /* NULL when it could not be taken; the caller frees */
    struct rules_look look;    /* what it was taken of; checkout is NULL */
    json_t *errors;            /* [{file, message, again}], empty with a snapshot; the caller owns it */
};

/* Both block: for the pool. Taking looks before and after, and begins anew when files were written meanwhile.
 */
void rules_look_at(const struct config *config, struct rules_look *look);
void rules_take(const struct config *config, struct rules_taken *taken);
struct snapshot *rules_take_shipped(void); /* of the shipped scripts alone, or NULL */
