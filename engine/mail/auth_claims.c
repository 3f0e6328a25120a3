/* Who is listed, and who claims to be: a claim is judged on what a person would be shown. */
#include "mail/auth_inside.h"
#include "mail/text.h"
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
        struct sender sender = {g_strdup(json_text(entry, "domain")), g_strdup(json_text(entry, "address")),
                                json_flag(entry, "carries_strangers")};
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
    }
    g_array_unref(senders->list);
    g_free(senders);
}

const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at != NULL ? at + 1 : "";
}

const struct sender *senders_find(const struct auth_senders *senders, const char *address)
{
    const struct sender *by_domain = NULL;
    for (guint i = 0; i < senders->list->len; i++) {
        const struct sender *sender = &g_array_index(senders->list, struct sender, i);
        if (sender->address != NULL && g_ascii_strcasecmp(sender->address, address) == 0)
            return sender;
        if (sender->domain != NULL && g_ascii_strcasecmp(sender->domain, domain_of(address)) == 0)
            by_domain = sender;
    }
    return by_domain;
}

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[length]))
            return true;
    return false;
}

/* Letters of other scripts that look like those of "amazon" and "aws", and digits that do, as these. */
static char *as_it_looks(const char *text)
{
    static const struct {
        gunichar shown;
        char like;
    } forms[] = {{'0', 'o'},    {'1', 'l'},    {0x0251, 'a'}, {0x03b1, 'a'}, {0x0430, 'a'}, {0x0391, 'a'},
                 {0x043c, 'm'}, {0x039c, 'm'}, {0x0455, 's'}, {0x03bf, 'o'}, {0x043e, 'o'}, {0x0585, 'o'},
                 {0x0578, 'n'}, {0x03b6, 'z'}, {0x1d22, 'z'}, {0x051d, 'w'}, {0x0461, 'w'}, {0x03c9, 'w'},
                 {0x0435, 'e'}, {0x0456, 'i'}, {0x0441, 'c'}, {0x03bd, 'v'}};
    g_autofree char *shown = text_normalize(text, true), *lower = g_utf8_strdown(shown, -1);
    GString *looks = g_string_new(NULL);
    for (const char *at = lower; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
            if (character == forms[i].shown)
                character = (gunichar)forms[i].like;
        g_string_append_unichar(looks, character);
    }
    return g_string_free(looks, FALSE);
}

/* Whether a domain that people are shown passes itself off as one of AWS's. */
static bool domain_claims(const struct auth_senders *senders, const char *domain)
{
    g_autofree char *shown = g_hostname_to_unicode(domain);
    g_autofree char *looks = as_it_looks(shown != NULL ? shown : domain);
    for (guint i = 0; i < senders->list->len; i++) {
        const struct sender *sender = &g_array_index(senders->list, struct sender, i);
        g_autofree char *listed =
            as_it_looks(sender->domain != NULL ? sender->domain : domain_of(sender->address));
        if (strcmp(looks, listed) == 0)
            return true;
    }
    g_auto(GStrv) labels = g_strsplit_set(looks, ".-", 50);
    for (size_t i = 0; labels[i] != NULL; i++)
        if (strcmp(labels[i], "aws") == 0 || strstr(labels[i], "amazon") != NULL ||
            strstr(labels[i], "arnazon") != NULL)
            return true;
    return false;
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
    g_autofree char *looks = as_it_looks(name), *joined = with_initials_joined(looks);
    if (has_word(looks, "aws") || has_word(looks, "amazon") || has_word(joined, "aws"))
        return true;
    for (const char *at = looks; (at = strchr(at, '@')) != NULL;
         at++) { /* an address inside a display name */
        g_autofree char *domain = g_strndup(at + 1, strcspn(at + 1, " >\"'"));
        if (domain_claims(senders, domain))
            return true;
    }
    return false;
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
            if (domain_claims(senders, domain_of(address->address)) || name_claims(senders, address->name))
                return true;
        }
        if (field_claims(message, senders, headers[i], addresses->len > 0))
            return true;
    }
    return false;
}
