/* Error codes that callers decide by. A GError's message is one line: what happened, to which file or
 * value, and what to do about it. */
#pragma once
#include <stdbool.h>
#include <glib.h>

#define AWSIFT_ERROR (awsift_error_quark())

enum awsift_error {
    AWSIFT_ERROR_USAGE,    /* the command line is off */
    AWSIFT_ERROR_CONFIG,   /* the configuration is off */
    AWSIFT_ERROR_RULES,    /* rules, contacts or tests are off */
    AWSIFT_ERROR_IO,       /* a file, folder or descriptor failed */
    AWSIFT_ERROR_GONE,     /* what was asked for is not there (any more) */
    AWSIFT_ERROR_BUSY,     /* somebody else holds it: try again */
    AWSIFT_ERROR_FULL,     /* disk or quota full */
    AWSIFT_ERROR_CORRUPT,  /* the ledger or a snapshot is damaged or from a newer awsift */
    AWSIFT_ERROR_LIMIT,    /* a limit of ours was reached */
    AWSIFT_ERROR_PROTOCOL, /* a child said something it must not say */
    AWSIFT_ERROR_CHILD,    /* a child died or did not answer in time */
    AWSIFT_ERROR_REFUSED,  /* a change of the ledger that must not be: a fault of ours (ledger/states.h) */
};

GQuark awsift_error_quark(void);

/* Sets an error of AWSIFT_ERROR_IO (FULL for ENOSPC and EDQUOT, GONE for ENOENT) as
 * "<formatted>: <strerror(number)>", on one line: a file may be named with a line break. Always returns
 * false. */
bool error_set_errno(GError **error, int number, const char *format, ...) G_GNUC_PRINTF(3, 4);
