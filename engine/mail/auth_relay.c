/* What those who passed a mail on say of it. A mailing list that rewrites From, and a forwarder that adds a
 * footer, break the author's signature; what they found before they did may stand in for it, where the
 * configuration says whose word counts. Nothing here proves anything by itself: the list must be proven by
 * the trusted server's results as any sender is, a chain of seals must have passed there. A field that stands
 * twice proves nothing, since a stranger may have written the other one. */
#include "mail/auth_inside.h"
#include "base/json.h"

#include <string.h>

GStrv auth_texts_of(const json_t *list)
{
    g_autoptr(GPtrArray) texts = g_ptr_array_new();
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)list, index, text)
        if (json_is_string(text))
            g_ptr_array_add(texts, g_strdup(json_string_value(text)));
    g_ptr_array_add(texts, NULL);
    return (GStrv)g_ptr_array_steal(texts, NULL);
}

struct auth_trust *auth_trust_new(const json_t *json)
{
    if (json_array_size(json_object_get(json, "authserv_id")) == 0)
        return NULL;
    struct auth_trust *trust = g_new0(struct auth_trust, 1);
    trust->servers = auth_texts_of(json_object_get(json, "authserv_id"));
    trust->lists = auth_texts_of(json_object_get(json, "lists"));
    trust->sealers = auth_texts_of(json_object_get(json, "arc"));
    return trust;
}

void auth_trust_free(struct auth_trust *trust)
{
    if (trust == NULL)
        return;
    g_strfreev(trust->servers);
    g_strfreev(trust->lists);
    g_strfreev(trust->sealers);
    g_free(trust);
}

/* The value of a field that stands once, as it stands in the mail; else NULL. */
static const char *only_field(struct message *message, const char *name)
{
    return message_header_raw(message, name, 1) == NULL ? message_header_raw(message, name, 0) : NULL;
}

/* The author that the list names: in the fields that Google Groups writes, else where answers go. The author
 * may have written each of them, so that it proves nothing whom they name. */
static char *author_of(struct message *message)
{
    static const char *const names[] = {"X-Original-From", "X-Original-Sender", "Reply-To"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *raw = only_field(message, names[i]);
        g_autoptr(GPtrArray) addresses = raw != NULL ? addresses_parse(message, raw) : NULL;
        const struct address *author = addresses != NULL && addresses->len == 1 ? addresses->pdata[0] : NULL;
        if (author != NULL && is_sole_address(raw, author->address))
            return g_strdup(author->address);
    }
    return NULL;
}

/* A tag of an ARC field ("i", "d": RFC 8617, 4.1); NULL when it is absent. */
static char *tag_of(const char *value, const char *name)
{
    g_auto(GStrv) tags = g_strsplit(value, ";", 100);
    for (size_t i = 0; tags[i] != NULL; i++) {
        char *equal = strchr(tags[i], '=');
        if (equal == NULL)
            continue;
        *equal = '\0';
        if (strcmp(g_strstrip(tags[i]), name) == 0)
            return g_strdup(g_strstrip(equal + 1));
    }
    return NULL;
}

/* Whether each seal of the chain is of a trusted domain: any one of them could have changed what stands in
 * it. */
static bool are_sealers_trusted(struct message *message, char **sealers)
{
    const char *value;
    unsigned count = 0;
    for (; (value = message_header_raw(message, "ARC-Seal", count)) != NULL; count++) {
        g_autofree char *domain = tag_of(value, "d");
        if (domain == NULL || !is_among(sealers, domain))
            return false;
    }
    return count > 0;
}

/* The results of the first of the chain, which had the mail as its author sent it. */
static const char *first_sealed_results(struct message *message)
{
    const char *value, *first = NULL;
    for (unsigned n = 0; (value = message_header_raw(message, "ARC-Authentication-Results", n)) != NULL;
         n++) {
        g_autofree char *instance = tag_of(value, "i");
        if (g_strcmp0(instance, "1") != 0)
            continue;
        if (first != NULL)
            return NULL;
        first = value;
    }
    const char *mark = first != NULL ? strchr(first, ';') : NULL;
    return mark != NULL ? mark + 1 : NULL;
}

static bool found_aligned(const char *value, const struct auth_author *author)
{
    struct auth_results results = {.dkim = json_array()};
    auth_results_add(value, author, &results);
    bool aligned = results.aligned;
    auth_results_clear(&results);
    return aligned;
}

void auth_relay_read(struct message *message, const struct auth_senders *senders,
                     const struct auth_trust *trust, const char *from, const struct auth_results *results,
                     struct auth_relay *relay)
{
    const char *handed_on = NULL, *sealed = NULL;
    if (results->aligned && is_among(trust->lists, from))
        relay->speaker = author_of(message);
    if (relay->speaker != NULL)
        handed_on = only_field(message, "X-Original-Authentication-Results");
    if (results->sealed && are_sealers_trusted(message, trust->sealers))
        sealed = first_sealed_results(message);
    const char *address = relay->speaker != NULL ? relay->speaker : from;
    const struct auth_author author = auth_author_of(senders, address);
    bool by_list = handed_on != NULL && found_aligned(handed_on, &author);
    relay->aligned = by_list || (sealed != NULL && found_aligned(sealed, &author));
    if (relay->speaker != NULL)
        relay->reason = g_strdup_printf("the mailing list %s names %s as the author%s", from, address,
                                        by_list ? ", and its server found it proven" : "");
    else if (relay->aligned && !results->aligned)
        relay->reason = g_strdup("proven before it was passed on, as the ARC seals say");
}

/* Whether From is the address of the list that passed the mail on (RFC 2919; RFC 2369, 3.4). */
static bool is_from_list(struct message *message, const char *from)
{
    g_autofree char *id = g_strdelimit(g_strconcat("<", from, ">", NULL), "@", '.'),
                    *post = g_strconcat("<mailto:", from, ">", NULL);
    const char *ids = message_header(message, "List-Id", 0), *posts = message_header(message, "List-Post", 0);
    g_autofree char *small_ids = g_ascii_strdown(ids != NULL ? ids : "", -1),
                    *small_posts = g_ascii_strdown(posts != NULL ? posts : "", -1),
                    *small_id = g_ascii_strdown(id, -1), *small_post = g_ascii_strdown(post, -1);
    return strstr(small_ids, small_id) != NULL || strstr(small_posts, small_post) != NULL;
}

void auth_relay_believe(struct message *message, const char *from, struct auth_relay *relay)
{
    relay->speaker = is_from_list(message, from) ? author_of(message) : NULL;
    if (relay->speaker != NULL)
        relay->reason = g_strdup_printf("the mailing list %s names %s as the author", from, relay->speaker);
}

void auth_relay_clear(struct auth_relay *relay)
{
    g_free(relay->speaker);
    g_free(relay->reason);
}
