/* A disk that fails as it is told, put in front of the C library. $FAILING_DISK names a file of faults that
 * all processes map, so that a running daemon can be broken and mended: test_disk.py writes it. A call of the
 * fault's kind on a path that has its pattern in it (with $ at its end: that ends so) fails with its error,
 * after `skip` such calls, `left` times (for ever where that is negative). An error of -1 makes a write a
 * short one; one of -2 holds the call up for as long as the fault is on. What fails has no effect. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FAULTS = 16, SHORT = -1, HANG = -2 };

static struct fault {
    _Atomic int32_t on, skip, left, hits;
    int32_t error;
    char kinds[12]; /* o: make a file, w: write, r: rename or link, s: sync, t: truncate or allocate, m: make
                       a folder */
    char pattern[96];
} * faults;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAILING_DISK");
    int file = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *page = file >= 0 ? mmap(NULL, FAULTS * sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                           : MAP_FAILED;
    if (page != MAP_FAILED)
        faults = page;
    if (file >= 0)
        close(file);
}

static int is_due(struct fault *fault)
{
    atomic_fetch_add(&fault->hits, 1);
    if (atomic_load(&fault->skip) > 0 && atomic_fetch_sub(&fault->skip, 1) > 0)
        return 0;
    return atomic_load(&fault->left) < 0 ||
           (atomic_load(&fault->left) > 0 && atomic_fetch_sub(&fault->left, 1) > 0);
}

/* A pattern that ends in $ is that of the path's end. */
static int matches(const char *path, const char *pattern)
{
    size_t length = strlen(pattern), whole = strlen(path);
    if (length == 0 || pattern[--length] != '$')
        return strstr(path, pattern) != NULL;
    return whole >= length && strncmp(path + whole - length, pattern, length) == 0;
}

/* 0, or the error. path NULL: that of the descriptor. */
static int fails(char kind, const char *path, int descriptor)
{
    char link[64], found[4096] = "";
    for (int i = 0; faults != NULL && i < FAULTS; i++) {
        if (!atomic_load(&faults[i].on) || strchr(faults[i].kinds, kind) == NULL)
            continue;
        if (path == NULL && found[0] == '\0') {
            snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
            ssize_t length = readlink(link, found, sizeof found - 1);
            found[length > 0 ? length : 0] = '\0';
        }
        if (!matches(path != NULL ? path : found, faults[i].pattern) || !is_due(&faults[i]))
            continue;
        if (faults[i].error != HANG)
            return faults[i].error;
        while (atomic_load(&faults[i].on))
            usleep(10000);
    }
    return 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL(error) return errno = (error), -1

#define OPEN(name)                                                                                           \
    int name(const char *path, int flags, ...)                                                               \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, flags);                                                                          \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;                  \
        va_end(arguments);                                                                                   \
        int error = (flags & O_CREAT) != 0 && access(path, F_OK) != 0 ? fails('o', path, -1) : 0;            \
        if (error != 0)                                                                                      \
            FAIL(error);                                                                                     \
        return NEXT(name)(path, flags, mode);                                                                \
    }
OPEN(open)
OPEN(open64)

#define WRITE(name, parameters, ...)                                                                         \
    ssize_t name parameters                                                                                  \
    {                                                                                                        \
        int error = fails('w', NULL, descriptor);                                                            \
        if (error == SHORT)                                                                                  \
            size = size > 1 ? size / 2 : size;                                                               \
        else if (error != 0)                                                                                 \
            FAIL(error);                                                                                     \
        return NEXT(name)(__VA_ARGS__);                                                                      \
    }
WRITE(write, (int descriptor, const void *bytes, size_t size), descriptor, bytes, size)
WRITE(pwrite, (int descriptor, const void *bytes, size_t size, off_t at), descriptor, bytes, size, at)
WRITE(pwrite64, (int descriptor, const void *bytes, size_t size, off64_t at), descriptor, bytes, size, at)

#define SIMPLE(name, kind, path, descriptor, parameters, ...)                                                \
    int name parameters                                                                                      \
    {                                                                                                        \
        int error = fails(kind, path, descriptor);                                                           \
        if (error != 0)                                                                                      \
            FAIL(error);                                                                                     \
        return NEXT(name)(__VA_ARGS__);                                                                      \
    }
SIMPLE(fsync, 's', NULL, file, (int file), file)
SIMPLE(fdatasync, 's', NULL, file, (int file), file)
SIMPLE(ftruncate, 't', NULL, file, (int file, off_t size), file, size)
SIMPLE(ftruncate64, 't', NULL, file, (int file, off64_t size), file, size)
SIMPLE(mkdir, 'm', path, -1, (const char *path, mode_t mode), path, mode)
SIMPLE(rename, 'r', to, -1, (const char *from, const char *to), from, to)
SIMPLE(link, 'r', to, -1, (const char *from, const char *to), from, to)

/* The path of a name below an open folder, in `whole`. */
static const char *path_below(int folder, const char *name, char whole[static 8192])
{
    char link[64];
    if (folder == AT_FDCWD || name[0] == '/')
        return name;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, 4096);
    snprintf(whole + (length > 0 ? length : 0), 4096, "/%s", name);
    return whole;
}

int renameat2(int here, const char *from, int there, const char *to, unsigned flags)
{
    char whole[8192];
    int error = fails('r', path_below(there, to, whole), -1);
    if (error != 0)
        FAIL(error);
    return NEXT(renameat2)(here, from, there, to, flags);
}

int openat(int folder, const char *name, int flags, ...)
{
    char whole[8192];
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    int error = (flags & O_CREAT) != 0 ? fails('o', path_below(folder, name, whole), -1) : 0;
    if (error != 0)
        FAIL(error);
    return NEXT(openat)(folder, name, flags, mode);
}

/* These say their error themselves. */
int posix_fallocate(int file, off_t at, off_t size)
{
    int error = fails('t', NULL, file);
    return error != 0 ? error : NEXT(posix_fallocate)(file, at, size);
}

int posix_fallocate64(int file, off64_t at, off64_t size)
{
    int error = fails('t', NULL, file);
    return error != 0 ? error : NEXT(posix_fallocate64)(file, at, size);
}
