/* Which addresses are nobody's in the internet (RFC 6890 and what came after), and which of them may be
 * reached all the same. It is asked with the very address that is about to be connected to: what a name
 * resolved to before, or says it will, counts for nothing. An address that holds another (IPv4-mapped, NAT64)
 * is judged by the one inside; of IPv6 only what is given out as global unicast counts as public. */
#include "actor/reach.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS = 16, MAPPED_BITS = 96 };

/* IPv4 as ::ffff:a.b.c.d */
struct range {
    unsigned char bytes[ADDRESS];
    unsigned bits;
};

struct reach {
    GHashTable *names; /* lower case */
    GArray *ranges;    /* of struct range */
};

static const struct {
    const char *range, *kind;
} special[] = {
    {"127.0.0.0/8", "a loopback address"},      {"10.0.0.0/8", "a private address"},
    {"172.16.0.0/12", "a private address"},     {"192.168.0.0/16", "a private address"},
    {"169.254.0.0/16", "a link-local address"}, {"100.64.0.0/10", "an address shared behind a carrier's NAT"},
    {"224.0.0.0/4", "a multicast address"},     {"0.0.0.0/8", "no address of a host"},
    {"192.0.0.0/24", "a reserved address"},     {"192.0.2.0/24", "a reserved address"},
    {"192.88.99.0/24", "a reserved address"},   {"198.18.0.0/15", "a reserved address"},
    {"198.51.100.0/24", "a reserved address"},  {"203.0.113.0/24", "a reserved address"},
    {"240.0.0.0/4", "a reserved address"},      {"::/128", "no address of a host"},
    {"::1/128", "a loopback address"},          {"fc00::/7", "a private address"},
    {"fe80::/10", "a link-local address"},      {"fec0::/10", "a private address"},
    {"ff00::/8", "a multicast address"},        {"2001::/23", "a reserved address"}, /* Teredo among them */
    {"2001:db8::/32", "a reserved address"},    {"2002::/16", "a reserved address"}, /* 6to4 */
    {"3fff::/20", "a reserved address"},
};

static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void map(const void *four, unsigned char bytes[ADDRESS])
{
    memcpy(bytes, mapped, sizeof mapped);
    memcpy(bytes + sizeof mapped, four, 4);
}

static bool address_read(const char *text, unsigned char bytes[ADDRESS], unsigned *bits)
{
    struct in_addr four;
    *bits = ADDRESS * 8;
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return true;
    if (inet_pton(AF_INET, text, &four) != 1)
        return false;
    map(&four, bytes);
    return true;
}

/* "10.0.0.0/8", "fd00::/8", or an address. */
static bool range_read(const char *text, struct range *range)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    if (!address_read(parts[0], range->bytes, &range->bits))
        return false;
    bool four = strchr(parts[0], ':') == NULL;
    guint64 bits = 0;
    if (parts[1] == NULL)
        return true;
    if (!g_ascii_string_to_unsigned(parts[1], 10, 0, four ? 32 : 128, &bits, NULL))
        return false;
    range->bits = (unsigned)bits + (four ? MAPPED_BITS : 0);
    return true;
}

static bool is_within(const struct range *range, const unsigned char bytes[ADDRESS])
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    return memcmp(range->bytes, bytes, whole) == 0 &&
           (rest == 0 || ((range->bytes[whole] ^ bytes[whole]) >> (8 - rest)) == 0);
}

static bool is_within_text(const char *text, const unsigned char bytes[ADDRESS])
{
    struct range range;
    return range_read(text, &range) && is_within(&range, bytes);
}

/* The bytes of the address that is reached: of NAT64 (RFC 6052) the IPv4 address behind it. False for what is
 * no address of the internet at all. */
static bool address_reached(const struct sockaddr *address, unsigned char bytes[ADDRESS])
{
    if (address->sa_family == AF_INET) {
        map(&((const struct sockaddr_in *)(const void *)address)->sin_addr, bytes);
        return true;
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, ADDRESS);
    if (is_within_text("64:ff9b::/96", bytes))
        memcpy(bytes, mapped, sizeof mapped);
    return true;
}

static const char *kind_of(const unsigned char bytes[ADDRESS])
{
    for (size_t i = 0; i < G_N_ELEMENTS(special); i++)
        if (is_within_text(special[i].range, bytes))
            return special[i].kind;
    bool public = is_within_text("::ffff:0:0/96", bytes) || is_within_text("2000::/3", bytes);
    return public ? NULL : "a reserved address";
}

/* Without the brackets around an IPv6 address and the dot that ends a name, in lower case. */
static char *plain_host(const char *host)
{
    size_t length = strlen(host);
    if (length > 1 && host[0] == '[' && host[length - 1] == ']')
        return g_ascii_strdown(host + 1, (gssize)length - 2);
    return g_ascii_strdown(host, (gssize)(length > 1 && host[length - 1] == '.' ? length - 1 : length));
}

struct reach *reach_new(const json_t *allowed)
{
    struct reach *reach = g_new0(struct reach, 1);
    reach->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    reach->ranges = g_array_new(FALSE, FALSE, sizeof(struct range));
    for (size_t i = 0; i < json_array_size(allowed); i++) {
        const char *text = json_string_value(json_array_get(allowed, i));
        g_autofree char *host = plain_host(text != NULL ? text : "");
        struct range range;
        if (range_read(host, &range))
            g_array_append_val(reach->ranges, range);
        else
            g_hash_table_add(reach->names, g_steal_pointer(&host));
    }
    return reach;
}

void reach_free(struct reach *reach)
{
    if (reach == NULL)
        return;
    g_hash_table_unref(reach->names);
    g_array_unref(reach->ranges);
    g_free(reach);
}

static bool is_allowed(const struct reach *reach, const char *name, const unsigned char *bytes)
{
    if (g_hash_table_contains(reach->names, name))
        return true;
    for (guint i = 0; bytes != NULL && i < reach->ranges->len; i++)
        if (is_within(&g_array_index(reach->ranges, struct range, i), bytes))
            return true;
    return false;
}

const char *reach_refusal(const struct reach *reach, const char *host, const struct sockaddr *address)
{
    unsigned char bytes[ADDRESS];
    g_autofree char *name = plain_host(host);
    if (!address_reached(address, bytes))
        return "no address of the internet";
    return is_allowed(reach, name, bytes) ? NULL : kind_of(bytes);
}

/* Of localhost (RFC 6761, 6.3) the address is known without asking. */
static bool literal_read(const char *name, unsigned char bytes[ADDRESS])
{
    bool local = strcmp(name, "localhost") == 0 || g_str_has_suffix(name, ".localhost");
    unsigned bits;
    return address_read(local ? "127.0.0.1" : name, bytes, &bits);
}

const char *reach_refusal_of_literal(const struct reach *reach, const char *host)
{
    g_autofree char *name = plain_host(host);
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    return literal_read(name, address.sin6_addr.s6_addr)
               ? reach_refusal(reach, host, (const struct sockaddr *)&address)
               : NULL;
}

bool reach_is_named(const struct reach *reach, const char *host)
{
    unsigned char bytes[ADDRESS];
    g_autofree char *name = plain_host(host);
    return is_allowed(reach, name, literal_read(name, bytes) ? bytes : NULL);
}

char *reach_explain(const char *host, const struct sockaddr *address, const char *kind)
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, text, sizeof text);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, text,
                  sizeof text);
    g_autofree char *name = plain_host(host);
    return g_strdup_printf(
        "'%s' is at %s, %s, and is not asked: if it is meant, write http { private = { \"%s\" } } into "
        "awsift.lua",
        name, text, kind, name);
}
