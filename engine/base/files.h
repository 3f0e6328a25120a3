/* The only files (base/files*.c) that call fsync, rename and unlink, so that faults can be injected in one
 * place.
 * All functions block; call them from the thread pool or a short-lived command. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <glib.h>

/* Opens name below folder for reading: no symlink is followed, nothing but a regular file is opened (a FIFO
 * does not block). Returns the descriptor, or -1 with AWSIFT_ERROR_GONE, _IO. */
int file_open_regular(int folder, const char *name, struct stat *status, GError **error);
/* By device and inode: whether two names, or a name and what is open, are one file; and whether it is as long
 * and was last written when it was seen. */
bool file_is_same(const struct stat *one, const struct stat *other);
bool file_is_unchanged(const struct stat *seen, const struct stat *now);
/* With parents, mode 0700. What is made, or was made by somebody before, is durable under its name when this
 * returns true; what is there and was so once costs a look. */
bool folder_make(const char *path, GError **error);
bool maildir_make(const char *path, GError **error); /* as folder_make, with tmp, new and cur in it */
bool folder_sync(const char *path, GError **error);
bool file_sync(int descriptor, const char *name, GError **error);
/* Moves within a file system by rename; across file systems by copy to <to>.tmp, fsync, rename, unlink.
 * Fails with _IO when `to` exists. Neither folder is synced: the caller syncs them once a batch. */
bool file_move(const char *from, const char *to, GError **error);
/* The same where somebody watches the folder of `to`: a copy is made at `temporary`, on its file system. */
bool file_move_by_way(const char *from, const char *temporary, const char *to, GError **error);
/* A file by the open folder that it lies in (AT_FDCWD: name is a path), so that what takes the folder's place
 * later changes nothing. */
struct file_at {
    int folder;
    const char *name;
};
bool file_move_at(struct file_at from, struct file_at to, GError **error);
bool file_remove_at(struct file_at file, GError **error); /* one that is gone is success */
/* The same by copy in any case: what another wrote and what cannot be proven to be on the disk is written
 * anew. */
bool file_move_by_copy_at(struct file_at from, struct file_at to, GError **error);
/* Under that name still the file that was seen: device, inode, size and mtime. */
bool file_is_seen(struct file_at file, const struct stat *seen);
/* A new file in the place of the one that was seen and has this hash, with its bytes and mtime; they are
 * synced, the folder is NOT. For what another program wrote, where a sync of it or of its folder failed:
 * bytes and name are new, so the next sync has both to write. At no moment does the name stand for nothing.
 * temporary: a name below the same folder. *seen: the new file. With _GONE it is another file by now. */
bool file_write_anew_at(struct file_at file, const char *temporary, const char *sha256, struct stat *seen,
                        GError **error);
/* Makes what the name says durable once more, after a sync of its folder that failed: the name is taken away
 * to `other`, which must be as good a name, and back. The folder is NOT synced. */
bool file_name_anew(const char *path, const char *other, GError **error);
/* A new file of that size at path, with room of its own on the disk; none where there is not enough. */
bool file_allocate(const char *path, int64_t size, GError **error);
/* Puts bytes durably at path: temporary file beside it, fsync, rename, fsync of the folder. */
bool file_write_durable(const char *path, const void *bytes, size_t size, GError **error);
/* Delivers bytes into a Maildir as its specification demands (tmp, fsync, rename to new, fsync). A file of
 * that unique name that is already in new/ or cur/ counts as delivered (idempotent); one that a mail reader
 * gave unusual flags is found with `again` alone, which reads both folders: for a name that may have been
 * delivered before. The name is a plain one: no dot first, no '/', ':' or line break. */
bool maildir_deliver(const char *maildir, const char *unique, const void *bytes, size_t size, bool again,
                     GError **error);
/* Whether a file of that unique name is there, as nobody touched it or as one that was only read. */
bool maildir_holds(const char *maildir, const char *unique);
bool file_remove(const char *path, GError **error); /* one that is gone is success */
/* The same; *there: it was there until now. */
bool file_remove_known(const char *path, bool *there, GError **error);
/* Removes from the folder the regular files whose names are wanted and that nobody has written, read or
 * renamed since that time (ms). A folder that is not there has none. *removed is set in any case. */
bool folder_remove_stale(const char *path, bool (*wanted)(const char *name), int64_t before,
                         unsigned *removed, GError **error);
/* Reads all of an open file from offset 0 with pread, at most limit bytes. NULL on failure, and with
 * AWSIFT_ERROR_LIMIT when more than 2 GiB would have to be held. */
GBytes *file_read(int descriptor, size_t limit, GError **error);
char *file_sha256(int descriptor, GError **error); /* 64 hex digits; the caller frees */
/* Takes an exclusive lock on path (made when missing) that ends with the process. Descriptor or -1 with
 * AWSIFT_ERROR_BUSY when another process holds it; *holder is its pid then, or 0. */
int file_lock(const char *path, int *holder, GError **error);
/* Puts a file that somebody else wrote durably in the place of another one, at once: fsync, rename, fsync of
 * the folder. Where it fails, what stood there stays. */
bool file_replace(const char *from, const char *to, GError **error);
/* The same for a folder that is open: AWSIFT_ERROR_BUSY when another process holds it. A file system that has
 * no such locks (some NFS) locks nothing, and that is success. It ends when the descriptor is closed. */
bool folder_lock(int descriptor, const char *path, GError **error);
