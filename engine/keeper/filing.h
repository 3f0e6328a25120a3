/* Filing: where a decided mail lies, by a name that follows from the ledger alone, so that a crash between
 * the commit and the move is repaired by looking. All functions block; they are for the thread pool. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <glib.h>

/* "<id>.<first 16 hex>.awsift"; the caller frees. */
char *filing_name(int64_t message, const char *sha256);
enum { FILING_HEX = 16 };
#define FILING_DAMAGED ".damaged" /* behind the name of what lay in the archive and is not what came */
/* The other way round: what stands behind such a name (flags, ".reason"), within it; NULL when it begins
 * otherwise. hex: FILING_HEX + 1 bytes. */
const char *filing_name_parse(const char *name, int64_t *message, char *hex);
/* Makes store, archive, unreadable and outbox, and proves by writing that they can be written. */
bool filing_prepare(const char *store, GError **error);
/* Moves a file to archive/<category>/cur/<name>:2, ; the Maildir is made when missing. With sync_content its
 * bytes are synced first; where that fails, or they are doubted, they are copied. The folders are NOT
 * synced: filing_sync does that once a batch. A mail that is already filed under that name while from_path is
 * gone counts as filed. */
bool filing_file(const char *store, const char *category, int64_t message, const char *sha256,
                 const char *from_path, bool sync_content, GError **error);
/* A sync of this folder failed now, or of a file in it: the kernel may have thrown away what it could not
 * write, and says success to the next one. What lies there is doubted: it has to be written anew, whatever a
 * later sync says. Files that are changed or come later are not. */
void filing_doubt(const char *folder);
bool filing_is_doubted(const char *folder, const struct stat *status);
/* After filing_sync failed: gives the mail its name anew, so that the next one has something to write. */
bool filing_renew(const char *store, const char *category, int64_t message, const char *sha256,
                  GError **error);
/* A mail in its spool, by the folder that it was found in and what it was then: no other file is moved,
 * however names and folders are exchanged meanwhile. One that was put in its place is put back, with
 * AWSIFT_ERROR_GONE. */
struct filing_source {
    int folder;
    const char *name;
    const char *path;        /* for people */
    const struct stat *seen; /* size, mtime and inode count; NULL: whatever lies there */
};
bool filing_file_from(const char *store, const char *category, int64_t message, const char *sha256,
                      const struct filing_source *from, bool sync_content, GError **error);
/* Whether the spool's folder is that of the archive itself, by a link or a mount: nothing in it may be taken
 * for a copy. */
bool filing_is_archive(const char *store, const char *category, int folder);
/* Makes the moves durable: the category's cur/ first, then the folder they came from (may be NULL). */
bool filing_sync(const char *store, const char *category, const char *from_folder, GError **error);
/* Where the mail lies now, by what stands before the colon in cur/ and new/ (a mail reader may have changed
 * the flags); NULL when a person removed it. Exact names first, the folder is listed only then. Caller frees.
 */
char *filing_find(const char *store, const char *category, int64_t message, const char *sha256);
/* Proven by listing the folder: a person removed it. False where the folder itself is gone or closed to us.
 */
bool filing_is_gone(const char *store, const char *category, int64_t message, const char *sha256);
/* Where a mail that nobody touched, or only read, lies: no folder is listed, however full. For reading, or
 * -1. */
int filing_open_usual(const char *store, const char *category, int64_t message, const char *sha256);
int filing_open(const char *store, const char *category, int64_t message,
                const char *sha256); /* for reading, or -1 */
/* Removes it from that folder of the archive. *folder: where it lay, to be synced, the caller's; NULL where
 * it is proven to be gone. */
bool filing_remove(const char *store, const char *category, int64_t message, const char *sha256,
                   char **folder, GError **error);
/* A mail that shall lie in the folder of its category, wherever in the archive it lies now. */
struct filing_home {
    const char *store, *category, *sha256;
    const char *elsewhere[2]; /* further folders that may hold it; NULL or "": none */
    int64_t message;
    char *from;    /* set: the path that it was moved out of, for filing_sync; NULL: it lay there already */
    char *damaged; /* set: what lay in its place with other bytes and was set aside, for people; or NULL */
};
enum filing_brought { FILING_NOWHERE, FILING_HOME, FILING_FAILED /* with an error */ };
/* Finds it by its bytes, not only by its name, and moves it. Not durable before filing_sync. A file of that
 * name with other bytes (damaged, cut short) goes into unreadable/ with a reason. The caller clears home. */
enum filing_brought filing_bring_home(struct filing_home *home, GError **error);
void filing_home_clear(struct filing_home *home);
/* For people: which mail is not where it should be, why, and what to do. The caller frees. */
char *filing_lost_text(int64_t message, const char *category);
char *filing_waits_text(int64_t message, const char *file, const char *spool, const GError *why);
/* Whether there is anything in the archive. */
bool filing_holds_mail(const char *store);
/* An archive that has mail by the ledger, and is empty, is a disk that is not mounted. */
bool filing_prove_archive(const char *store, GError **error);
/* Puts the file into unreadable/<name> beside <name>.reason, durably; the reason stands first. */
bool filing_set_aside(const char *store, int64_t message, const char *sha256,
                      const struct filing_source *from, const char *reason, GError **error);
