/* Who speaks. Only the topmost contiguous block of Authentication-Results of a trusted server counts; DKIM
 * must be aligned with the one From address. A claim is judged on what a person would be shown: addresses,
 * display names, Reply-To. */
#include "mail/auth.h"
#include "mail/limits_scan.h"
#include "mail/message_inside.h"
#include "mail/text.h"
#include "base/json.h"

#include <string.h>

struct sender {
    char *domain, *address;
    bool carries_strangers;
};

struct auth_senders {
    GArray *list; /* of struct sender */
};

const char *auth_verdict_name(enum auth_verdict verdict)
{
    static const char *const names[] = {"proven", "forged", "unproven", "stranger"};
    return names[verdict];
}

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

static const char *domain_of(const char *address)
{
    const char *at = strrchr(address, '@');
    return at != NULL ? at + 1 : "";
}

static const struct sender *find_sender(const struct auth_senders *senders, const char *address)
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

static bool name_claims(const struct auth_senders *senders, const char *name)
{
    g_autofree char *looks = as_it_looks(name);
    if (has_word(looks, "aws") || has_word(looks, "amazon"))
        return true;
    for (const char *at = looks; (at = strchr(at, '@')) != NULL; at++) { /* an address inside a display name */
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

static bool mail_claims(struct message *message, const struct auth_senders *senders)
{
    static const char *const headers[] = {"From", "Reply-To"};
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

/* A value of RFC 8601 without its comments; what is quoted keeps no character that means something outside
 * quotes, since strangers choose the local parts that servers report. */
static char *without_comments(const char *value)
{
    GString *clean = g_string_new(NULL);
    int depth = 0;
    bool quoted = false;
    for (; *value != '\0'; value++) {
        bool escaped = *value == '\\' && value[1] != '\0' && (quoted || depth > 0);
        if (escaped)
            value++;
        if (!escaped && *value == '"' && depth == 0)
            quoted = !quoted;
        else if (!escaped && !quoted && *value == '(')
            depth++;
        else if (!escaped && !quoted && *value == ')' && depth > 0)
            depth--;
        else if (depth == 0)
            g_string_append_c(clean, quoted && strchr(" \t\r\n;=@", *value) != NULL ? '_' : *value);
    }
    return g_string_free(clean, FALSE);
}

/* The value of a property in one resinfo ("header.d"); NULL when absent. */
static char *property(const char *resinfo, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = resinfo; (at = strstr(at, name)) != NULL; at += length) {
        if (at == resinfo || !g_ascii_isspace(at[-1]))
            continue;
        const char *equal = at + length + strspn(at + length, " \t\r\n");
        if (*equal != '=')
            continue;
        const char *value = equal + 1 + strspn(equal + 1, " \t\r\n");
        return g_ascii_strdown(value, (gssize)strcspn(value, " \t\r\n"));
    }
    return NULL;
}

/* Aligned: equal, or one below the other. */
static bool is_aligned(const char *domain, const char *from)
{
    size_t left = strlen(domain), right = strlen(from);
    if (g_ascii_strcasecmp(domain, from) == 0)
        return true;
    const char *longer = left > right ? domain : from, *shorter = left > right ? from : domain;
    size_t more = strlen(longer) - MIN(strlen(longer), strlen(shorter));
    return strchr(shorter, '.') != NULL && more > 1 && longer[more - 1] == '.' &&
           g_ascii_strcasecmp(longer + more, shorter) == 0;
}

struct results {
    json_t *dkim;
    char *spf, *dmarc;
    bool aligned_dkim, aligned_dmarc;
};

static void read_resinfo(const char *resinfo, const char *from, struct results *results)
{
    const char *equal = strchr(resinfo, '=');
    if (equal == NULL)
        return;
    g_autofree char *method = g_ascii_strdown(resinfo, equal - resinfo);
    g_strstrip(method);
    const char *value = equal + 1 + strspn(equal + 1, " \t\r\n");
    g_autofree char *result = g_ascii_strdown(value, (gssize)strcspn(value, " \t\r\n"));
    if (strcmp(method, "dkim") == 0) {
        g_autofree char *domain = property(resinfo, "header.d"), *identity = property(resinfo, "header.i");
        if (domain == NULL && identity != NULL)
            domain = g_strdup(domain_of(identity));
        json_array_append_new(results->dkim, json_pack("{s:o, s:o}", "domain", json_text_new(domain),
                                                       "result", json_text_new(result)));
        results->aligned_dkim |= strcmp(result, "pass") == 0 && domain != NULL && is_aligned(domain, from);
    } else if (strcmp(method, "spf") == 0 && results->spf == NULL) {
        results->spf = g_steal_pointer(&result);
    } else if (strcmp(method, "dmarc") == 0 && results->dmarc == NULL) {
        g_autofree char *domain = property(resinfo, "header.from");
        results->aligned_dmarc =
            strcmp(result, "pass") == 0 && domain != NULL && g_ascii_strcasecmp(domain, from) == 0;
        results->dmarc = g_steal_pointer(&result);
    }
}

/* One header field of a trusted server; false when it is another's. */
static bool read_field(const char *value, const char *const *trusted, const char *from,
                       struct results *results, char **server)
{
    g_autofree char *clean = without_comments(value);
    g_auto(GStrv) pieces = g_strsplit(clean, ";", 100);
    if (pieces[0] == NULL)
        return false;
    g_autofree char *id = g_strndup(g_strstrip(pieces[0]), strcspn(g_strstrip(pieces[0]), " \t\r\n"));
    bool known = false;
    for (size_t i = 0; trusted[i] != NULL; i++)
        known = known || g_ascii_strcasecmp(trusted[i], id) == 0;
    if (!known)
        return false;
    if (*server == NULL)
        *server = g_strdup(id);
    for (size_t i = 1; results != NULL && pieces[i] != NULL; i++)
        read_resinfo(g_strstrip(pieces[i]), from, results);
    return true;
}

static void read_results(struct message *message, const char *const *trusted, const char *from,
                         struct results *results, char **server)
{
    enum { BEFORE, WITHIN, AFTER } place = BEFORE;
    const char *name, *value; /* as it stands: an encoded word in it is a stranger's */
    for (unsigned i = 0; (name = message_header_at(message, i, NULL, &value)) != NULL; i++) {
        if (place == WITHIN && g_ascii_strcasecmp(name, "Received") == 0)
            place = AFTER;
        if (g_ascii_strcasecmp(name, "Authentication-Results") != 0)
            continue;
        if (!read_field(value, trusted, from, place == AFTER ? NULL : results, server))
            continue;
        if (place == AFTER)
            defect_add(message->defects, "auth-results-repeated");
        else
            place = WITHIN;
    }
}

static bool has_defect(const struct message *message, const char *word)
{
    size_t index;
    json_t *entry;
    json_array_foreach(message->defects, index, entry)
        if (strcmp(json_string_value(entry), word) == 0)
            return true;
    return false;
}

/* From without what is quoted and without comments. */
static char *bare_field(const char *raw)
{
    GString *bare = g_string_new(NULL);
    bool quoted = false;
    int comment = 0;
    for (; *raw != '\0'; raw++) {
        bool escaped = *raw == '\\' && raw[1] != '\0' && (quoted || comment > 0);
        raw += escaped;
        if (!escaped && *raw == '"' && comment == 0)
            quoted = !quoted;
        else if (!escaped && !quoted && *raw == '(')
            comment++;
        else if (!escaped && !quoted && *raw == ')' && comment > 0)
            comment--;
        else if (!quoted && comment == 0)
            g_string_append_c(bare, *raw);
    }
    return g_strstrip(g_string_free(bare, FALSE));
}

/* Whether every reader sees this one address in From: it stands there alone, or in brackets behind a name. */
static bool is_sole_sender(struct message *message, const struct address *from)
{
    if (from == NULL || message->from->len != 1 || message_header(message, "From", 1) != NULL)
        return false;
    g_autofree char *bare = bare_field(message_header_raw(message, "From", 0));
    if (g_ascii_strcasecmp(bare, from->address) == 0)
        return true;
    g_autofree char *bracketed = g_strconcat("<", from->address, ">", NULL);
    size_t length = strlen(bare), end = strlen(bracketed);
    if (length < end || g_ascii_strcasecmp(bare + length - end, bracketed) != 0)
        return false;
    bare[length - end] = '\0';
    return strpbrk(bare, "<>@") == NULL;
}

/* Where another reader may see another mail than we do. */
static bool is_ambiguous(struct message *message)
{
    static const char *const defects[] = {"nul-in-header", "too-many-headers", "header-block-too-long"};
    for (size_t i = 0; i < G_N_ELEMENTS(defects); i++)
        if (has_defect(message, defects[i]))
            return true;
    static const char *const names[] = {"From", "Subject", "Date", "Content-Type"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (message_header(message, names[i], 1) != NULL)
            return true;
    return !is_sole_sender(message, message_from(message));
}

static void add_reason(struct auth *auth, const char *reason)
{
    json_array_append_new(json_object_get(auth->json, "reasons"), json_string(reason));
}

void auth_set_verdict(struct auth *auth, enum auth_verdict verdict, const char *reason)
{
    auth->verdict = verdict;
    json_object_set_new(auth->json, "verdict", json_string(auth_verdict_name(verdict)));
    if (reason != NULL)
        add_reason(auth, reason);
}

static void judge(struct auth *auth, bool ambiguous, bool aligned)
{
    bool genuine_carrier = auth->carries_strangers && (aligned || !auth->trusted);
    auth->proven = auth->listed && aligned && !ambiguous;
    if (ambiguous && auth->claims)
        add_reason(auth, "repeated or damaged header fields prove nothing");
    if (auth->proven)
        auth_set_verdict(auth, AUTH_PROVEN, NULL);
    else if (genuine_carrier)
        auth_set_verdict(auth, AUTH_STRANGER, "a genuine sender that carries strangers' words");
    else if (auth->claims && auth->trusted)
        auth_set_verdict(auth, AUTH_FORGED,
                         auth->listed ? "claims AWS and no aligned DKIM or DMARC pass proves it"
                                      : "claims AWS from an unlisted address");
    else if (auth->listed)
        auth_set_verdict(auth, AUTH_UNPROVEN, "no trusted server is configured");
    else if (auth->claims)
        auth_set_verdict(auth, AUTH_FORGED, "claims AWS from an unlisted address");
    else
        auth_set_verdict(auth, AUTH_STRANGER, NULL);
}

struct auth *auth_read(struct message *message, const struct auth_senders *senders,
                       const char *const *trusted)
{
    struct auth *auth = g_new0(struct auth, 1);
    const struct address *from = message_from(message);
    const struct sender *sender =
        is_sole_sender(message, from) ? find_sender(senders, from->address) : NULL;
    struct results results = {.dkim = json_array()};
    g_autofree char *server = NULL;
    auth->trusted = trusted != NULL && trusted[0] != NULL;
    auth->carries_strangers = sender != NULL && sender->carries_strangers;
    auth->listed = sender != NULL && !sender->carries_strangers;
    auth->claims = auth->listed || auth->carries_strangers || mail_claims(message, senders);
    if (auth->trusted)
        read_results(message, trusted, from != NULL ? domain_of(from->address) : "", &results, &server);
    bool aligned = results.aligned_dkim || results.aligned_dmarc;
    auth->json = json_pack("{s:s, s:o, s:o, s:o, s:o, s:b, s:[]}", "verdict", "", "server",
                           json_text_new(server), "dkim", results.dkim, "spf", json_text_new(results.spf),
                           "dmarc", json_text_new(results.dmarc), "aligned", aligned, "reasons");
    g_free(results.spf);
    g_free(results.dmarc);
    judge(auth, is_ambiguous(message), aligned);
    return auth;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL)
        return;
    json_decref(auth->json);
    g_free(auth);
}
