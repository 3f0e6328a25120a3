/* What became of one mail to one recipient, whichever way it went. */
#pragma once
#include "wire/action.h"

struct letter {
    const char *sender;    /* addr-spec of the envelope; "" for none */
    const char *recipient; /* addr-spec */
    GBytes *bytes; /* the mail: lines end in LF or CRLF, 7-bit unless the recipient's address is not */
};

struct posted {
    enum outcome outcome; /* unknown: it went out, and no answer came */
    bool down;            /* retry: the fault is not this mail's; any other would have met the same */
    bool large;           /* dead, since it is too large; a smaller one may do */
    int64_t limit;        /* bytes that the server takes, 0 when it did not say */
    const char *failure;  /* action_failure; NULL: not known */
    const char *words;    /* what the other side said, or why it could not say anything */
};
typedef void (*posted_call)(const struct posted *posted, void *data);
