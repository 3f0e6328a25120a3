/* The shared page: a memfd whose size is sealed, so that a child that was taken over cannot cut it short
 * under the keeper's eyes, which would end the keeper with SIGBUS. */
#include "wire/progress.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAIL_GRACE = 2000, BYTES_A_MILLISECOND = 20000 };

int64_t progress_mail_limit(int64_t time, int mail)
{
    struct stat status;
    return time + MAIL_GRACE + (fstat(mail, &status) == 0 ? status.st_size / BYTES_A_MILLISECOND : 0);
}

int progress_create(GError **error)
{
    int descriptor = memfd_create("awsift-progress", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (descriptor >= 0 && ftruncate(descriptor, sizeof(struct progress)) == 0 &&
        fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        return descriptor;
    error_set_errno(error, errno, "cannot make the progress page");
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

struct progress *progress_map(int descriptor, GError **error)
{
    struct stat status;
    void *page = MAP_FAILED;
    bool good = fstat(descriptor, &status) == 0;
    if (good && status.st_size < (off_t)sizeof(struct progress))
        errno = EINVAL;
    else if (good)
        page = mmap(NULL, sizeof(struct progress), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (page != MAP_FAILED)
        return page;
    error_set_errno(error, errno, "cannot map the progress page");
    return NULL;
}

void progress_unmap(struct progress *progress)
{
    if (progress != NULL)
        munmap(progress, sizeof *progress);
}

void progress_begin(struct progress *progress, uint64_t sequence, uint64_t now)
{
    atomic_store(&progress->slowest, 0);
    atomic_store(&progress->longest, 0);
    atomic_store(&progress->before, 0);
    atomic_store(&progress->entered, now);
    atomic_store(&progress->rule, 0);
    atomic_store(&progress->sequence, sequence);
}

uint64_t progress_spent(const struct progress *progress, uint64_t now)
{
    uint64_t entered = atomic_load(&progress->entered);
    return atomic_load(&progress->before) + (now > entered ? now - entered : 0);
}

void progress_enter(struct progress *progress, uint32_t rule, uint64_t spent, uint64_t now)
{
    uint64_t left = progress_spent(progress, now);
    if (left > atomic_load(&progress->longest)) {
        atomic_store(&progress->slowest, atomic_load(&progress->rule));
        atomic_store(&progress->longest, left);
    }
    atomic_store(&progress->before, spent);
    atomic_store(&progress->entered, now);
    atomic_store(&progress->rule, rule);
}

uint32_t progress_blame(const struct progress *progress, uint64_t now)
{
    bool earlier = atomic_load(&progress->longest) > progress_spent(progress, now);
    return earlier ? atomic_load(&progress->slowest) : atomic_load(&progress->rule);
}

/* The place that holds the value; NULL when none does. */
static _Atomic uint64_t *place_of(const struct progress *progress, uint64_t value)
{
    for (size_t i = 0; i < PROGRESS_HANDS; i++)
        if (atomic_load(&progress->effects[i]) == value)
            return (_Atomic uint64_t *)&progress->effects[i];
    return NULL;
}

/* PROGRESS_HANDS: none. */
static size_t place_for_another(const struct progress *progress)
{
    size_t first = PROGRESS_HANDS;
    for (size_t i = 0; i < PROGRESS_HANDS; i++) {
        if (atomic_load(&progress->effects[i]) == 0)
            return i;
        uint64_t over = atomic_load(&progress->over[i]);
        if (over != 0 && (first == PROGRESS_HANDS || over < atomic_load(&progress->over[first])))
            first = i;
    }
    return first;
}

void progress_note_effect(struct progress *progress, uint64_t act)
{
    size_t place = place_of(progress, act) == NULL ? place_for_another(progress) : PROGRESS_HANDS;
    if (place == PROGRESS_HANDS)
        return;
    atomic_store(&progress->over[place], 0);
    atomic_store(&progress->effects[place], act);
}

void progress_end_effect(struct progress *progress, uint64_t act)
{
    static uint64_t ended;
    const _Atomic uint64_t *place = place_of(progress, act);
    if (place != NULL)
        atomic_store(&progress->over[place - progress->effects], ++ended);
}

void progress_forget(struct progress *progress, uint64_t act)
{
    _Atomic uint64_t *place = place_of(progress, act);
    if (place != NULL)
        atomic_store(place, 0);
}

bool progress_has_effect(const struct progress *progress, uint64_t act)
{
    return place_of(progress, act) != NULL;
}

bool progress_moves(struct progress_watch *watch, const struct progress *progress, int64_t now, int64_t used,
                    int64_t most)
{
    uint64_t heartbeat = atomic_load(&progress->heartbeat);
    if (watch->moved == 0)
        watch->used = MAX(used, 0);
    if (watch->moved == 0 || heartbeat != watch->heartbeat) {
        watch->moved = now;
        watch->used_before = MAX(used, 0);
    }
    watch->heartbeat = heartbeat;
    return used - watch->used_before < most && now - watch->moved < PROGRESS_STILL;
}

bool progress_goes_on(struct progress_watch *watch, const struct progress *progress, int64_t now,
                      int64_t used, uint32_t *loading)
{
    *loading = atomic_load(&progress->loading);
    if (!progress_moves(watch, progress, now, used,
                        *loading != 0 ? PROGRESS_FILE_LIMIT : PROGRESS_LOAD_LIMIT))
        return false;
    *loading = 0;
    return used - watch->used < PROGRESS_LOAD_LIMIT;
}
