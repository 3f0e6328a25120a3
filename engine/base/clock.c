/* The system's clock is set by people, by NTP after a long while without a network, and by the host of a
 * machine that was paused. The keeper's times are in its ledger, and a deadline that passes because of that,
 * or a retry that is due in a year, would be the end of what waits. So its clock is a steady one with an
 * offset, and a step changes the offset in one place, after the ledger was moved along (keeper/committer.c).
 * The steady one counts a suspended machine's sleep: that time has really passed. It cannot fail. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <glib.h>

#define STEP 2000 /* ms: less is drift, or a slow look */
#define LOOK 20   /* ms that a look at both clocks may take to count */
enum { LOOKS_MOST = 100 };

static _Atomic int64_t offset, moved; /* ours is the steady one plus the offset; 0: not kept */

int64_t clock_steady(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_of_process(int pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return -1;
    return (int64_t)used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

/* How far apart the two are. A process may stand still between two looks: such a look does not count. */
static int64_t distance(void)
{
    int64_t before, wall, after;
    int looks = 0;
    do {
        before = clock_steady();
        wall = g_get_real_time() / 1000;
        after = clock_steady();
    } while (after - before > LOOK && ++looks < LOOKS_MOST);
    return wall - before;
}

int64_t clock_now(void)
{
    int64_t ours = atomic_load(&offset);
    return ours != 0 ? clock_steady() + ours : g_get_real_time() / 1000;
}

void clock_keep(void)
{
    atomic_store(&offset, distance());
}

int64_t clock_step(void)
{
    int64_t ours = atomic_load(&offset), apart = distance();
    if (ours == 0)
        return 0;
    int64_t step = apart - ours;
    if (llabs(step) >= STEP)
        return step;
    atomic_compare_exchange_strong(&offset, &ours, apart);
    return 0;
}

void clock_adopt(int64_t step)
{
    atomic_fetch_add(&offset, step);
    atomic_fetch_add(&moved, step);
}

int64_t clock_moved(void)
{
    return atomic_load(&moved);
}
