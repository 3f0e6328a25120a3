/* A generation's files as one sealed memfd: every rule, script, contact and fixture file, unparsed, sorted by
 * name. Names: "awsift/…" for the shipped scripts, "rules/<n>/…" for the n-th rule folder (from 0).
 * The revision is the SHA-256 of the whole, hex. The same files give the same bytes. */
#pragma once
#include <stdbool.h>
#include <glib.h>

struct snapshot_file {
    const char *name; /* borrowed from the snapshot */
    const char *bytes;
    size_t size;
};

struct snapshot;
typedef struct snapshot snapshot;

/* Reads the folders: each up to five deep; dot files, backups "~", "#…#", ".swp" and ".tmp" left out; links
 * that stay inside their folder followed; at most 64 MiB and 20,000 files, of Lua 8 MiB each. scripts is the
 * folder whose files become "awsift/…". A missing rule folder is an error. It may be read while it is
 * written: compare the fingerprints before and after. */
struct snapshot *snapshot_take(const char *scripts, const char *const *folders, GError **error);
/* The same, but what cannot be read is left out, and told with its path and why. */
typedef void (*snapshot_unread)(const char *path, const char *why, void *data);
struct snapshot *snapshot_take_readable(const char *scripts, const char *const *folders,
                                        snapshot_unread unread, void *data, GError **error);
/* Maps a snapshot that another process made; takes the descriptor. Every length is checked, and that it is
 * sealed: what could still change or be cut short is refused. */
struct snapshot *snapshot_open(int descriptor, GError **error);
void snapshot_free(struct snapshot *snapshot);
int snapshot_descriptor(const struct snapshot *snapshot); /* borrowed */
const char *snapshot_revision(struct snapshot *snapshot); /* computed when it is first asked for */
size_t snapshot_count(const struct snapshot *snapshot);
struct snapshot_file snapshot_get(const struct snapshot *snapshot, size_t index);
/* NULL bytes when there is no such file. */
struct snapshot_file snapshot_find(const struct snapshot *snapshot, const char *name);
/* A cheap fingerprint of names, sizes, inodes and times below the folders, and of what cannot be read there:
 * differs when a save happened. 0 when there are more files than a snapshot holds. empty may be NULL: how
 * many files of Lua hold nothing, as one does whose writing has only begun. */
guint64 snapshot_fingerprint(const char *scripts, const char *const *folders, size_t *empty);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(snapshot, snapshot_free)
