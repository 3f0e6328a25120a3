/* Authentication-Results (RFC 8601): the topmost contiguous block of a trusted server, above any further
 * Received. */
#include "mail/auth_inside.h"
#include "mail/limits_scan.h"
#include "base/json.h"

#include <string.h>

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
            depth--, g_string_append_c(clean, ' ');
        else if (depth == 0)
            g_string_append_c(clean, quoted && strchr(" \t\r\n;=@", *value) != NULL ? '_' : *value);
    }
    return g_string_free(clean, FALSE);
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

/* The words of a resinfo: "dkim=pass", then properties such as "header.d=amazon.com". */
struct word {
    char *name, *value; /* name in lower case */
};

static void word_free(void *data)
{
    struct word *word = data;
    g_free(word->name);
    g_free(word->value);
    g_free(word);
}

/* NULL where it is not built of name=value alone (RFC 8601, 2.2): then somebody else may have written in it.
 */
static GPtrArray *words_of(const char *resinfo)
{
    static const char blanks[] = " \t\r\n";
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(word_free);
    for (const char *at = resinfo + strspn(resinfo, blanks); *at != '\0'; at += strspn(at, blanks)) {
        size_t length = strcspn(at, " \t\r\n=");
        const char *equal = at + length + strspn(at + length, blanks);
        if (length == 0 || *equal != '=')
            return NULL;
        struct word *word = g_new0(struct word, 1);
        g_ptr_array_add(words, word);
        word->name = g_ascii_strdown(at, (gssize)length);
        at = equal + 1 + strspn(equal + 1, blanks);
        word->value = g_strndup(at, strcspn(at, blanks));
        at += strlen(word->value);
    }
    return words->len > 0 ? g_steal_pointer(&words) : NULL;
}

static const char *property(const GPtrArray *words, const char *name)
{
    for (guint i = 1; i < words->len; i++) {
        const struct word *word = words->pdata[i];
        if (strcmp(word->name, name) == 0)
            return word->value;
    }
    return NULL;
}

/* Whether all properties are as a verifier of signatures writes them: each once, and an address in header.i
 * alone. Servers that print an envelope address without quoting it let its owner write properties, which end
 * in "@" and his own domain. */
static bool is_in_its_own_words(const GPtrArray *words)
{
    for (guint i = 1; i < words->len; i++) {
        const struct word *word = words->pdata[i];
        if (strchr(word->value, '@') != NULL && strcmp(word->name, "header.i") != 0)
            return false;
        if (property(words, word->name) != word->value && g_str_has_prefix(word->name, "header."))
            return false;
    }
    return true;
}

/* header.i is the signer's domain or one below it (RFC 6376, 3.5). */
static bool is_signed_by(const char *identity, const char *domain)
{
    if (identity == NULL || domain == NULL)
        return true;
    const char *host = strrchr(identity, '@');
    host = host != NULL ? host + 1 : identity;
    size_t length = strlen(host), end = strlen(domain);
    return length >= end && g_ascii_strcasecmp(host + length - end, domain) == 0 &&
           (length == end || host[length - end - 1] == '.');
}

static void add_signature(const GPtrArray *words, const char *result, const char *from,
                          struct auth_results *results)
{
    const char *domain = property(words, "header.d"), *identity = property(words, "header.i");
    bool sound = is_in_its_own_words(words) && is_signed_by(identity, domain);
    if (domain == NULL && identity != NULL)
        domain = domain_of(identity);
    g_autofree char *lower = domain != NULL ? g_ascii_strdown(domain, -1) : NULL;
    json_array_append_new(results->dkim, json_pack("{s:o, s:o}", "domain", json_text_new(lower), "result",
                                                   json_text_new(result)));
    results->aligned |= sound && strcmp(result, "pass") == 0 && domain != NULL && is_aligned(domain, from);
}

static void add_result(const char *resinfo, const char *from, struct auth_results *results)
{
    g_autoptr(GPtrArray) words = words_of(resinfo);
    if (words == NULL)
        return;
    const struct word *first = words->pdata[0];
    g_autofree char *method = g_strndup(first->name, strcspn(first->name, "/")); /* "dkim/1": a version */
    g_autofree char *result = g_ascii_strdown(first->value, -1);
    bool passed = strcmp(result, "pass") == 0;
    if (strcmp(method, "dkim") == 0) {
        add_signature(words, result, from, results);
    } else if (strcmp(method, "arc") == 0) {
        results->sealed |= passed;
    } else if (strcmp(method, "spf") == 0 && results->spf == NULL) {
        results->spf = g_steal_pointer(&result);
    } else if (strcmp(method, "dmarc") == 0 && results->dmarc == NULL) {
        const char *domain = property(words, "header.from");
        results->aligned |=
            passed && domain != NULL && is_in_its_own_words(words) && g_ascii_strcasecmp(domain, from) == 0;
        results->dmarc = g_steal_pointer(&result);
    }
}

/* The pieces between semicolons; the first is the server's name, without its version. */
static GStrv pieces_of(const char *value)
{
    g_autofree char *clean = without_comments(value);
    GStrv pieces = g_strsplit(clean, ";", 100);
    if (pieces[0] != NULL) {
        g_strstrip(pieces[0]);
        pieces[0][strcspn(pieces[0], " \t\r\n")] = '\0';
    }
    return pieces;
}

static void add_pieces(GStrv pieces, const char *from, struct auth_results *results)
{
    if (results->server == NULL)
        results->server = g_strdup(pieces[0]);
    for (size_t i = 1; pieces[i] != NULL; i++)
        add_result(pieces[i], from, results);
}

void auth_results_add(const char *value, const char *from, struct auth_results *results)
{
    g_auto(GStrv) pieces = pieces_of(value);
    if (pieces[0] != NULL)
        add_pieces(pieces, from, results);
}

bool is_among(char **names, const char *name)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (g_ascii_strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

/* What the filters of one server write between their results does not part them. */
static bool parts_blocks(const char *name)
{
    static const char *const between[] = {"Authentication-Results",
                                          "Received-SPF",
                                          "DKIM-Filter",
                                          "DMARC-Filter",
                                          "ARC-Seal",
                                          "ARC-Message-Signature",
                                          "ARC-Authentication-Results"};
    for (size_t i = 0; i < G_N_ELEMENTS(between); i++)
        if (g_ascii_strcasecmp(name, between[i]) == 0)
            return false;
    return true;
}

void auth_results_read(struct message *message, char **servers, const char *from,
                       struct auth_results *results)
{
    enum { BEFORE, WITHIN, AFTER } place = BEFORE;
    const char *name, *value; /* as it stands: an encoded word in it is a stranger's */
    for (unsigned i = 0; (name = message_header_at(message, i, NULL, &value)) != NULL; i++) {
        if (place == WITHIN && parts_blocks(name))
            place = AFTER;
        if (g_ascii_strcasecmp(name, "Authentication-Results") != 0)
            continue;
        g_auto(GStrv) pieces = pieces_of(value);
        if (pieces[0] == NULL || !is_among(servers, pieces[0]))
            continue;
        if (place == AFTER) {
            defect_add(message->defects, "auth-results-repeated");
            continue;
        }
        place = WITHIN;
        add_pieces(pieces, from, results);
    }
}

void auth_results_clear(struct auth_results *results)
{
    json_decref(results->dkim);
    g_free(results->server);
    g_free(results->spf);
    g_free(results->dmarc);
}
