/* Addresses: GMime splits, we decode the names (encoded words) and take the domain in its A-label form. */
#include "mail/message_inside.h"
#include "mail/decode.h"
#include "mail/limits_scan.h"

#include <string.h>

static void address_free(void *data)
{
    struct address *address = data;
    g_free(address->name);
    g_free(address->address);
    g_free(address);
}

static bool is_in_brackets(const char *written, const char *spec)
{
    g_autofree char *bracketed = spec != NULL && spec[0] != '\0' ? g_strconcat("<", spec, ">", NULL) : NULL;
    return bracketed != NULL && strstr(written, bracketed) != NULL;
}

static void add_mailbox(struct message *message, GPtrArray *addresses, InternetAddressMailbox *mailbox,
                        const char *name, const char *written)
{
    const char *spec = internet_address_mailbox_get_idn_addr(mailbox);
    const char *at = spec != NULL ? strrchr(spec, '@') : NULL;
    if (at == NULL && is_in_brackets(written, spec))
        at = spec + strlen(spec); /* "Mail System <MAILER-DAEMON>": local, and meant as an address */
    if (at == NULL || at == spec || !g_utf8_validate(spec, -1, NULL))
        return;
    bool damaged = false, controls = false;
    struct address *address = g_new0(struct address, 1);
    g_autofree char *domain = g_ascii_strdown(at, -1);
    address->address = g_strdup_printf("%.*s%s", (int)(at - spec), spec, domain);
    address->name =
        decode_header(name != NULL ? name : "", name != NULL ? strlen(name) : 0, &damaged, &controls);
    for (char *character = address->address; *character != '\0'; character++)
        if ((unsigned char)*character < 0x21)
            controls = true;
    if (controls)
        defect_add(message->defects, "control-in-header");
    g_ptr_array_add(addresses, address);
}

static void add_list(struct message *message, GPtrArray *addresses, InternetAddressList *list, const char *written,
                     int depth)
{
    for (int i = 0; list != NULL && i < internet_address_list_length(list); i++) {
        InternetAddress *entry = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(entry))
            add_mailbox(message, addresses, INTERNET_ADDRESS_MAILBOX(entry),
                        internet_address_get_name(entry), written);
        else if (INTERNET_ADDRESS_IS_GROUP(entry) && depth < 3)
            add_list(message, addresses, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)),
                     written, depth + 1);
    }
}

/* Display names with encoded words are decoded by us before GMime, whose own decoder loses text behind
 * padding: each encoded word run is replaced by a quoted text. Bare raw values go to GMime as they are. */
GPtrArray *addresses_parse(struct message *message, const char *raw)
{
    GPtrArray *addresses = g_ptr_array_new_with_free_func(address_free);
    bool damaged = false, controls = false;
    g_autofree char *prepared = strstr(raw, "=?") != NULL ? NULL : g_strdup(raw);
    if (prepared == NULL) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (const char *at = raw; *at != '\0';) {
            const char *word = strstr(at, "=?"), *close = word;
            g_string_append_len(text, at, word == NULL ? -1 : word - at);
            if (word == NULL)
                break;
            close = word + strcspn(word, "<,\"");
            g_autofree char *name = decode_header(word, (size_t)(close - word), &damaged, &controls);
            bool inside = close > word && *close == '"';
            if (!inside)
                g_string_append_c(text, '"');
            for (const char *character = name; *character != '\0'; character++)
                if (*character != '"' && *character != '\\')
                    g_string_append_c(text, *character);
            g_string_append(text, inside ? "" : "\" ");
            at = close;
        }
        prepared = g_string_free(g_steal_pointer(&text), FALSE);
    }
    InternetAddressList *list = internet_address_list_parse(NULL, prepared);
    add_list(message, addresses, list, prepared, 0);
    if (list != NULL)
        g_object_unref(list);
    if (damaged)
        defect_add(message->defects, "undecodable-header");
    return addresses;
}

GPtrArray *message_addresses(struct message *message, const char *header)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(address_free);
    const char *raw;
    for (unsigned n = 0; (raw = message_header_raw(message, header, n)) != NULL && n < 20; n++) {
        g_autoptr(GPtrArray) some = addresses_parse(message, raw);
        while (some->len > 0)
            g_ptr_array_add(all, g_ptr_array_steal_index(some, 0));
    }
    return all;
}

const struct address *message_from(struct message *message)
{
    if (message->from == NULL) {
        const char *raw = message_header_raw(message, "From", 0);
        message->from =
            raw != NULL ? addresses_parse(message, raw) : g_ptr_array_new_with_free_func(address_free);
        if (message->from->len > 1)
            defect_add(message->defects, "several-from-addresses");
    }
    return message->from->len > 0 ? message->from->pdata[0] : NULL;
}
