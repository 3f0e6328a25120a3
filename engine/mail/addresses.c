/* Addresses: GMime splits, we decode the names (encoded words, raw bytes) and take the domain in its A-label
 * form. What GMime refuses and mailers write is put into a form that it takes, or read where it can be read
 * in one way only. */
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

struct list {
    struct message *message;
    GPtrArray *addresses;
    const char *written; /* as it was given to GMime */
    bool guessed;        /* it was no UTF-8 */
};

static bool is_in_brackets(const char *written, const char *spec)
{
    g_autofree char *bracketed = spec != NULL && spec[0] != '\0' ? g_strconcat("<", spec, ">", NULL) : NULL;
    return bracketed != NULL && strstr(written, bracketed) != NULL;
}

/* What a local part without quotes is made of (RFC 5322, 3.2.3): letters and such, and dots. */
#define LOCAL "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~."

/* "a..b", ".a" and "a.", which mobile carriers in Japan gave away, and which belong into quotes. */
static bool has_loose_dots(const char *local, size_t length)
{
    return length > 0 &&
           (local[0] == '.' || local[length - 1] == '.' || g_strstr_len(local, (gssize)length, "..") != NULL);
}

/* The local part without the quotes that its dots needed. */
static char *without_quotes(const char *local, size_t length)
{
    bool needed = length > 2 && local[0] == '"' && strspn(local + 1, LOCAL) == length - 2 &&
                  local[length - 1] == '"' && has_loose_dots(local + 1, length - 2);
    return needed ? g_strndup(local + 1, length - 2) : g_strndup(local, length);
}

static void add_address(const struct list *list, const char *spec, const char *at, const char *name)
{
    struct decode_faults faults = {0};
    struct address *address = g_new0(struct address, 1);
    g_autofree char *domain = g_ascii_strdown(at, -1), *local = without_quotes(spec, (size_t)(at - spec));
    address->address = g_strconcat(local, domain, NULL);
    address->name = decode_header(name != NULL ? name : "", name != NULL ? strlen(name) : 0, &faults);
    for (char *character = address->address; *character != '\0'; character++)
        faults.controls |= (unsigned char)*character < 0x21;
    message_add_faults(list->message, &faults);
    g_ptr_array_add(list->addresses, address);
}

static void add_mailbox(const struct list *list, InternetAddressMailbox *mailbox, const char *name)
{
    const char *spec = internet_address_mailbox_get_idn_addr(mailbox);
    const char *at = spec != NULL ? strrchr(spec, '@') : NULL;
    if (at == NULL && is_in_brackets(list->written, spec))
        at = spec + strlen(spec); /* "Mail System <MAILER-DAEMON>": local, and meant as an address */
    if (at == NULL || at == spec || !g_utf8_validate(spec, -1, NULL))
        return;
    if (list->guessed && !g_str_is_ascii(internet_address_mailbox_get_addr(mailbox)))
        return; /* a guess is good enough for a name */
    add_address(list, spec, at, name);
}

static void add_entries(const struct list *list, InternetAddressList *entries, int depth)
{
    for (int i = 0; entries != NULL && i < internet_address_list_length(entries); i++) {
        InternetAddress *entry = internet_address_list_get_address(entries, i);
        if (INTERNET_ADDRESS_IS_MAILBOX(entry))
            add_mailbox(list, INTERNET_ADDRESS_MAILBOX(entry), internet_address_get_name(entry));
        else if (INTERNET_ADDRESS_IS_GROUP(entry) && depth < 3)
            add_entries(list, internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry)), depth + 1);
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

/* How much of a local part stands at `at` that GMime takes in quotes only. */
static size_t loose_length(const char *start, const char *at)
{
    bool within = at > start && ((unsigned char)at[-1] >= 0x80 || strchr(LOCAL, at[-1]) != NULL);
    size_t length = within ? 0 : strspn(at, LOCAL);
    return at[length] == '@' && has_loose_dots(at, length) ? length : 0;
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
        size_t loose = !quoted && comment == 0 ? loose_length(raw, at) : 0;
        if (loose > 0) {
            g_string_append_printf(text, "\"%.*s\"", (int)loose, at);
            at += loose;
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

/* The value with what is quoted, and comments, as blanks: of the same length. */
static char *with_structure_alone(const char *value)
{
    char *bare = g_strdup(value);
    bool quoted = false;
    int comment = 0;
    for (char *at = bare; *at != '\0'; at++) {
        char sign = *at;
        if (quoted || comment > 0 || sign == '"' || sign == '(')
            *at = ' ';
        if (sign == '\\' && at[1] != '\0' && (quoted || comment > 0))
            *++at = ' ';
        else if (sign == '"' && comment == 0)
            quoted = !quoted;
        else if (!quoted && sign == '(')
            comment++;
        else if (!quoted && sign == ')' && comment > 0)
            comment--;
    }
    return bare;
}

/* local@domain and nothing else; returns where the domain begins, NULL when it is none. */
static const char *find_domain(const char *spec)
{
    const char *at = spec + strspn(spec, LOCAL);
    if (at == spec || *at != '@')
        return NULL;
    size_t length = strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
    return length > 0 && at[1 + length] == '\0' ? at : NULL;
}

static void remove_quotes(char *name)
{
    char *to = name;
    for (; *name != '\0'; name++)
        if (*name != '"' && *name != '\\')
            *to++ = *name;
    *to = '\0';
}

/* What GMime takes for no address at all, such as "[Ops] A <a@example.com>", where one pair of brackets ends
 * it, or where it is one word. Whatever else stands there is the name. */
static void add_refused(const struct list *list)
{
    g_autofree char *bare = g_strchomp(with_structure_alone(list->written));
    size_t name = strcspn(bare, "<"), length = strlen(bare);
    bool bracketed = bare[name] == '<' && bare[length - 1] == '>' && strcspn(bare, ">") == length - 1;
    g_autofree char *spec =
        g_strstrip(bracketed ? g_strndup(bare + name + 1, length - name - 2) : g_strdup(bare));
    const char *at = find_domain(spec);
    if (at == NULL)
        return;
    g_autofree char *shown = bracketed ? g_strndup(list->written, name) : g_strdup("");
    remove_quotes(shown);
    add_address(list, spec, at, shown);
}

/* The scan counted in the raw bytes, where halves of characters and comments may look like quotes; GMime
 * recurses over each colon that it sees. */
static bool has_too_many_colons(const struct list *list)
{
    g_autofree char *bare = list->guessed ? g_strdup(list->written) : with_structure_alone(list->written);
    size_t count = 0;
    for (const char *at = bare; (at = strchr(at, ':')) != NULL; at++)
        count++;
    if (count > list->message->limits.colons)
        defect_add(list->message->defects, "too-many-colons");
    return count > list->message->limits.colons;
}

static void add_all(const struct list *list)
{
    InternetAddressList *entries = internet_address_list_parse(NULL, list->written);
    add_entries(list, entries, 0);
    if (entries == NULL || internet_address_list_length(entries) == 0)
        add_refused(list);
    if (entries != NULL)
        g_object_unref(entries);
}

GPtrArray *addresses_parse(struct message *message, const char *raw)
{
    struct decode_faults faults = {0};
    struct list list = {message, g_ptr_array_new_with_free_func(address_free), NULL, false};
    g_autofree char *near = message_charset(message);
    g_autofree char *text = decode_raw(near, raw, strlen(raw), &list.guessed, &faults);
    g_autofree char *prepared = with_decoded_names(text, &faults);
    list.written = prepared;
    if (!has_too_many_colons(&list))
        add_all(&list);
    message_add_faults(message, &faults);
    return list.addresses;
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
