/* Who speaks: Authentication-Results (RFC 8601) of trusted servers only. See the design, "Who speaks". */
#pragma once
#include "mail/message.h"

enum auth_verdict { AUTH_PROVEN, AUTH_FORGED, AUTH_UNPROVEN, AUTH_STRANGER };
const char *auth_verdict_name(enum auth_verdict verdict);

struct auth_senders; /* the listed senders, as data */
typedef struct auth_senders auth_senders;
/* senders: [{address|domain, proven_by, carries_strangers, shared}, …] as scripts/awsift/aws/senders.lua
 * says. */
struct auth_senders *auth_senders_new(const json_t *senders);
void auth_senders_free(struct auth_senders *senders);

/* Whose word counts for a spool's mail. */
struct auth_trust {
    char **servers; /* authserv-ids (RFC 8601, 2.5); at least one */
    char **lists;   /* addresses of mailing lists that put their own address into From, and what their server
                       found into X-Original-Authentication-Results, as Google Groups does */
    char *
        *sealers; /* domains whose ARC seals (RFC 8617) vouch for what they found before they passed it on */
};
/* trust: {authserv_id, lists, arc}, each a list of texts or absent, as awsift.lua's trust yields; NULL for
 * null: nobody's word counts. */
struct auth_trust *auth_trust_new(const json_t *trust);
void auth_trust_free(struct auth_trust *trust);

struct auth {
    bool trusted;              /* trust is configured for this spool */
    bool listed;               /* From is a listed sender that speaks for AWS */
    bool carries_strangers;    /* a listed sender with strangers' words (SNS) */
    bool amazon;               /* proven to be Amazon's, from an address that does not speak for AWS */
    bool about_aws;            /* that one, and its sender or subject names AWS */
    bool proven;               /* listed, with DKIM or DMARC pass aligned with the From domain */
    bool claims;               /* From, Reply-To, Sender or a display name claims AWS */
    char *speaker;             /* whom a trusted mailing list names as the author; NULL: From itself speaks */
    enum auth_verdict verdict; /* from the headers alone; deciding may turn stranger into forged */
    json_t *json;              /* {verdict, server, dkim: [{domain, result}], spf, dmarc, aligned, reasons} */
};
/* trust: NULL when none is configured. Adds defects to the message. */
struct auth *auth_read(struct message *message, const struct auth_senders *senders,
                       const struct auth_trust *trust);
void auth_free(struct auth *auth);
void auth_set_verdict(struct auth *auth, enum auth_verdict verdict, const char *reason);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(auth_senders, auth_senders_free)
typedef struct auth_trust auth_trust;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(auth_trust, auth_trust_free)
