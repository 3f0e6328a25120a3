/* The pages that SQLite keeps in memory, in a place of their own instead of the heap: all connections of the
 * process together take what one may, the heap is not torn by them, and anybody can tell one from the other
 * (/proc/PID/smaps has them as "awsift-ledger-pages"). It is all in use from the start on, and never grows.
 * Pages that do not fit (of one transaction that changes more of them) are on the heap until it ends. It
 * cannot fail: where there is no such place, all of them are. */
#include "ledger/pages.h"

#include <glib.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, ALIGNED = 8 };

void ledger_pages_prepare(void)
{
    int header = 0;
    if (sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &header) != SQLITE_OK)
        return;
    int slot = (PAGE + header + ALIGNED - 1) / ALIGNED * ALIGNED;
    int count = LEDGER_PAGES_KIB * 1024 / slot;
    size_t size = (size_t)slot * (size_t)count;
    int file = memfd_create("awsift-ledger-pages", MFD_CLOEXEC);
    if (file < 0)
        return;
    void *place = ftruncate(file, (off_t)size) == 0
                      ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                      : MAP_FAILED;
    close(file);
    if (place != MAP_FAILED && sqlite3_config(SQLITE_CONFIG_PAGECACHE, place, slot, count) != SQLITE_OK)
        munmap(place, size);
}
