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

static void read_resinfo(const char *resinfo, const char *from, struct auth_results *results)
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
        results->aligned |= strcmp(result, "pass") == 0 && domain != NULL && is_aligned(domain, from);
    } else if (strcmp(method, "spf") == 0 && results->spf == NULL) {
        results->spf = g_steal_pointer(&result);
    } else if (strcmp(method, "dmarc") == 0 && results->dmarc == NULL) {
        g_autofree char *domain = property(resinfo, "header.from");
        results->aligned |=
            strcmp(result, "pass") == 0 && domain != NULL && g_ascii_strcasecmp(domain, from) == 0;
        results->dmarc = g_steal_pointer(&result);
    }
}

/* One header field of a trusted server; false when it is another's. */
static bool read_field(const char *value, const char *const *trusted, const char *from,
                       struct auth_results *results, bool counts)
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
    if (results->server == NULL)
        results->server = g_strdup(id);
    for (size_t i = 1; counts && pieces[i] != NULL; i++)
        read_resinfo(g_strstrip(pieces[i]), from, results);
    return true;
}

void auth_results_read(struct message *message, const char *const *trusted, const char *from,
                       struct auth_results *results)
{
    enum { BEFORE, WITHIN, AFTER } place = BEFORE;
    const char *name, *value; /* as it stands: an encoded word in it is a stranger's */
    for (unsigned i = 0; (name = message_header_at(message, i, NULL, &value)) != NULL; i++) {
        if (place == WITHIN && g_ascii_strcasecmp(name, "Received") == 0)
            place = AFTER;
        if (g_ascii_strcasecmp(name, "Authentication-Results") != 0)
            continue;
        if (!read_field(value, trusted, from, results, place != AFTER))
            continue;
        if (place == AFTER)
            defect_add(message->defects, "auth-results-repeated");
        else
            place = WITHIN;
    }
}
