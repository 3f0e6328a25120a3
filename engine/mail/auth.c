/* Who speaks: a listed sender in From, seen by every reader, and proven by a trusted server's results. */
#include "mail/auth_inside.h"
#include "base/json.h"

#include <string.h>

const char *auth_verdict_name(enum auth_verdict verdict)
{
    static const char *const names[] = {"proven", "forged", "unproven", "stranger"};
    return names[verdict];
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

/* A field of addresses without what is quoted and without comments. */
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

bool is_sole_address(const char *raw, const char *address)
{
    g_autofree char *bare = bare_field(raw);
    if (g_ascii_strcasecmp(bare, address) == 0)
        return true;
    g_autofree char *bracketed = g_strconcat("<", address, ">", NULL);
    size_t length = strlen(bare), end = strlen(bracketed);
    if (length < end || g_ascii_strcasecmp(bare + length - end, bracketed) != 0)
        return false;
    bare[length - end] = '\0';
    return strpbrk(bare, "<>@") == NULL;
}

static bool is_sole_sender(struct message *message, const struct address *from)
{
    return from != NULL && message->from->len == 1 && message_header(message, "From", 1) == NULL &&
           is_sole_address(message_header_raw(message, "From", 0), from->address);
}

static bool has_semicolon(const char *text)
{
    g_autofree char *lower = text != NULL ? g_ascii_strdown(text, -1) : NULL;
    return lower != NULL && strstr(lower, "=3b") != NULL;
}

/* What a stranger may write for a server to copy into its results, which are parted by semicolons: a
 * signature's identity may have one that is encoded (RFC 6376, 3.5), the envelope's sender one in quotes. */
static bool tampers_with_results(struct message *message)
{
    const char *value;
    for (unsigned n = 0; (value = message_header_raw(message, "DKIM-Signature", n)) != NULL; n++) {
        g_auto(GStrv) tags = g_strsplit(value, ";", 100);
        for (size_t i = 0; tags[i] != NULL; i++)
            if (g_str_has_prefix(g_strchug(tags[i]), "i") && has_semicolon(tags[i]))
                return true;
    }
    value = message_header_raw(message, "Return-Path", 0);
    return value != NULL && strchr(value, ';') != NULL;
}

/* Where another reader may see another mail than we do. */
static bool is_ambiguous(struct message *message)
{
    static const char *const defects[] = {"nul-in-header", "no-blank-line", "too-many-headers",
                                          "header-block-too-long"};
    for (size_t i = 0; i < G_N_ELEMENTS(defects); i++)
        if (has_defect(message, defects[i]))
            return true;
    static const char *const names[] = {"From", "Subject", "Date", "Content-Type"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (message_header(message, names[i], 1) != NULL)
            return true;
    return tampers_with_results(message) || !is_sole_sender(message, message_from(message));
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

/* A trust that names another server than the one that writes the results looks like forgery of all mail. */
static const char *why_forged(const struct auth *auth)
{
    if (!auth->listed)
        return "claims AWS from an unlisted address";
    if (json_is_string(json_object_get(auth->json, "server")))
        return "claims AWS and no aligned DKIM or DMARC pass proves it";
    return "claims AWS and no trusted server says whether it is: none of those that authserv_id names has "
           "written its Authentication-Results on top";
}

static void judge(struct auth *auth, bool ambiguous, bool aligned)
{
    auth->amazon = auth->amazon && aligned && auth->trusted && !ambiguous;
    bool genuine_carrier = auth->carries_strangers && (aligned || !auth->trusted);
    auth->proven = auth->listed && aligned && !ambiguous;
    if (ambiguous && auth->claims)
        add_reason(auth, "repeated or damaged header fields prove nothing");
    if (auth->proven)
        auth_set_verdict(auth, AUTH_PROVEN, NULL);
    else if (auth->amazon)
        auth_set_verdict(auth, AUTH_STRANGER, "Amazon's own mail, and from no address that speaks for AWS");
    else if (genuine_carrier)
        auth_set_verdict(auth, AUTH_STRANGER, "a genuine sender that carries strangers' words");
    else if (auth->claims && auth->trusted)
        auth_set_verdict(auth, AUTH_FORGED, why_forged(auth));
    else if (auth->listed)
        auth_set_verdict(auth, AUTH_UNPROVEN, "no trusted server is configured");
    else if (auth->claims)
        auth_set_verdict(auth, AUTH_FORGED, "claims AWS from an unlisted address");
    else
        auth_set_verdict(auth, AUTH_STRANGER, NULL);
}

static void take_sender(struct auth *auth, const struct sender *sender)
{
    auth->carries_strangers = sender != NULL && sender->carries_strangers;
    auth->amazon = sender != NULL && sender->shared;
    auth->listed = sender != NULL && !sender->carries_strangers && !sender->shared;
}

/* Fills auth->json from what the trusted servers found; whether proof is aligned. */
static bool read_results(struct auth *auth, struct message *message, const struct auth_senders *senders,
                         const struct auth_trust *trust, const char *from)
{
    struct auth_results results = {.dkim = json_array()};
    struct auth_relay relay = {0};
    if (trust != NULL) {
        const struct auth_author author = auth_author_of(senders, from);
        auth_results_read(message, trust->servers, &author, &results);
        if (!is_ambiguous(message))
            auth_relay_read(message, senders, trust, from, &results, &relay);
    } else if (!is_ambiguous(message)) {
        auth_relay_believe(message, from, &relay);
    }
    auth->speaker = g_steal_pointer(&relay.speaker);
    if (auth->speaker != NULL)
        take_sender(auth, senders_find(senders, auth->speaker));
    bool aligned = (results.aligned && auth->speaker == NULL) || relay.aligned;
    auth->json =
        json_pack("{s:s, s:o, s:O, s:o, s:o, s:b, s:[]}", "verdict", "", "server",
                  json_text_new(results.server), "dkim", results.dkim, "spf", json_text_new(results.spf),
                  "dmarc", json_text_new(results.dmarc), "aligned", aligned, "reasons");
    if (relay.reason != NULL)
        add_reason(auth, relay.reason);
    auth_relay_clear(&relay);
    auth_results_clear(&results);
    return aligned;
}

static bool names_aws(const char *text)
{
    g_autofree char *looks = auth_looks(text);
    return looks_name_aws(looks) || strstr(looks, "web services") != NULL;
}

struct auth *auth_read(struct message *message, const struct auth_senders *senders,
                       const struct auth_trust *trust)
{
    struct auth *auth = g_new0(struct auth, 1);
    const struct address *from = message_from(message);
    bool sole = is_sole_sender(message, from);
    auth->trusted = trust != NULL;
    take_sender(auth, sole ? senders_find(senders, from->address) : NULL);
    bool aligned = read_results(auth, message, senders, trust, from != NULL ? from->address : "");
    auth->claims = auth->listed || auth->carries_strangers || senders_claimed(message, senders);
    judge(auth, is_ambiguous(message), aligned);
    auth->about_aws = auth->amazon && (names_aws(from->name) || names_aws(from->address) ||
                                       names_aws(message_subject(message)));
    return auth;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL)
        return;
    json_decref(auth->json);
    g_free(auth->speaker);
    g_free(auth);
}
