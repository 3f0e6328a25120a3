/* Reading, writing, moving and removing files. Errors name the file; a full disk is
 * AWSIFT_ERROR_FULL, so that callers can wait for room. A failed fsync is never tried again as if it had
 * worked: the bytes count as not written, for the kernel may have thrown them away and says success to the
 * next fsync. A file of ours is removed then, and written anew; one of somebody else's is copied; of a folder
 * the names that matter are made anew. */
#include "base/files.h"
#include "base/error.h"
#include "base/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { READ_MAXIMUM = 2047 << 20 }; /* a GByteArray counts in 32 bits and ends the process beyond */

int file_open_regular(int folder, const char *name, struct stat *status, GError **error)
{
    int descriptor = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        error_set_errno(error, errno, "%s", name);
        return -1;
    }
    if (fstat(descriptor, status) == 0 && S_ISREG(status->st_mode))
        return descriptor;
    error_set_errno(error, EINVAL, "%s: not a regular file", name);
    close(descriptor);
    return -1;
}

bool file_is_same(const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

static bool is_same_time(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

bool file_is_unchanged(const struct stat *seen, const struct stat *now)
{
    return file_is_same(seen, now) && seen->st_size == now->st_size &&
           is_same_time(&seen->st_mtim, &now->st_mtim);
}

bool file_sync(int descriptor, const char *name, GError **error)
{
    if (!fault_fails("before-file-sync") && fsync(descriptor) == 0)
        return true;
    return error_set_errno(error, errno, "cannot sync %s", name);
}

bool folder_sync(const char *path, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return error_set_errno(error, errno, "cannot open the folder %s", path);
    bool good = !fault_fails("before-folder-sync") && fsync(descriptor) == 0;
    if (good)
        fault_point("after-folder-sync");
    else
        error_set_errno(error, errno, "cannot sync %s", path);
    close(descriptor);
    return good;
}

static bool sync_parent(const char *path, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    return folder_sync(parent, error);
}

static bool write_all(int descriptor, const void *bytes, size_t size, const char *path, GError **error)
{
    for (size_t done = 0; done < size;) {
        ssize_t wrote = write(descriptor, (const char *)bytes + done, size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return error_set_errno(error, errno, "cannot write %s", path);
        done += (size_t)wrote;
    }
    return true;
}

/* A new file, never one that stands there: what a crash left behind may be a link to something else or a FIFO
 * that would block. */
static int create_new_at(struct file_at file, GError **error)
{
    unlinkat(file.folder, file.name, 0);
    int descriptor =
        openat(file.folder, file.name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        error_set_errno(error, errno, "cannot create %s", file.name);
    return descriptor;
}

static int create_new(const char *path, GError **error)
{
    return create_new_at((struct file_at){AT_FDCWD, path}, error);
}

static bool create_synced(const char *path, const void *bytes, size_t size, GError **error)
{
    int descriptor = create_new(path, error);
    if (descriptor < 0)
        return false;
    bool good = write_all(descriptor, bytes, size, path, error) && file_sync(descriptor, path, error);
    if (close(descriptor) != 0 && good)
        good = error_set_errno(error, errno, "cannot close %s", path);
    if (!good)
        unlink(path);
    return good;
}

bool file_allocate(const char *path, int64_t size, GError **error)
{
    int descriptor = create_new(path, error);
    if (descriptor < 0)
        return false;
    int failed = fault_fails("before-allocate") ? errno : posix_fallocate(descriptor, 0, size);
    close(descriptor);
    if (failed == 0)
        return true;
    unlink(path);
    return error_set_errno(error, failed, "%s: no %" G_GINT64_FORMAT " bytes can be laid by", path, size);
}

bool file_write_durable(const char *path, const void *bytes, size_t size, GError **error)
{
    g_autofree char *temporary = g_strdup_printf("%s.tmp", path);
    if (!create_synced(temporary, bytes, size, error))
        return false;
    if (!fault_fails("before-replace") && rename(temporary, path) == 0) {
        fault_point("after-replace");
        return sync_parent(path, error);
    }
    error_set_errno(error, errno, "cannot rename %s", temporary);
    unlink(temporary);
    return false;
}

bool file_replace(const char *from, const char *to, GError **error)
{
    struct stat status;
    int descriptor = file_open_regular(AT_FDCWD, from, &status, error);
    if (descriptor < 0)
        return false;
    bool good = file_sync(descriptor, from, error);
    close(descriptor);
    if (good && (fault_fails("before-replace") || rename(from, to) != 0))
        good = error_set_errno(error, errno, "cannot rename %s to %s", from, to);
    if (good)
        fault_point("after-replace");
    return good && sync_parent(to, error);
}

static bool copy_bytes(int from, int to, const char *path, GError **error)
{
    static _Thread_local char buffer[65536];
    ssize_t got;
    while ((got = read(from, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, errno, "cannot read for %s", path);
        if (!write_all(to, buffer, (size_t)got, path, error))
            return false;
    }
    return true;
}

/* rename(2) that never replaces; some file systems know no RENAME_NOREPLACE and get a look before it. */
static int rename_new(struct file_at from, struct file_at to)
{
    struct stat status;
    if (renameat2(from.folder, from.name, to.folder, to.name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL)
        return -1;
    if (fstatat(to.folder, to.name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return renameat(from.folder, from.name, to.folder, to.name);
    errno = EEXIST;
    return -1;
}

static bool sync_folder_of(struct file_at file, GError **error)
{
    return file.folder == AT_FDCWD ? sync_parent(file.name, error)
                                   : file_sync(file.folder, "a folder", error);
}

/* Across file systems: copy, fsync, rename, unlink; a crash before the unlink leaves both, which recovery
 * finds by content. */
static bool move_by_copy(struct file_at from, struct file_at temporary, struct file_at to, GError **error)
{
    struct stat status;
    int in = file_open_regular(from.folder, from.name, &status, error);
    if (in < 0)
        return false;
    int out = create_new_at(temporary, error);
    bool good =
        out >= 0 && copy_bytes(in, out, temporary.name, error) && file_sync(out, temporary.name, error);
    close(in);
    if (out < 0)
        return false;
    close(out);
    if (good)
        fault_point("before-copy-named");
    if (good && rename_new(temporary, to) != 0)
        good = error_set_errno(error, errno, "cannot rename %s to %s", temporary.name, to.name);
    if (!good) {
        unlinkat(temporary.folder, temporary.name, 0);
        return false;
    }
    fault_point("after-copy");
    return sync_folder_of(to, error) && file_remove_at(from, error);
}

bool file_move_by_copy_at(struct file_at from, struct file_at to, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s.tmp", to.name);
    return move_by_copy(from, (struct file_at){to.folder, name}, to, error);
}

static bool move(struct file_at from, struct file_at temporary, struct file_at to, GError **error)
{
    if (!fault_fails("before-move") && rename_new(from, to) == 0) {
        fault_point("after-move");
        return true;
    }
    if (errno == EXDEV)
        return move_by_copy(from, temporary, to, error);
    /* Beside an open folder the caller says in which, and the same fault has the same words, however it was
     * met. */
    const char *last = to.folder != AT_FDCWD ? strrchr(from.name, '/') : NULL;
    return error_set_errno(error, errno, "cannot move %s to %s", last != NULL ? last + 1 : from.name,
                           to.name);
}

bool file_move_at(struct file_at from, struct file_at to, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s.tmp", to.name);
    return move(from, (struct file_at){to.folder, name}, to, error);
}

bool file_move(const char *from, const char *to, GError **error)
{
    return file_move_at((struct file_at){AT_FDCWD, from}, (struct file_at){AT_FDCWD, to}, error);
}

bool file_move_by_way(const char *from, const char *temporary, const char *to, GError **error)
{
    return move((struct file_at){AT_FDCWD, from}, (struct file_at){AT_FDCWD, temporary},
                (struct file_at){AT_FDCWD, to}, error);
}

bool file_is_seen(struct file_at file, const struct stat *seen)
{
    struct stat now;
    return fstatat(file.folder, file.name, &now, AT_SYMLINK_NOFOLLOW) == 0 && file_is_unchanged(seen, &now);
}

/* A copy with the time of its first writing, synced, and proven by its hash. */
static bool copy_proven(struct file_at from, struct file_at to, const struct stat *seen, const char *sha256,
                        GError **error)
{
    const struct timespec times[] = {seen->st_atim, seen->st_mtim};
    struct stat status;
    g_autofree char *found = NULL;
    int in = file_open_regular(from.folder, from.name, &status, error);
    if (in < 0)
        return false;
    int out = create_new_at(to, error);
    bool good = out >= 0 && copy_bytes(in, out, from.name, error);
    if (good && futimens(out, times) != 0)
        good = error_set_errno(error, errno, "cannot set the time of %s", to.name);
    good = good && file_sync(out, from.name, error);
    close(in);
    if (out >= 0)
        close(out);
    if (good && (in = file_open_regular(to.folder, to.name, &status, error)) >= 0) {
        found = file_sha256(in, error);
        close(in);
    }
    if (found == NULL || strcmp(found, sha256) == 0)
        return found != NULL;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "%s has other bytes by now", from.name);
    return false;
}

static int exchange(struct file_at left, struct file_at right)
{
    return renameat2(left.folder, left.name, right.folder, right.name, RENAME_EXCHANGE);
}

/* The name stands for a mail at every moment, and what another program put there meanwhile is not lost. Some
 * file systems know no exchange and get a look before it. 0, or the error. */
static int put_in_place(struct file_at made, struct file_at file, const struct stat *seen)
{
    int failed = 0;
    if (exchange(made, file) == 0) {
        if (!file_is_seen(made, seen))
            failed = exchange(made, file) == 0 ? ENOENT : errno;
        if (failed != 0 && failed != ENOENT)
            return failed; /* another's mail has the temporary name */
    } else if (errno != EINVAL) {
        failed = errno;
    } else if (!file_is_seen(file, seen)) {
        failed = ENOENT;
    } else if (renameat(made.folder, made.name, file.folder, file.name) != 0) {
        failed = errno;
    }
    unlinkat(made.folder, made.name, 0);
    return failed;
}

bool file_write_anew_at(struct file_at file, const char *temporary, const char *sha256, struct stat *seen,
                        GError **error)
{
    const struct file_at made = {file.folder, temporary};
    if (!copy_proven(file, made, seen, sha256, error)) {
        unlinkat(made.folder, made.name, 0);
        return false;
    }
    int failed = put_in_place(made, file, seen);
    if (failed == 0 && fstatat(file.folder, file.name, seen, AT_SYMLINK_NOFOLLOW) != 0)
        failed = errno;
    return failed == 0 || error_set_errno(error, failed, "cannot put %s in its place anew", file.name);
}

bool file_name_anew(const char *path, const char *other, GError **error)
{
    return file_move(path, other, error) && file_move(other, path, error);
}

/* The folder, new or cur, that has a file of that unique name as nobody touched it, or as one that was only
 * read; NULL: none has. */
static const char *delivered_to(const char *maildir, const char *unique)
{
    static const char *const places[][2] = {
        {"new", ""}, {"cur", ":2,S"}, {"cur", ":2,"}, {"cur", ""}, {"new", ":2,"}};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *name = g_strconcat(unique, places[i][1], NULL),
                        *path = g_build_filename(maildir, places[i][0], name, NULL);
        if (access(path, F_OK) == 0)
            return places[i][0];
    }
    return NULL;
}

/* With whatever flags: reads both folders, however full. */
static const char *delivered_and_flagged(const char *maildir, const char *unique)
{
    static const char *const places[] = {"new", "cur"};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *folder = g_build_filename(maildir, places[i], NULL);
        g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
        const char *name;
        size_t length = strlen(unique);
        while (listing != NULL && (name = g_dir_read_name(listing)) != NULL)
            if (strncmp(name, unique, length) == 0 && name[length] == ':')
                return places[i];
    }
    return NULL;
}

bool maildir_holds(const char *maildir, const char *unique)
{
    return delivered_to(maildir, unique) != NULL;
}

bool maildir_deliver(const char *maildir, const char *unique, const void *bytes, size_t size, bool again,
                     GError **error)
{
    if (unique[0] == '\0' || unique[0] == '.' || unique[strcspn(unique, "/:\n")] != '\0')
        return error_set_errno(error, EINVAL, "cannot deliver into %s under the name '%s'", maildir, unique);
    if (!maildir_make(maildir, error))
        return false;
    g_autofree char *temporary = g_build_filename(maildir, "tmp", unique, NULL);
    g_autofree char *final = g_build_filename(maildir, "new", unique, NULL);
    const char *place = delivered_to(maildir, unique);
    if (place == NULL && again)
        place = delivered_and_flagged(maildir, unique);
    if (place != NULL) { /* what failed the last time may have been just the sync */
        g_autofree char *folder = g_build_filename(maildir, place, NULL);
        unlink(temporary);
        bool good = access(final, F_OK) != 0 || file_name_anew(final, temporary, error);
        return good && folder_sync(folder, error);
    }
    if (!create_synced(temporary, bytes, size, error))
        return false;
    if (!fault_fails("before-deliver") && rename(temporary, final) == 0) {
        fault_point("after-deliver");
        return sync_parent(final, error);
    }
    error_set_errno(error, errno, "cannot deliver %s", final);
    unlink(temporary);
    return false;
}

static bool remove_at(struct file_at file, bool *there, GError **error)
{
    *there = !fault_fails("before-remove") && unlinkat(file.folder, file.name, 0) == 0;
    if (!*there && errno != ENOENT)
        return error_set_errno(error, errno, "cannot remove %s", file.name);
    fault_point("after-remove");
    return true;
}

bool file_remove_at(struct file_at file, GError **error)
{
    bool there;
    return remove_at(file, &there, error);
}

bool file_remove_known(const char *path, bool *there, GError **error)
{
    return remove_at((struct file_at){AT_FDCWD, path}, there, error);
}

bool file_remove(const char *path, GError **error)
{
    return file_remove_at((struct file_at){AT_FDCWD, path}, error);
}

GBytes *file_read(int descriptor, size_t limit, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    static _Thread_local guint8 buffer[65536];
    struct stat status;
    bool huge = fstat(descriptor, &status) == 0 && status.st_size > READ_MAXIMUM && limit > READ_MAXIMUM;
    while (bytes->len < limit) {
        if (huge || bytes->len > READ_MAXIMUM) {
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT, "the file holds more than %d MiB: split it",
                        READ_MAXIMUM >> 20);
            return NULL;
        }
        ssize_t got = pread(descriptor, buffer, MIN(sizeof buffer, limit - bytes->len), bytes->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set_errno(error, errno, "cannot read the file");
            return NULL;
        }
        if (got == 0)
            break;
        g_byte_array_append(bytes, buffer, (guint)got);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

char *file_sha256(int descriptor, GError **error)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    static _Thread_local guint8 buffer[65536];
    off_t at = 0;
    ssize_t got;
    while ((got = pread(descriptor, buffer, sizeof buffer, at)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set_errno(error, errno, "cannot read the file");
            return NULL;
        }
        g_checksum_update(checksum, buffer, got);
        at += got;
    }
    return g_strdup(g_checksum_get_string(checksum));
}

int file_lock(const char *path, int *holder, GError **error)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    char pid[32] = "";
    *holder = 0;
    if (descriptor < 0) {
        int number = errno;
        error_set_errno(error, number, "cannot open the lock %s%s", path,
                        number == EACCES ? " (run this as the user of awsift, or as root)" : "");
        return -1;
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        int number = errno;
        if (pread(descriptor, pid, sizeof pid - 1, 0) > 0)
            *holder = (int)CLAMP(g_ascii_strtoll(pid, NULL, 10), 0, G_MAXINT);
        close(descriptor);
        if (number == EWOULDBLOCK)
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY, "another awsift (pid %d) holds %s", *holder,
                        path);
        else
            error_set_errno(error, number, "cannot lock %s", path);
        return -1;
    }
    int length = g_snprintf(pid, sizeof pid, "%d\n", (int)getpid());
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid, (size_t)length, 0) != length) {
        error_set_errno(error, errno, "cannot write the lock %s", path);
        close(descriptor);
        return -1;
    }
    return descriptor;
}

bool folder_lock(int descriptor, const char *path, GError **error)
{
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY,
                "another awsift takes mail from %s (fuser -v shows it): each spool has one daemon, end the "
                "other one or name another folder",
                path);
    return false;
}
