/* The limit of open files, as a shell or a service manager gave it. Up to the hard limit it is ours to raise;
 * a lower one is no reason not to start, since what finds no descriptor waits and goes on by itself, but
 * whoever started us hears of it, with the number that is needed. */
#include "keeper/descriptors.h"
#include "base/config.h"
#include "base/log.h"
#include "wire/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    OWN = 32,     /* the loop's, the ledger's, the log's, the store's */
    CLIENTS = 64, /* commands that ask at the same time */
    A_SPOOL = 4,  /* its folder, its watch, a walk, a mail that is looked at */
    A_CHILD = 3,  /* its channel, its page, what it has in hand */
    ACTORS = 2,
};

/* So large a part of those that there are. */
static unsigned share(unsigned part, unsigned least, unsigned most)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (unsigned)CLAMP(limit.rlim_cur / part, least, most) : most;
}

unsigned descriptors_for_clients(void)
{
    return share(8, 4, CLIENTS);
}

unsigned descriptors_for_hands(void)
{
    return share(4, 4, PROGRESS_HANDS);
}

bool descriptors_short(void)
{
    int one = open("/", O_PATH | O_CLOEXEC);
    if (one < 0)
        return errno == EMFILE || errno == ENFILE;
    close(one);
    return false;
}

/* Twice the children: a reload starts new ones before the old ones go. An actor has as many actions in hand,
 * each with an original, on its way to it. */
static rlim_t needed(const struct config *config)
{
    unsigned children = config->deciders.count + ACTORS;
    return OWN + CLIENTS + A_SPOOL * config->spools->len + 2 * A_CHILD * children + ACTORS * PROGRESS_HANDS;
}

void descriptors_prepare(const struct config *config)
{
    rlim_t need = needed(config);
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return;
    limit.rlim_cur = MIN(need, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < need)
        log_warning(
            "only %u files may be open at once, and %u may be needed: raise LimitNOFILE of the service, or "
            "ulimit -n; until then mail and actions may have to wait",
            (unsigned)limit.rlim_cur, (unsigned)need);
}
