/* Put before a program with LD_PRELOAD, writes down all that it does to files below $RECORD_BELOW (folders, a
 * colon between them) into $RECORD_INTO, in the order in which it happened, for power_disk.py to replay.
 *
 * A record is a line "VERB inode offset size length of the texts", the texts (paths, a NUL after each), and
 * the bytes that were written. Doing and recording are one step under a lock that all processes share, so
 * that the order of records is that of the deeds. What it does not know how to record (a shared writable
 * mapping, but for SQLite's -shm, which is made anew after a crash) it records as such, and the replay fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH = PATH_MAX + 256 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static const char *below;
static struct stat recorded;

/* ---- the record ---- */

__attribute__((constructor)) static void record_open(void)
{
    const char *into = getenv("RECORD_INTO");
    below = getenv("RECORD_BELOW");
    if (into == NULL || below == NULL)
        return;
    int descriptor =
        (int)syscall(SYS_openat, AT_FDCWD, into, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    record = fcntl(descriptor, F_DUPFD_CLOEXEC, 700); /* where nobody counts descriptors */
    close(descriptor);
    fstat(record, &recorded);
}

/* Somebody may have closed all descriptors that are not his. */
static int is_recording(void)
{
    struct stat now;
    return record >= 0 && fstat(record, &now) == 0 && now.st_ino == recorded.st_ino &&
           now.st_dev == recorded.st_dev;
}

static void begin(void)
{
    pthread_mutex_lock(&mutex);
    flock(record, LOCK_EX);
}

static void end(void)
{
    int number = errno;
    flock(record, LOCK_UN);
    pthread_mutex_unlock(&mutex);
    errno = number;
}

static void note(const char *verb, ino_t inode, long long offset, const void *bytes, size_t size,
                 const char *first, const char *second)
{
    int number = errno;
    char head[200];
    size_t texts = strlen(first) + 1 + (second != NULL ? strlen(second) + 1 : 0);
    int length = snprintf(head, sizeof head, "%s %llu %lld %zu %zu\n", verb, (unsigned long long)inode,
                          offset, size, texts);
    const struct iovec parts[] = {{head, (size_t)length},
                                  {(void *)first, strlen(first) + 1},
                                  {(void *)second, second != NULL ? strlen(second) + 1 : 0},
                                  {(void *)bytes, bytes != NULL ? size : 0}};
    if (syscall(SYS_writev, record, parts, 4) < 0)
        abort(); /* a record with a hole proves nothing */
    errno = number;
}

/* ---- which files ---- */

static int is_below(const char *path)
{
    for (const char *at = below; at != NULL && *at != '\0';
         at += strcspn(at, ":") + (strchr(at, ':') != NULL)) {
        size_t size = strcspn(at, ":");
        if (strncmp(path, at, size) == 0 && (path[size] == '/' || path[size] == '\0'))
            return 1;
    }
    return 0;
}

static int path_of_descriptor(int descriptor, char *path)
{
    char link[64];
    int number = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, PATH - 1);
    path[size > 0 ? size : 0] = '\0';
    errno = number;
    return size > 0 && is_below(path);
}

static int path_from(int folder, const char *name, char *path)
{
    char start[PATH] = "";
    if (name[0] != '/' && folder == AT_FDCWD && getcwd(start, sizeof start) == NULL)
        return 0;
    if (name[0] != '/' && folder != AT_FDCWD)
        path_of_descriptor(folder, start);
    return snprintf(path, PATH, "%s%s%s", start, name[0] != '/' ? "/" : "", name) < PATH && is_below(path);
}

static ino_t inode_of(int descriptor)
{
    struct stat status = {0};
    fstat(descriptor, &status);
    return status.st_ino;
}

/* ---- making and opening ---- */

static int open_at(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH];
    if (!is_recording() || (flags & (O_CREAT | O_TRUNC)) == 0 || !path_from(folder, name, path))
        return (int)syscall(SYS_openat, folder, name, flags, mode);
    begin();
    struct stat before;
    int fresh = fstatat(folder, name, &before, AT_SYMLINK_NOFOLLOW) != 0;
    int descriptor = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (descriptor >= 0 && fresh)
        note("create", inode_of(descriptor), 0, NULL, 0, path, NULL);
    else if (descriptor >= 0 && (flags & O_TRUNC) != 0)
        note("truncate", inode_of(descriptor), 0, NULL, 0, path, NULL);
    end();
    return descriptor;
}

#define MODE_OF(flags)                                                                                       \
    mode_t mode = 0;                                                                                         \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {                                                            \
        va_list more;                                                                                        \
        va_start(more, flags);                                                                               \
        mode = va_arg(more, mode_t);                                                                         \
        va_end(more);                                                                                        \
    }

int open(const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_at(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_at(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_at(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_at(folder, name, flags | O_LARGEFILE, mode);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    char path[PATH];
    if (!is_recording() || !path_from(folder, name, path))
        return (int)syscall(SYS_mkdirat, folder, name, mode);
    begin();
    struct stat status;
    int result = (int)syscall(SYS_mkdirat, folder, name, mode);
    if (result == 0 && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        note("mkdir", status.st_ino, 0, NULL, 0, path, NULL);
    end();
    return result;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

/* ---- names ---- */

static int two_names(const char *verb, int from_folder, const char *from, int to_folder, const char *to,
                     unsigned flags, long number)
{
    char first[PATH], second[PATH];
    int ours = is_recording() && path_from(from_folder, from, first) | path_from(to_folder, to, second);
    if (ours)
        begin();
    int result = (int)syscall(number, from_folder, from, to_folder, to, flags);
    if (ours && result == 0)
        note(verb, 0, 0, NULL, 0, first, second);
    if (ours)
        end();
    return result;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return two_names(flags & RENAME_EXCHANGE ? "unknown" : "rename", from_folder, from, to_folder, to, flags,
                     SYS_renameat2);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return renameat2(from_folder, from, to_folder, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    return two_names("link", from_folder, from, to_folder, to, (unsigned)flags, SYS_linkat);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH];
    int ours = is_recording() && path_from(folder, name, path);
    if (ours)
        begin();
    int result = (int)syscall(SYS_unlinkat, folder, name, flags);
    if (ours && result == 0)
        note("unlink", 0, 0, NULL, 0, path, NULL);
    if (ours)
        end();
    return result;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

/* ---- bytes ---- */

static int ours_begin(int descriptor, char *path)
{
    if (!is_recording() || !path_of_descriptor(descriptor, path))
        return 0;
    begin();
    return 1;
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    char path[PATH];
    int ours = ours_begin(descriptor, path);
    ssize_t result = syscall(SYS_write, descriptor, bytes, size);
    if (ours && result > 0)
        note("write", inode_of(descriptor), lseek(descriptor, 0, SEEK_CUR) - result, bytes, (size_t)result,
             path, NULL);
    if (ours)
        end();
    return result;
}

ssize_t writev(int descriptor, const struct iovec *parts, int count)
{
    char path[PATH];
    int ours = ours_begin(descriptor, path);
    ssize_t result = syscall(SYS_writev, descriptor, parts, count);
    long long at = ours && result > 0 ? lseek(descriptor, 0, SEEK_CUR) - result : 0, left = result;
    for (int i = 0; ours && i < count && left > 0; i++) {
        size_t size = parts[i].iov_len < (size_t)left ? parts[i].iov_len : (size_t)left;
        note("write", inode_of(descriptor), at, parts[i].iov_base, size, path, NULL);
        at += (long long)size;
        left -= (long long)size;
    }
    if (ours)
        end();
    return result;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t size, off64_t offset)
{
    char path[PATH];
    int ours = ours_begin(descriptor, path);
    ssize_t result = syscall(SYS_pwrite64, descriptor, bytes, size, offset);
    if (ours && result > 0)
        note("write", inode_of(descriptor), offset, bytes, (size_t)result, path, NULL);
    if (ours)
        end();
    return result;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t size, off_t offset)
{
    return pwrite64(descriptor, bytes, size, offset);
}

int ftruncate64(int descriptor, off64_t size)
{
    char path[PATH];
    int ours = ours_begin(descriptor, path);
    int result = (int)syscall(SYS_ftruncate, descriptor, size);
    if (ours && result == 0)
        note("truncate", inode_of(descriptor), size, NULL, 0, path, NULL);
    if (ours)
        end();
    return result;
}

int ftruncate(int descriptor, off_t size)
{
    return ftruncate64(descriptor, size);
}

int fallocate64(int descriptor, int mode, off64_t offset, off64_t size)
{
    char path[PATH];
    int ours = ours_begin(descriptor, path);
    int result = (int)syscall(SYS_fallocate, descriptor, mode, offset, size);
    if (ours && result == 0)
        note(mode == 0 ? "allocate" : "unknown", inode_of(descriptor), offset + size, NULL, 0, path, NULL);
    if (ours)
        end();
    return result;
}

int fallocate(int descriptor, int mode, off_t offset, off_t size)
{
    return fallocate64(descriptor, mode, offset, size);
}

int posix_fallocate64(int descriptor, off64_t offset, off64_t size)
{
    return fallocate64(descriptor, 0, offset, size) == 0 ? 0 : errno;
}

int posix_fallocate(int descriptor, off_t offset, off_t size)
{
    return posix_fallocate64(descriptor, offset, size);
}

static int synced(long number, int descriptor)
{
    char path[PATH];
    int ours = ours_begin(descriptor, path);
    int result = (int)syscall(number, descriptor);
    if (ours && result == 0)
        note("sync", inode_of(descriptor), 0, NULL, 0, path, NULL);
    if (ours)
        end();
    return result;
}

int fsync(int descriptor)
{
    return synced(SYS_fsync, descriptor);
}

int fdatasync(int descriptor)
{
    return synced(SYS_fdatasync, descriptor);
}

void *mmap64(void *address, size_t size, int protection, int flags, int descriptor, off64_t offset)
{
    char path[PATH];
    void *result = (void *)syscall(SYS_mmap, address, size, protection, flags, descriptor, offset);
    if (descriptor >= 0 && (flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0 &&
        ours_begin(descriptor, path)) {
        size_t length = strlen(path);
        if (length < 4 || strcmp(path + length - 4, "-shm") != 0)
            note("unknown", 0, 0, NULL, 0, path, NULL);
        end();
    }
    return result;
}

void *mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    return mmap64(address, size, protection, flags, descriptor, offset);
}
