/* What the signs are taken from: links, Reply-To, attachments. A sign is a fact about the mail and no
 * verdict; who speaks is judged elsewhere. What a mail quotes is not told from what it says itself, so a
 * support case that quotes a deceptive link shows the sign too: proof comes before signs. */
#include "mail/deception_inside.h"
#include "mail/auth_inside.h"
#include "mail/limits_scan.h"
#include "mail/text.h"

#include <string.h>

enum { SHOWN_MAXIMUM = 100 };

static const char *defect_of(enum deception sign)
{
    if (sign == DECEPTION_REPLY_TO)
        return "reply-to-elsewhere";
    return sign == DECEPTION_EXECUTABLE ? "executable-attachment" : "deceptive-link";
}

void deceiving_add(struct deceiving *deceiving, enum deception sign, const char *reason, const char *what)
{
    if ((deceiving->asked & sign) == 0 || (deceiving->signs & sign) != 0)
        return;
    deceiving->signs |= sign;
    defect_add(deceiving->message->defects, defect_of(sign));
    g_autofree char *line = text_one_line(what), *shown = text_clip(line, SHOWN_MAXIMUM),
                    *whole = g_strconcat(reason, shown, NULL);
    json_array_append_new(deceiving->reasons, json_string(whole));
}

static bool is_of_list(struct message *message)
{
    return message_header(message, "List-Id", 0) != NULL || message_header(message, "List-Post", 0) != NULL;
}

/* A mailing list that takes the answers itself, at the place to which the mail was delivered. */
static bool is_own_list(struct message *message, const char *recipient, const char *domain)
{
    const char *own = recipient != NULL ? domain_of(recipient) : "";
    return own[0] != '\0' && is_of_list(message) && g_ascii_strcasecmp(own, domain) == 0;
}

static void read_reply_to(struct deceiving *deceiving, const struct auth_senders *senders,
                          const char *recipient)
{
    struct message *message = deceiving->message;
    const struct address *from = message_from(message);
    g_autoptr(GPtrArray) replies = message_addresses(message, "Reply-To");
    for (guint i = 0; i < replies->len; i++) {
        const char *address = ((const struct address *)replies->pdata[i])->address;
        const char *domain = domain_of(address);
        enum host_owner owner = links_owner(deceiving->links, domain);
        bool aligned = from != NULL && owner != HOST_HOSTED && is_aligned(domain, domain_of(from->address));
        bool known = aligned || owner == HOST_AWS || senders_find(senders, address) != NULL;
        if (!known && !is_own_list(message, recipient, domain))
            deceiving_add(deceiving, DECEPTION_REPLY_TO, "answers would go elsewhere: Reply-To is ", address);
    }
}

static unsigned read_signs(struct message *message, const struct links *links,
                           const struct auth_senders *senders, const char *recipient, json_t *reasons,
                           unsigned asked)
{
    g_autoptr(GHashTable) hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    struct deceiving deceiving = {
        .message = message, .links = links, .reasons = reasons, .asked = asked, .hosts = hosts};
    if ((asked & DECEPTION_REPLY_TO) != 0)
        read_reply_to(&deceiving, senders, recipient);
    deceiving_read_links(&deceiving);
    if ((asked & DECEPTION_EXECUTABLE) != 0)
        deceiving_read_files(&deceiving);
    return deceiving.signs;
}

unsigned deception_read(struct message *message, const struct links *links,
                        const struct auth_senders *senders, const char *recipient, json_t *reasons)
{
    return read_signs(message, links, senders, recipient, reasons,
                      DECEPTION_IMITATED_LINK | DECEPTION_LINK | DECEPTION_REPLY_TO | DECEPTION_EXECUTABLE);
}

unsigned deception_read_imitation(struct message *message, const struct links *links, json_t *reasons)
{
    return read_signs(message, links, NULL, NULL, reasons, DECEPTION_IMITATED_LINK);
}
