/* Signs that a mail deceives: what no mail of AWS does, whoever it says it is from. */
#pragma once
#include "mail/auth.h"
#include "mail/links.h"

enum deception {
    DECEPTION_IMITATED_LINK = 1, /* to a host with a whole name of AWS's in front, or letters like AWS's */
    DECEPTION_LINK = 2,          /* to a host that looks like AWS's, or elsewhere than it shows */
    DECEPTION_REPLY_TO = 4,      /* answers go elsewhere */
    DECEPTION_EXECUTABLE = 8     /* an attachment that runs when it is opened */
};

/* The signs in the mail, as bits. Each is a defect of the message: "deceptive-link", "reply-to-elsewhere",
 * "executable-attachment"; what it is stands in reasons, a text a sign.
 * recipient: to whom it was delivered, or NULL. Parses the body, and decodes what is attached. */
unsigned deception_read(struct message *message, const struct links *links,
                        const struct auth_senders *senders, const char *recipient, json_t *reasons);
/* Only whether links imitate AWS's hosts: a stranger's may lead anywhere else. */
unsigned deception_read_imitation(struct message *message, const struct links *links, json_t *reasons);
