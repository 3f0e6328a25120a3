/* Authentication-Results (RFC 8601): the topmost contiguous block of a trusted server, above any further
 * Received. */
#include "mail/auth_inside.h"
#include "mail/limits_scan.h"
#include "base/json.h"

#include <string.h>

/* Stands where a comment stood: a comment that touches a value is no part of it, and no blank either. A
 * signature may claim the domain "amazon.com(.example.org", which a server copies into its results. */
#define COMMENT '\x01'

/* A value of RFC 8601 with its comments marked; what is quoted keeps no character that means something
 * outside quotes, since strangers choose the local parts that servers report. sound: whether quotes and
 * brackets are closed, and no quote stands in a comment, where it may be a stranger's who leaves the comment
 * by it. */
static char *without_comments(const char *value, bool *sound)
{
    GString *clean = g_string_new(NULL);
    int depth = 0;
    bool quoted = false;
    *sound = strchr(value, COMMENT) == NULL;
    for (; *value != '\0'; value++) {
        bool escaped = *value == '\\' && value[1] != '\0' && (quoted || depth > 0);
        if (escaped)
            value++;
        if (!escaped && *value == '"' && depth == 0)
            quoted = !quoted;
        else if (!escaped && *value == '"')
            *sound = false;
        else if (!escaped && !quoted && *value == '(')
            depth++;
        else if (!escaped && !quoted && *value == ')' && depth > 0)
            g_string_append(clean, --depth == 0 ? "\x01" : "");
        else if (depth == 0)
            g_string_append_c(clean, quoted && strchr(" \t\r\n;=@()", *value) != NULL ? '_' : *value);
    }
    *sound = *sound && !quoted && depth == 0;
    return g_string_free(clean, FALSE);
}

bool is_aligned(const char *domain, const char *from)
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

static const char blanks[] = " \t\r\n";

/* A name and its value at `at`; NULL where none stand there. Behind a method's result, as in
 * "pass(p=reject)", a comment may touch. */
static const char *read_word(const char *at, GPtrArray *words)
{
    size_t length = strcspn(at, " \t\r\n=\x01");
    const char *equal = at + length + strspn(at + length, blanks);
    if (length == 0 || *equal != '=')
        return NULL;
    const char *value = equal + 1 + strspn(equal + 1, blanks);
    const char *end = value + strcspn(value, words->len == 0 ? " \t\r\n\x01" : blanks);
    if (memchr(value, COMMENT, (size_t)(end - value)) != NULL)
        return NULL;
    struct word *word = g_new0(struct word, 1);
    word->name = g_ascii_strdown(at, (gssize)length);
    word->value = g_strndup(value, (gsize)(end - value));
    g_ptr_array_add(words, word);
    return end;
}

/* A result is a word (RFC 8601, 2.2: Keyword). */
static bool is_result(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("-_", *at) == NULL)
            return false;
    return text[0] != '\0';
}

/* NULL where it is not built of name=value alone (RFC 8601, 2.2): then somebody else may have written in it.
 */
static GPtrArray *words_of(const char *resinfo)
{
    static const char gaps[] = " \t\r\n\x01";
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(word_free);
    for (const char *at = resinfo + strspn(resinfo, gaps); *at != '\0'; at += strspn(at, gaps)) {
        at = read_word(at, words);
        if (at == NULL)
            return NULL;
    }
    if (words->len > 0 && !is_result(((struct word *)words->pdata[0])->value))
        return NULL;
    return g_steal_pointer(&words);
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

/* A domain in lower case without the dot at its end; NULL where it has a character that no domain has. */
static char *clean_domain(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";
    g_autofree char *lower = text != NULL ? g_ascii_strdown(text, -1) : NULL;
    if (lower == NULL || lower[0] == '\0' || lower[strspn(lower, allowed)] != '\0')
        return NULL;
    if (g_str_has_suffix(lower, "."))
        lower[strlen(lower) - 1] = '\0';
    return g_steal_pointer(&lower);
}

bool is_among(char **names, const char *name)
{
    for (size_t i = 0; names[i] != NULL; i++)
        if (g_ascii_strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

static bool proves(const char *domain, const struct auth_author *author)
{
    return author->proven_by != NULL ? is_among(author->proven_by, domain)
                                     : is_aligned(domain, author->domain);
}

static void add_signature(const GPtrArray *words, const char *result, const struct auth_author *author,
                          struct auth_results *results)
{
    const char *named = property(words, "header.d"), *identity = property(words, "header.i");
    g_autofree char *domain = clean_domain(named != NULL || identity == NULL ? named : domain_of(identity));
    bool sound = domain != NULL && is_in_its_own_words(words) && is_signed_by(identity, domain);
    json_array_append_new(results->dkim, json_pack("{s:o, s:o}", "domain", json_text_new(domain), "result",
                                                   json_text_new(result)));
    results->aligned |= sound && strcmp(result, "pass") == 0 && proves(domain, author);
}

static void add_policy(const GPtrArray *words, const char *result, const struct auth_author *author,
                       struct auth_results *results)
{
    const char *named = property(words, "header.from");
    g_autofree char *domain = clean_domain(named);
    bool ours = domain != NULL && g_ascii_strcasecmp(domain, author->domain) == 0;
    results->aligned |= ours && strcmp(result, "pass") == 0 && is_in_its_own_words(words);
    results->refused |= (ours || named == NULL) && strcmp(result, "fail") == 0;
    if (results->dmarc == NULL)
        results->dmarc = g_strdup(result);
}

static void add_result(const GPtrArray *words, const struct auth_author *author, struct auth_results *results)
{
    const struct word *first = words->pdata[0];
    g_autofree char *method = g_strndup(first->name, strcspn(first->name, "/")); /* "dkim/1": a version */
    g_autofree char *result = g_ascii_strdown(first->value, -1);
    if (strcmp(method, "dkim") == 0)
        add_signature(words, result, author, results);
    else if (strcmp(method, "dmarc") == 0)
        add_policy(words, result, author, results);
    else if (strcmp(method, "arc") == 0)
        results->sealed |= strcmp(result, "pass") == 0;
    else if (strcmp(method, "spf") == 0 && results->spf == NULL)
        results->spf = g_steal_pointer(&result);
}

static void free_words(void *words)
{
    if (words != NULL)
        g_ptr_array_unref(words);
}

/* The results behind the server's name, each a list of words; NULL where one of them is not well formed: then
 * none of them is believed. */
static GPtrArray *results_in(char **pieces)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_words);
    for (size_t i = 1; pieces[0] != NULL && pieces[i] != NULL; i++) {
        GPtrArray *words = strcmp(g_strstrip(pieces[i]), "none") != 0 ? words_of(pieces[i]) : NULL;
        if (words == NULL && strcmp(pieces[i], "none") != 0)
            return NULL;
        if (words != NULL)
            g_ptr_array_add(all, words);
    }
    return g_steal_pointer(&all);
}

/* The value of a field, cut into the server's name (without its version) and the results. */
struct auth_field {
    GStrv pieces;
    bool sound;
};

static struct auth_field field_read(const char *value)
{
    struct auth_field field = {0};
    g_autofree char *clean = without_comments(value, &field.sound);
    field.pieces = g_strsplit(clean, ";", 100);
    if (field.pieces[0] != NULL) {
        g_strstrip(field.pieces[0]);
        field.pieces[0][strcspn(field.pieces[0], blanks)] = '\0';
    }
    return field;
}

static bool field_add(const struct auth_field *field, const struct auth_author *author,
                      struct auth_results *results)
{
    g_autoptr(GPtrArray) all = field->sound ? results_in(field->pieces) : NULL;
    if (results->server == NULL)
        results->server = g_strdup(field->pieces[0]);
    for (guint i = 0; all != NULL && i < all->len; i++)
        if (((GPtrArray *)all->pdata[i])->len > 0)
            add_result(all->pdata[i], author, results);
    return all != NULL;
}

void auth_results_add(const char *value, const struct auth_author *author, struct auth_results *results)
{
    struct auth_field field = field_read(value);
    field_add(&field, author, results);
    g_strfreev(field.pieces);
    results->aligned = results->aligned && !results->refused;
}

/* Filters of one server put fields of theirs between its results (X-Greylist, X-DMARC-Info). What a sender or
 * another server writes ends the block, and so does what cannot be told from it. */
static bool parts_blocks(const char *name)
{
    static const char *const filters[] = {"Authentication-Results",
                                          "Received-SPF",
                                          "DKIM-Filter",
                                          "DMARC-Filter",
                                          "ARC-Seal",
                                          "ARC-Message-Signature",
                                          "ARC-Authentication-Results",
                                          "X-ARC-Info",
                                          "X-DMARC-Info",
                                          "X-DMARC-Policy",
                                          "X-Greylist",
                                          "X-Virus-Scanned",
                                          "X-Virus-Status"};
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++)
        if (g_ascii_strcasecmp(name, filters[i]) == 0)
            return false;
    return !g_str_has_prefix(name, "X-Spam") && !g_str_has_prefix(name, "X-Rspamd");
}

void auth_results_read(struct message *message, char **servers, const struct auth_author *author,
                       struct auth_results *results)
{
    enum { BEFORE, WITHIN, AFTER } place = BEFORE;
    const char *name, *value; /* as it stands: an encoded word in it is a stranger's */
    for (unsigned i = 0; (name = message_header_at(message, i, NULL, &value)) != NULL; i++) {
        if (place == WITHIN && parts_blocks(name))
            place = AFTER;
        if (g_ascii_strcasecmp(name, "Authentication-Results") != 0)
            continue;
        struct auth_field field = field_read(value);
        bool trusted = field.pieces[0] != NULL && is_among(servers, field.pieces[0]);
        if (trusted && place == AFTER)
            defect_add(message->defects, "auth-results-repeated");
        else if (trusted && !field_add(&field, author, results))
            defect_add(message->defects, "auth-results-damaged");
        if (trusted && place == BEFORE)
            place = WITHIN;
        g_strfreev(field.pieces);
    }
    results->aligned = results->aligned && !results->refused;
}

void auth_results_clear(struct auth_results *results)
{
    json_decref(results->dkim);
    g_free(results->server);
    g_free(results->spf);
    g_free(results->dmarc);
}
