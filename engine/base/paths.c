/* Where the parts of an installation are: found from the path of the running binary. */
#include "base/paths.h"
#include "constants.h"

#include <stdbool.h>
#include <glib.h>
#include <string.h>

/* The loop and the pool ask at once. */
const char *path_self(void)
{
    static char *self;
    static gsize looked;
    if (g_once_init_enter(&looked)) {
        self = g_file_read_link("/proc/self/exe", NULL);
        g_once_init_leave(&looked, 1);
    }
    return self != NULL ? self : "/proc/self/exe";
}

const char *path_data(void)
{
    bool in_build_tree = g_str_has_prefix(path_self(), AWSIFT_BUILD_FOLDER "/");
    return in_build_tree ? AWSIFT_SOURCE_FOLDER : AWSIFT_DATA_FOLDER;
}
