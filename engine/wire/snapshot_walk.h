/* The files that make a snapshot: every regular file of the shipped scripts and of the rule folders, each up
 * to five folders deep. */
#pragma once
#include "wire/snapshot.h"

#include <sys/stat.h>

struct walk;

/* A file or folder on the way. */
struct place {
    const char *name; /* in the snapshot */
    const char *path; /* as configured, for people */
    const char *real; /* where its folder lay when the walk began: what is read is of one place */
    int depth;
};

typedef bool (*visit)(const struct walk *walk, const struct place *place, const struct stat *status,
                      GError **error);

/* What is done with each file, and who is told of what cannot be read; NULL: nobody, it is an error. */
struct walk {
    visit each;
    void *data;
    snapshot_unread unread;
    void *unread_data;
    snapshot_unread passed; /* told of what is left out though it can be read; may be NULL */
};

/* The order is that of the folders' own listing. */
bool walk_all(const char *scripts, const char *const *folders, const struct walk *walk, GError **error);
/* For what cannot be read: whether the walk goes on. Takes why. */
bool walk_goes_on(const struct walk *walk, const char *path, GError *why, GError **error);
