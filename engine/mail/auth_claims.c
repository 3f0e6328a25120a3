/* Who is listed, and who claims to be: a claim is judged on what a person would be shown. */
#include "mail/auth_inside.h"
#include "base/json.h"

#include <string.h>

struct auth_senders {
    GArray *list; /* of struct sender */
};

struct auth_senders *auth_senders_new(const json_t *senders)
{
    struct auth_senders *made = g_new0(struct auth_senders, 1);
    size_t index;
    json_t *entry;
    made->list = g_array_new(FALSE, FALSE, sizeof(struct sender));
    json_array_foreach((json_t *)senders, index, entry) {
        const json_t *proven_by = json_object_get(entry, "proven_by");
        struct sender sender = {g_strdup(json_text(entry, "domain")), g_strdup(json_text(entry, "address")),
                                proven_by != NULL ? auth_texts_of(proven_by) : NULL,
                                json_flag(entry, "carries_strangers"), json_flag(entry, "shared")};
        g_array_append_val(made->list, sender);
    }
    return made;
}

void auth_senders_free(struct auth_senders *senders)
{
    if (senders == NULL)
        return;
    for (guint i = 0; i < senders->list->len; i++) {
        g_free(g_array_index(senders->list, struct sender, i).domain);
        g_free(g_array_index(senders->list, struct sender, i).address);
        g_strfreev(g_array_index(senders->list, struct sender, i).proven_by);
    }
    g_array_unref(senders->list);
    g_free(senders);
}

const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at != NULL ? at + 1 : "";
}

static bool is_below(const char *domain, const char *above)
{
    size_t length = strlen(domain), end = strlen(above);
    return length > end && domain[length - end - 1] == '.' &&
           g_ascii_strcasecmp(domain + length - end, above) == 0;
}

const struct sender *senders_find(const struct auth_senders *senders, const char *address)
{
    const struct sender *by_domain = NULL, *above = NULL;
    for (guint i = 0; i < senders->list->len; i++) {
        const struct sender *sender = &g_array_index(senders->list, struct sender, i);
        if (sender->address != NULL && g_ascii_strcasecmp(sender->address, address) == 0)
            return sender;
        if (sender->domain != NULL && g_ascii_strcasecmp(sender->domain, domain_of(address)) == 0)
            by_domain = sender;
        else if (sender->shared && is_below(domain_of(address), sender->domain))
            above = sender;
    }
    return by_domain != NULL ? by_domain : above;
}

struct auth_author auth_author_of(const struct auth_senders *senders, const char *address)
{
    const struct sender *sender = senders_find(senders, address);
    return (struct auth_author){domain_of(address), sender != NULL ? sender->proven_by : NULL};
}

/* What follows "aws" in one word, or precedes it, where it is meant as AWS: "AWSSupport", "aws-billing". */
static bool is_of_aws(const char *word, size_t length)
{
    static const char *const more[] = {
        "abuse", "access",  "account", "admin",    "alert",  "amazon", "bill",  "cent",
        "cloud", "console", "cost",    "customer", "health", "help",   "info",  "invoice",
        "login", "mail",    "market",  "message",  "no",     "online", "pay",   "reply",
        "secur", "service", "sign",    "support",  "team",   "update", "verif", "web"};
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
        if (length >= strlen(more[i]) && strncmp(word, more[i], strlen(more[i])) == 0)
            return true;
    return length == 0;
}

/* Whether a is b but for one letter: another, one more, one less, or two exchanged. */
static bool is_nearly(const char *a, size_t length, const char *b)
{
    size_t other = strlen(b), same = 0, end = 0;
    while (same < MIN(length, other) && a[same] == b[same])
        same++;
    while (end < MIN(length, other) - same && a[length - 1 - end] == b[other - 1 - end])
        end++;
    size_t left = length - same - end, right = other - same - end;
    return (left <= 1 && right <= 1) ||
           (left == 2 && right == 2 && a[same] == b[same + 1] && a[same + 1] == b[same]);
}

/* Both of a run of small letters, as it looks. */
static bool word_is_amazon(const char *word, size_t length)
{
    return g_strstr_len(word, (gssize)length, "amazon") != NULL ||
           (length >= 5 && is_nearly(word, length, "amazon"));
}

static bool word_is_aws(const char *word, size_t length)
{
    if (length >= 3 && strncmp(word, "aws", 3) == 0 && is_of_aws(word + 3, length - 3))
        return true;
    return length > 3 && strncmp(word + length - 3, "aws", 3) == 0 && is_of_aws(word, length - 3);
}

static bool has_word(const char *looks, bool (*is)(const char *word, size_t length))
{
    for (const char *at = looks; *at != '\0';) {
        size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (length > 0 && is(at, length))
            return true;
        at += length > 0 ? length : 1;
    }
    return false;
}

bool looks_name_amazon(const char *looks)
{
    static const char *const names[] = {"アマソン" /* アマゾン: marks are gone */, "亚马逊", "亞馬遜"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strstr(looks, names[i]) != NULL)
            return true;
    return has_word(looks, word_is_amazon);
}

bool looks_name_aws(const char *looks)
{
    return has_word(looks, word_is_aws);
}

static bool words_claim(const char *looks)
{
    return looks_name_amazon(looks) || looks_name_aws(looks);
}

/* Whether a domain that people are shown passes itself off as one of AWS's. */
static bool domain_claims(const struct auth_senders *senders, const char *domain)
{
    g_autofree char *shown = g_hostname_to_unicode(domain);
    g_autofree char *looks = auth_looks(shown != NULL ? shown : domain);
    for (guint i = 0; i < senders->list->len; i++) {
        const struct sender *sender = &g_array_index(senders->list, struct sender, i);
        g_autofree char *listed =
            auth_looks(sender->domain != NULL ? sender->domain : domain_of(sender->address));
        if (strcmp(looks, listed) == 0)
            return true;
    }
    return words_claim(looks);
}

/* "A.W.S." and "a w s" as "aws": single letters with one sign or blank between them are read as a word. */
static char *with_initials_joined(const char *text)
{
    GString *joined = g_string_new(NULL);
    for (const char *at = text; *at != '\0'; at++) {
        bool between = strchr(".-_ ", *at) != NULL && at > text && g_ascii_isalnum(at[-1]) &&
                       g_ascii_isalnum(at[1]) && (at < text + 2 || !g_ascii_isalnum(at[-2])) &&
                       !g_ascii_isalnum(at[2]);
        if (!between)
            g_string_append_c(joined, *at);
    }
    return g_string_free(joined, FALSE);
}

static bool name_claims(const struct auth_senders *senders, const char *name)
{
    g_autofree char *looks = auth_looks(name), *joined = with_initials_joined(looks);
    if (words_claim(looks) || words_claim(joined))
        return true;
    for (const char *at = looks; (at = strchr(at, '@')) != NULL;
         at++) { /* an address inside a display name */
        g_autofree char *domain = g_strndup(at + 1, strcspn(at + 1, " >\"'"));
        if (domain_claims(senders, domain))
            return true;
    }
    return false;
}

/* Some readers show what stands before the @ where there is no name. A team's own address may well be "aws",
 * so that claims nothing; a listed sender's does, and so does the company's name. */
static bool local_part_claims(const struct auth_senders *senders, const char *address)
{
    const char *at = strrchr(address, '@');
    g_autofree char *local = g_strndup(address, at != NULL ? (gsize)(at - address) : 0);
    g_autofree char *looks = auth_looks(local);
    if (strchr(local, '@') != NULL && name_claims(senders, local))
        return true;
    for (guint i = 0; i < senders->list->len; i++) {
        const char *listed = g_array_index(senders->list, struct sender, i).address;
        size_t length = listed != NULL ? strcspn(listed, "@") : 0;
        if (length == strlen(looks) && length > 0 && words_claim(looks) &&
            strncmp(looks, listed, length) == 0)
            return true;
    }
    return strstr(looks, "amazon") != NULL;
}

/* What a field shows beside its addresses: the names of groups, comments, and what cannot be parsed. */
static char *without_addresses(const char *value)
{
    g_auto(GStrv) words = g_strsplit_set(value, " \t\r\n<>,;:", 1000);
    GString *rest = g_string_new(NULL);
    for (size_t i = 0; words[i] != NULL; i++)
        if (strchr(words[i], '@') == NULL)
            g_string_append_printf(rest, "%s ", words[i]);
    return g_string_free(rest, FALSE);
}

static bool field_claims(struct message *message, const struct auth_senders *senders, const char *header,
                         bool has_addresses)
{
    const char *value;
    for (unsigned n = 0; (value = message_header(message, header, n)) != NULL && n < 20; n++) {
        g_autofree char *rest = without_addresses(value);
        if (name_claims(senders, has_addresses ? rest : value))
            return true;
    }
    return false;
}

bool senders_claimed(struct message *message, const struct auth_senders *senders)
{
    static const char *const headers[] = {"From", "Reply-To", "Sender"};
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(GPtrArray) addresses = message_addresses(message, headers[i]);
        for (guint j = 0; j < addresses->len; j++) {
            const struct address *address = addresses->pdata[j];
            if (domain_claims(senders, domain_of(address->address)) ||
                local_part_claims(senders, address->address) || name_claims(senders, address->name))
                return true;
        }
        if (field_claims(message, senders, headers[i], addresses->len > 0))
            return true;
    }
    return false;
}
