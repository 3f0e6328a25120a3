/* The error domain, and errno as an error. */
#include "base/error.h"

#include <errno.h>

G_DEFINE_QUARK(awsift_error, awsift_error)

static enum awsift_error code_of(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return AWSIFT_ERROR_FULL;
    case ENOENT:
        return AWSIFT_ERROR_GONE;
    default:
        return AWSIFT_ERROR_IO;
    }
}

bool error_set_errno(GError **error, int number, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    for (char *c = what; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            *c = '?';
    g_set_error(error, AWSIFT_ERROR, (int)code_of(number), "%s: %s", what, g_strerror(number));
    return false;
}
