/* Hosts are compared as browsers take them: decoded, in A-labels, without the dot at the end. Whatever cannot
 * be read as a host leads nowhere and is no link. Linear in what it is given. */
#include "mail/links.h"
#include "mail/auth_inside.h"

#include <string.h>

enum { REDIRECTS_MAXIMUM = 64, HOST_MAXIMUM = 253 };

static const char *const lists[] = {"aws",   "hosted",     "redirects",        "opaque",
                                    "lures", "executable", "executable_types", "pages"};

struct links {
    GHashTable *lists[G_N_ELEMENTS(lists)]; /* of texts in lower case */
    GPtrArray *names; /* of AWS's hosts, borrowed: those that a reader takes for AWS's */
};

/* Not top-level domains, nor names such as a.co, which begin others' too. */
static void read_names(struct links *links, GHashTable *aws)
{
    GHashTableIter iterator;
    char *name;
    links->names = g_ptr_array_new();
    g_hash_table_iter_init(&iterator, aws);
    while (g_hash_table_iter_next(&iterator, (void **)&name, NULL)) {
        g_autofree char *looks = auth_looks(name);
        if (strchr(name, '.') != NULL && (looks_name_amazon(looks) || looks_name_aws(looks)))
            g_ptr_array_add(links->names, name);
    }
}

static GHashTable *list_of(const struct links *links, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        if (strcmp(lists[i], name) == 0)
            return links->lists[i];
    g_error("links: there is no list '%s'", name);
}

struct links *links_new(const json_t *known)
{
    struct links *links = g_new0(struct links, 1);
    size_t index;
    json_t *text;
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        links->lists[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        json_array_foreach(json_object_get(known, lists[i]), index, text)
            if (json_is_string(text))
                g_hash_table_add(links->lists[i], g_ascii_strdown(json_string_value(text), -1));
    }
    read_names(links, list_of(links, "aws"));
    return links;
}

void links_free(struct links *links)
{
    if (links == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_hash_table_unref(links->lists[i]);
    g_ptr_array_unref(links->names);
    g_free(links);
}

bool links_list(const struct links *links, const char *list, const char *text)
{
    return g_hash_table_contains(list_of(links, list), text);
}

/* Whether the host or one above it stands in the list. */
static bool is_below(const GHashTable *list, const char *host)
{
    for (const char *at = host; at != NULL; at = strchr(at, '.'), at = at != NULL ? at + 1 : NULL)
        if (g_hash_table_contains((GHashTable *)list, at))
            return true;
    return false;
}

enum host_owner links_owner(const struct links *links, const char *host)
{
    for (const char *at = host; at != NULL; at = strchr(at, '.'), at = at != NULL ? at + 1 : NULL) {
        if (links_list(links, "aws", at))
            return HOST_AWS;
        if (links_list(links, "hosted", at))
            return HOST_HOSTED;
        if (links_list(links, "opaque", at))
            return HOST_OPAQUE;
    }
    return HOST_OTHER;
}

/* A host as a browser takes it, without the mark by which Proofpoint ends it; NULL where it takes none. */
static char *clean_host(const char *text, size_t length)
{
    g_autofree char *written = g_strndup(text, length), *decoded = g_uri_unescape_string(written, NULL);
    if (decoded == NULL || length == 0 || length > HOST_MAXIMUM * 3 || !g_utf8_validate(decoded, -1, NULL))
        return NULL;
    g_autofree char *ascii = g_hostname_to_ascii(decoded);
    char *host = g_ascii_strdown(ascii != NULL ? ascii : decoded, -1);
    size_t end = strlen(host);
    while (end > 0 && strchr("._", host[end - 1]) != NULL)
        host[--end] = '\0';
    if (end == 0 || end > HOST_MAXIMUM)
        g_clear_pointer(&host, g_free);
    return host;
}

/* As browsers do, which take "\" for "/" and any number of them. */
static bool read_place(const char *link, struct link_place *place)
{
    place->secure = g_ascii_strncasecmp(link, "https:", 6) == 0;
    if (!place->secure && g_ascii_strncasecmp(link, "http:", 5) != 0)
        return false;
    const char *at = link + (place->secure ? 6 : 5);
    at += strspn(at, "/\\");
    size_t length = strcspn(at, "/\\?#");
    const char *user = g_strrstr_len(at, (gssize)length, "@"), *host = user != NULL ? user + 1 : at;
    size_t rest = length - (size_t)(host - at), colon = strcspn(host, ":/\\?#");
    place->host = host[0] != '[' ? clean_host(host, MIN(colon, rest)) : g_strndup(host, MIN(rest, 50));
    place->user = user != NULL ? g_strndup(at, (gsize)(user - at)) : NULL;
    place->path = g_strdup(at + length);
    return place->host != NULL;
}

void link_place_clear(struct link_place *place)
{
    g_free(place->host);
    g_free(place->user);
    g_free(place->path);
    *place = (struct link_place){0};
}

/* The address that stands encoded in what is behind a redirecting server's name; NULL when none does.
 * Proofpoint writes "-3A__host_path" for "://host/path", Outlook and AWS "%3A%2F%2F" and ":%2F%2F". */
static char *address_within(const char *path)
{
    static GRegex *within;
    static gsize made;
    if (g_once_init_enter(&made)) {
        within = g_regex_new(
            "https?(?:(:/{1,2})([^\\s&;]*)|((?::|%3A)%2F%2F)([^\\s&/]*)|-3A(?:__|-2F-2F)([^\\s&]*))",
            G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
        g_once_init_leave(&made, 1);
    }
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_utf8_validate(path, -1, NULL) || !g_regex_match(within, path, 0, &match))
        return NULL;
    g_autofree char *plain = g_match_info_fetch(match, 2), *encoded = g_match_info_fetch(match, 4),
                    *swapped = g_match_info_fetch(match, 5);
    if (swapped != NULL && swapped[0] != '\0') {
        g_strdelimit(g_strdelimit(swapped, "-", '%'), "_", '/');
        g_free(encoded);
        encoded = g_steal_pointer(&swapped);
    }
    bool has_plain = plain != NULL && plain[0] != '\0';
    const char *rest = has_plain ? plain : encoded != NULL ? encoded : "";
    g_autofree char *decoded = has_plain ? g_strdup(rest) : g_uri_unescape_string(rest, NULL);
    return decoded != NULL && decoded[0] != '\0' ? g_strconcat("https://", decoded, NULL) : NULL;
}

bool links_place(const struct links *links, const char *link, struct link_place *place)
{
    *place = (struct link_place){0};
    if (!read_place(link, place)) {
        link_place_clear(place);
        return false;
    }
    for (int i = 0; i < REDIRECTS_MAXIMUM && is_below(list_of(links, "redirects"), place->host); i++) {
        struct link_place behind = {0};
        g_autofree char *address = address_within(place->path);
        if (address == NULL || !read_place(address, &behind)) {
            link_place_clear(&behind);
            break;
        }
        link_place_clear(place);
        *place = behind;
    }
    return true;
}

/* Whether a whole name of AWS's stands before the host's own: "aws.amazon.com.example". */
static bool has_name_in_front(const struct links *links, const char *host)
{
    for (guint i = 0; i < links->names->len; i++) {
        const char *name = links->names->pdata[i], *found = strstr(host, name);
        bool begins = found != NULL && (found == host || strchr(".-", found[-1]) != NULL);
        if (begins && found[strlen(name)] != '\0' && strchr(".-", found[strlen(name)]) != NULL)
            return true;
    }
    return false;
}

bool links_are_named(const struct links *links, const char *text)
{
    for (guint i = 0; i < links->names->len; i++)
        if (strstr(text, links->names->pdata[i]) != NULL)
            return true;
    return false;
}

static bool has_lure(const struct links *links, const char *looks)
{
    GHashTableIter iterator;
    const char *lure;
    g_hash_table_iter_init(&iterator, list_of(links, "lures"));
    while (g_hash_table_iter_next(&iterator, (void **)&lure, NULL)) {
        g_autofree char *looked = auth_looks(lure);
        if (strstr(looks, looked) != NULL)
            return true;
    }
    return false;
}

enum host_likeness links_likeness(const struct links *links, const char *host)
{
    enum host_owner owner = links_owner(links, host);
    if (owner == HOST_AWS || owner == HOST_OPAQUE)
        return HOST_UNLIKE;
    if (has_name_in_front(links, host))
        return HOST_IN_FRONT;
    if (owner == HOST_HOSTED)
        return HOST_UNLIKE;
    g_autofree char *shown = g_hostname_to_unicode(host);
    g_autofree char *looks = auth_looks(shown != NULL ? shown : host);
    bool amazon = looks_name_amazon(looks), aws = looks_name_aws(looks);
    if (!amazon && !aws)
        return HOST_UNLIKE;
    bool written = strstr(host, "amazon") != NULL || (aws && looks_name_aws(host));
    if (!written)
        return HOST_LETTERS;
    return amazon || has_lure(links, looks) ? HOST_LIKE : HOST_UNLIKE;
}

static bool is_host_name(const char *text)
{
    return strchr(text, '.') != NULL && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0';
}

char *links_shown_host(const char *text)
{
    struct link_place place = {0};
    g_autofree char *link =
        strstr(text, "://") != NULL ? g_strdup(text) : g_strconcat("https://", text, NULL);
    char *host = NULL;
    if (read_place(link, &place) && place.user == NULL && is_host_name(place.host))
        host = g_steal_pointer(&place.host);
    link_place_clear(&place);
    return host;
}
