/* Authentication-Results and the verdict. Whatever the bytes: only a listed sender is proven, only by a
 * trusted server's field, and only by what that field says outside comments and quoted strings; the latter
 * two a stranger can have written (an envelope address is quoted there). */
#include "fuzz.h"
#include "mail/auth.h"

#include <string.h>

static const char server[] = "mx.example.com";
static const struct auth_trust server_alone = {
    .servers = (char *[]){(char *)server, NULL}, .lists = (char *[]){NULL}, .sealers = (char *[]){NULL}};
static const struct auth_trust with_relays = {.servers = (char *[]){(char *)server, NULL},
                                              .lists = (char *[]){"list@example.com", NULL},
                                              .sealers = (char *[]){"example.com", NULL}};

static struct auth_senders *senders(void)
{
    static struct auth_senders *made;
    if (made == NULL) {
        json_t *list =
            json_pack("[{s:s}, {s:s}, {s:s, s:b}]", "domain", "aws.com", "address", "no-reply-aws@amazon.com",
                      "address", "no-reply@sns.amazonaws.com", "carries_strangers", 1);
        made = auth_senders_new(list);
        json_decref(list);
    }
    return made;
}

/* A field without comments and quoted strings, as RFC 8601 and RFC 5322 3.2 say: a second, slower reading. */
static char *bare(const char *value)
{
    GString *clean = g_string_new(NULL);
    int depth = 0;
    bool quoted = false;
    for (const char *at = value; *at != '\0'; at++) {
        if (*at == '\\' && (quoted || depth > 0)) {
            at += at[1] != '\0';
            continue;
        }
        if (*at == '"' && depth == 0)
            quoted = !quoted;
        else if (*at == '(' && !quoted)
            depth++;
        else if (*at == ')' && !quoted && depth > 0)
            depth--;
        else if (!quoted && depth == 0 && !g_ascii_isspace(*at))
            g_string_append_c(clean, g_ascii_tolower(*at));
    }
    return g_string_free(clean, FALSE);
}

static bool has_proof(struct message *message)
{
    const char *raw;
    for (unsigned n = 0; (raw = message_header_raw(message, "Authentication-Results", n)) != NULL; n++) {
        g_autofree char *plain = bare(raw);
        if (g_str_has_prefix(plain, server) &&
            (strstr(plain, ";dkim=pass") != NULL || strstr(plain, ";dmarc=pass") != NULL ||
             strstr(plain, ";arc=pass") != NULL))
            return true;
    }
    return false;
}

static void check(struct message *message, const struct auth_trust *trust)
{
    struct auth *auth = auth_read(message, senders(), trust);
    const char *verdict = json_string_value(json_object_get(auth->json, "verdict"));
    must_serialise(auth->json);
    must(g_strcmp0(verdict, auth_verdict_name(auth->verdict)) == 0, "the verdict is what is told");
    must(auth->proven == (auth->verdict == AUTH_PROVEN), "proven is the verdict proven");
    must(!(auth->listed && auth->carries_strangers), "who carries strangers' words is not listed");
    must(!auth->listed || auth->claims, "a listed sender claims AWS");
    must(auth->verdict != AUTH_FORGED || auth->claims, "what claims nothing is not forged");
    must(auth->verdict != AUTH_UNPROVEN || (auth->listed && !auth->trusted), "unproven is without trust");
    must(!(auth->trusted && auth->claims && auth->verdict == AUTH_STRANGER) || auth->carries_strangers,
         "with trust, who claims AWS is proven or forged");
    if (auth->proven) {
        must(auth->listed && auth->trusted, "only a listed sender is proven, and only with trust");
        must(json_is_true(json_object_get(auth->json, "aligned")), "proof is aligned");
        must(message_header(message, "From", 1) == NULL, "a second From proves nothing");
        must(has_proof(message), "a trusted server's field says pass in its own words");
        must(auth->speaker == NULL || trust == &with_relays,
             "no list speaks for another that is not trusted");
    }
    auth_free(auth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) raw = g_bytes_new(data, size);
    g_autoptr(message) message = message_new(raw, &limits);
    check(message, &server_alone);
    check(message, &with_relays);
    check(message, NULL);
    return 0;
}
