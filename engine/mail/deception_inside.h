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

/* Records the sign once for each kind. The reason ends in what shows it: a host, an address or a name. */
void deceiving_add(struct deceiving *deceiving, enum deception sign, const char *reason, const char *what);
void deceiving_read_links(struct deceiving *deceiving);
void deceiving_read_files(struct deceiving *deceiving);
