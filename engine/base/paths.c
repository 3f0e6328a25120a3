/* Where the parts of an installation are: found from the path of the running binary. */
#include "base/paths.h"
#include "constants.h"

#include <stdbool.h>
#include <glib.h>
#include <string.h>

const char *path_self(void)
{
    static char *self; /* asked for by the loop and by the pool at once */
    if (g_once_init_enter(&self)) {
        char *found = g_file_read_link("/proc/self/exe", NULL);
        g_once_init_leave(&self, found != NULL ? found : g_strdup("/proc/self/exe"));
    }
    return self;
}

const char *path_data(void)
{
    bool in_build_tree = g_str_has_prefix(path_self(), AWSIFT_BUILD_FOLDER "/");
    return in_build_tree ? AWSIFT_SOURCE_FOLDER : AWSIFT_DATA_FOLDER;
}
