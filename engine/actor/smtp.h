/* SMTP from the loop: one mail to one recipient a transfer, since libcurl reports only the last refusal of
 * several. Connections are used again. */
#pragma once
#include "actor/posted.h"
#include "actor/transfers.h"

struct smtp_server {
    const char *url;             /* smtp:// or smtps://, host, port; no path */
    const char *helo;            /* the name to greet with; NULL: this host's */
    const char *user, *password; /* NULL: nobody signs in */
    const char *ca;              /* file of certificates to trust; NULL: the system's */
    bool starttls;               /* of smtp://: nothing is said before the connection is encrypted */
    int64_t timeout;             /* ms that a mail may take */
};

struct smtp;
struct smtp_transfer;
struct smtp *smtp_new(struct transfers *transfers);
/* Calls done exactly once, later. All is copied but the mail, which is kept. NULL when it cannot even be
 * begun; then done is never called. The transfer is gone once done is called. */
struct smtp_transfer *smtp_start(struct smtp *smtp, const struct smtp_server *server,
                                 const struct letter *letter, posted_call done, void *data);
/* Breaks it off: done will not be called. Whether the mail may have been taken all the same. */
bool smtp_cancel(struct smtp_transfer *transfer);

/* What a server's reply means for the mail: code as in "550", said of the mail itself (and not of the
 * greeting, the encryption or who signs in), text as it came. */
void smtp_judge(int code, bool of_mail, const char *text, struct posted *posted);
