/* The shared page: a memfd of one page. */
#include "wire/progress.h"
#include "base/error.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int progress_create(GError **error)
{
    int descriptor = memfd_create("awsift-progress", MFD_CLOEXEC);
    if (descriptor >= 0 && ftruncate(descriptor, sizeof(struct progress)) == 0)
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
    if (fstat(descriptor, &status) == 0 && status.st_size >= (off_t)sizeof(struct progress))
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
