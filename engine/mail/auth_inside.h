/* Between the files of who speaks. */
#pragma once
#include "mail/auth.h"
#include "mail/message_inside.h"

struct sender {
    char *domain, *address;
    bool carries_strangers;
};

/* The listed sender of that address, NULL when there is none. */
const struct sender *senders_find(const struct auth_senders *senders, const char *address);
/* Whether From, Reply-To or a display name names AWS, a listed domain, or one that looks like it. */
bool senders_claimed(struct message *message, const struct auth_senders *senders);
const char *domain_of(const char *address);

struct auth_results {
    json_t *dkim; /* [{domain, result}] */
    char *server, *spf, *dmarc;
    bool aligned; /* DKIM or DMARC passed for the From domain */
};
/* What the trusted servers found, in the topmost block of their fields. from: the domain. The caller takes
 * dkim and frees the rest. */
void auth_results_read(struct message *message, const char *const *trusted, const char *from,
                       struct auth_results *results);
