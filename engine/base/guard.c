/* Which guards a test build was told to switch off. Nothing of this is in a build that is not unguarded. */
#include "base/guard.h"

#if AWSIFT_UNGUARDED
#include <glib.h>

bool guard_stands(const char *name)
{
    static char **off; /* asked for with every allocation of Lua's */
    if (off == NULL)
        off = g_strsplit(g_getenv(GUARD_VARIABLE) != NULL ? g_getenv(GUARD_VARIABLE) : "", ",", -1);
    return !g_strv_contains((const char *const *)off, name);
}
#else
typedef int guard_is_empty; /* a translation unit is not */
#endif
