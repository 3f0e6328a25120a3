/* Between the files of deception. */
#pragma once
#include "mail/deception.h"

struct deceiving {
    struct message *message;
    const struct links *links;
    json_t *reasons;
    unsigned signs, asked; /* asked: the bits that are looked for */
    GHashTable *hosts;     /* those that were judged already */
    unsigned words;        /* so many were looked at closely */
};

/* Records the sign once for each kind; what: the host, address or name that shows it. */
void deceiving_add(struct deceiving *deceiving, enum deception sign, const char *format, const char *what)
    G_GNUC_PRINTF(3, 0);
void deceiving_read_links(struct deceiving *deceiving);
void deceiving_read_files(struct deceiving *deceiving);
