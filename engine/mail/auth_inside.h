/* Between the files of who speaks. */
#pragma once
#include "mail/auth.h"
#include "mail/message_inside.h"

struct sender {
    char *domain, *address;
    char **proven_by; /* domains whose signatures prove it; NULL: those aligned with the From domain */
    bool carries_strangers, shared;
};

/* The listed sender of that address, NULL when there is none. */
const struct sender *senders_find(const struct auth_senders *senders, const char *address);
/* Whether From, Reply-To, Sender or a display name names AWS, a listed domain, or one that looks like it. */
bool senders_claimed(struct message *message, const struct auth_senders *senders);
const char *domain_of(const char *address);
/* The text as it looks at a glance. The caller frees. */
char *auth_looks(const char *text);

/* Whether what it looks like (auth_looks) names the company, or nearly does; and whether it names AWS. */
bool looks_name_amazon(const char *looks);
bool looks_name_aws(const char *looks);

/* Whether every reader sees this one address in the field: it stands there alone, or in brackets behind a
 * name. */
bool is_sole_address(const char *raw, const char *address);

/* The texts of a list; what is no text in it is left out. The caller frees. */
GStrv auth_texts_of(const json_t *list);
/* In any case. */
bool is_among(char **names, const char *name);

/* Whose proof is looked for. */
struct auth_author {
    const char *domain;
    char **proven_by; /* as of struct sender */
};
struct auth_author auth_author_of(const struct auth_senders *senders, const char *address);
/* Aligned: equal, or one below the other. */
bool is_aligned(const char *domain, const char *from);

struct auth_results {
    json_t *dkim; /* [{domain, result}] */
    char *server, *spf, *dmarc;
    bool aligned; /* DKIM or DMARC passed for the From domain, and neither refused it */
    bool refused; /* DMARC failed for it: whatever else passed cannot be true as well */
    bool sealed;  /* ARC passed */
};
/* What the trusted servers found, in the topmost block of their fields. */
void auth_results_read(struct message *message, char **servers, const struct auth_author *author,
                       struct auth_results *results);
/* Adds what the results in one field's value say; those of whichever server, its name stands first. */
void auth_results_add(const char *value, const struct auth_author *author, struct auth_results *results);
void auth_results_clear(struct auth_results *results);

/* What whoever passed the mail on says of it: a mailing list, or a forwarder that seals. from: the From
 * address; results: the trusted servers', which say whether the relay itself is proven. */
struct auth_relay {
    char *speaker; /* the author that the list names; NULL: it names none, or is no list */
    bool aligned;  /* the relay found DKIM or DMARC to pass for the author's domain */
    char *reason;  /* who says so; NULL when nobody does */
};
void auth_relay_read(struct message *message, const struct auth_senders *senders,
                     const struct auth_trust *trust, const char *from, const struct auth_results *results,
                     struct auth_relay *relay);
/* The same where nobody's word counts: From itself is but a word there, and what a list says is as good. It
 * proves nothing. */
void auth_relay_believe(struct message *message, const char *from, struct auth_relay *relay);
void auth_relay_clear(struct auth_relay *relay);
