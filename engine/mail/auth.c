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

/* Whether a domain that people are shown passes itself off as one of AWS's. */
static bool domain_claims(const struct auth_senders *senders, const char *domain)
{
    g_autofree char *lower = g_ascii_strdown(domain, -1);
    for (char *at = lower; *at != '\0'; at++)
        *at = *at == '0' ? 'o' : *at == '1' ? 'l' : *at;
    for (guint i = 0; i < senders->list->len; i++) {
        const struct sender *sender = &g_array_index(senders->list, struct sender, i);
        const char *listed = sender->domain != NULL ? sender->domain : domain_of(sender->address);
        if (strcmp(lower, listed) == 0)
            return true;
    }
    g_auto(GStrv) labels = g_strsplit_set(lower, ".-", 50);
    for (size_t i = 0; labels[i] != NULL; i++)
        if (strcmp(labels[i], "aws") == 0 || strstr(labels[i], "amazon") != NULL ||
            strstr(labels[i], "arnazon") != NULL || strstr(labels[i], "amaz0n") != NULL)
            return true;
    return false;
}

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
        if ((at == text || !g_ascii_isalnum(at[-1])) && !g_ascii_isalnum(at[length]))
            return true;
    return false;
}

static bool name_claims(const struct auth_senders *senders, const char *name)
{
    g_autofree char *shown = text_normalize(name, true), *lower = g_utf8_strdown(shown, -1);
    if (has_word(lower, "aws") || has_word(lower, "amazon web services") || has_word(lower, "amazon"))
        return true;
    const char *at = strchr(lower, '@'); /* an address inside a display name */
    g_autofree char *domain = at != NULL ? g_strndup(at + 1, strcspn(at + 1, " >\"'")) : NULL;
    return domain != NULL && domain_claims(senders, domain);
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
    }
    return false;
}

/* RFC 8601 values without their comments. */
static char *without_comments(const char *value)
{
    GString *clean = g_string_new(NULL);
    int depth = 0;
    bool quoted = false;
    for (; *value != '\0'; value++) {
        if (*value == '"' && depth == 0)
            quoted = !quoted;
        if (!quoted && *value == '(')
            depth++;
        else if (!quoted && *value == ')' && depth > 0)
            depth--;
        else if (depth == 0)
            g_string_append_c(clean, *value);
    }
    return g_string_free(clean, FALSE);
}

/* The value of a property in one resinfo ("header.d"), without quotes; NULL when absent. */
static char *property(const char *resinfo, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = resinfo; (at = strstr(at, name)) != NULL; at += length) {
        if (at != resinfo && !g_ascii_isspace(at[-1]))
            continue;
        const char *equal = at + length + strspn(at + length, " \t");
        if (*equal != '=')
            continue;
        const char *value = equal + 1 + strspn(equal + 1, " \t\"");
        return g_ascii_strdown(value, (gssize)strcspn(value, " \t\";"));
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
    const char *value = equal + 1 + strspn(equal + 1, " \t");
    g_autofree char *result = g_ascii_strdown(value, (gssize)strcspn(value, " \t;"));
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
    g_autofree char *id = g_strndup(g_strstrip(pieces[0]), strcspn(g_strstrip(pieces[0]), " \t"));
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
    const char *name, *value;
    for (unsigned i = 0; (name = message_header_at(message, i, &value, NULL)) != NULL; i++) {
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

static bool is_ambiguous(struct message *message)
{
    static const char *const names[] = {"From", "Subject", "Date", "Content-Type"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (message_header(message, names[i], 1) != NULL)
            return true;
    return message_from(message) == NULL || message->from->len != 1;
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
        add_reason(auth, "repeated header fields prove nothing");
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
    const struct sender *sender = from != NULL ? find_sender(senders, from->address) : NULL;
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
