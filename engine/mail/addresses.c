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
    struct decode_faults faults = {0};
    struct address *address = g_new0(struct address, 1);
    g_autofree char *domain = g_ascii_strdown(at, -1);
    address->address = g_strdup_printf("%.*s%s", (int)(at - spec), spec, domain);
    address->name = decode_header(name != NULL ? name : "", name != NULL ? strlen(name) : 0, &faults);
    for (char *character = address->address; *character != '\0'; character++)
        faults.controls |= (unsigned char)*character < 0x21;
    message_add_faults(message, &faults);
    g_ptr_array_add(addresses, address);
}

static void add_list(struct message *message, GPtrArray *addresses, InternetAddressList *list,
                     const char *written, int depth)
{
    for (int i = 0; list != NULL && i < internet_address_list_length(list); i++) {
        InternetAddress *entry = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(entry))
            add_mailbox(message, addresses, INTERNET_ADDRESS_MAILBOX(entry), internet_address_get_name(entry),
                        written);
        else if (INTERNET_ADDRESS_IS_GROUP(entry) && depth < 3)
            add_list(message, addresses, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)),
                     written, depth + 1);
    }
}

/* The run of encoded words at the beginning, with the blanks between them. Brackets, quotes and at signs
 * never stand in one that is part of a name. */
static size_t run_length(const char *at)
{
    size_t length = 0, next = 0;
    size_t limit = strcspn(at, "<>\"@");
    while ((next = decode_word_length(at + length, limit - length)) > 0) {
        size_t end = length + next, blanks = strspn(at + end, " \t\r\n");
        length = end;
        if (decode_word_length(at + end + blanks, limit - MIN(limit, end + blanks)) > 0)
            length = end + blanks;
    }
    return length;
}

/* What is decoded is a name and stays one: it must not become structure. */
static void append_name(GString *text, const char *name, bool quoted, char next)
{
    if (!quoted && text->len > 0 && !g_ascii_isspace(text->str[text->len - 1]))
        g_string_append_c(text, ' ');
    if (!quoted)
        g_string_append_c(text, '"');
    for (; *name != '\0'; name++)
        if (strchr("\"\\", *name) == NULL)
            g_string_append_c(text, *name);
    if (!quoted)
        g_string_append(text, g_ascii_isspace(next) ? "\"" : "\" ");
}

/* The value with its encoded words decoded by us, as quoted text: GMime's own decoder loses what stands
 * behind padding. */
static char *with_decoded_names(const char *raw, struct decode_faults *faults)
{
    g_autoptr(GString) text = g_string_new(NULL);
    bool quoted = false, bracketed = false;
    int comment = 0;
    for (const char *at = raw; *at != '\0';) {
        size_t run = *at == '=' && !bracketed ? run_length(at) : 0;
        if (run > 0) {
            g_autofree char *name = decode_header(at, run, faults);
            if (comment > 0)
                g_strdelimit(name, "()", ' ');
            append_name(text, name, quoted || comment > 0, at[run]);
            at += run;
            continue;
        }
        if (*at == '\\' && at[1] != '\0' && (quoted || comment > 0))
            g_string_append_c(text, *at++);
        else if (*at == '"' && comment == 0)
            quoted = !quoted;
        else if (!quoted && (*at == '<' || *at == '>') && comment == 0)
            bracketed = *at == '<';
        else if (!quoted && *at == '(')
            comment++;
        else if (!quoted && *at == ')' && comment > 0)
            comment--;
        bool control = ((unsigned char)*at < 0x20 && strchr("\t\r\n", *at) == NULL) || *at == 0x7f;
        faults->controls |= control;
        g_string_append_c(text, control ? '?' : *at); /* GMime would end the address there */
        at++;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

GPtrArray *addresses_parse(struct message *message, const char *raw)
{
    GPtrArray *addresses = g_ptr_array_new_with_free_func(address_free);
    struct decode_faults faults = {0};
    g_autofree char *prepared = with_decoded_names(raw, &faults);
    InternetAddressList *list = internet_address_list_parse(NULL, prepared);
    add_list(message, addresses, list, prepared, 0);
    if (list != NULL)
        g_object_unref(list);
    message_add_faults(message, &faults);
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
