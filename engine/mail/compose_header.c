/* Header fields of what awsift sends. A value comes from a stranger's mail, a rule or the directory of
 * contacts, so whatever stands in it stays one field: line ends become blanks, controls go, and what is not
 * ASCII becomes encoded words (RFC 2047). An address that no field can hold is refused, never bent. */
#include "mail/compose.h"
#include "mail/compose_inside.h"
#include "mail/text.h"

#include <string.h>

enum { LINE_WORDS = 76, NAME_MAXIMUM = 200 };

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* UTF-8 as encoded words, cut between characters; a line that holds one has at most 76 characters (RFC 2047).
 * column: where the first one begins. Returns the column behind the last one. */
static size_t append_words(GString *out, size_t column, const char *text)
{
    bool first = true;
    while (*text != '\0') {
        size_t before = first ? MIN(column, (size_t)LINE_WORDS - 20) : 1;
        size_t room = (LINE_WORDS - 12 - before) / 4 * 3;
        const char *end = text;
        while (*end != '\0' && (size_t)(g_utf8_next_char(end) - text) <= room)
            end = g_utf8_next_char(end);
        g_autofree char *encoded = g_base64_encode((const guchar *)text, (gsize)(end - text));
        g_string_append_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : "\n ", encoded);
        column = before + 12 + strlen(encoded);
        first = false;
        text = end;
    }
    return column;
}

/* Whether plain text can be folded at its blanks into lines of at most 76 characters. */
static bool can_be_folded(size_t column, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    size_t blanks = 0;
    for (size_t i = 0; words[i] != NULL; i++) {
        size_t length = strlen(words[i]);
        blanks = length == 0 ? blanks + 1 : 0;
        if (length + (i == 0 ? column : 1) > LINE_WORDS || blanks > 10)
            return false;
    }
    return true;
}

static void append_folded(GString *out, size_t column, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (size_t i = 0; words[i] != NULL; i++) {
        size_t length = strlen(words[i]);
        if (i > 0 && column + 1 + length > LINE_WORDS && length > 0) {
            g_string_append(out, "\n ");
            column = 1;
        } else if (i > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append(out, words[i]);
        column += length;
    }
}

void compose_append_header(GString *out, const char *name, const char *value)
{
    g_autofree char *line = text_one_line(value);
    size_t column = strlen(name) + 2;
    g_string_append_printf(out, "%s: ", name);
    if (is_plain(line) && strstr(line, "=?") == NULL && can_be_folded(column, line))
        append_folded(out, column, line);
    else
        append_words(out, column, line);
    g_string_append_c(out, '\n');
}

/* RFC 5322's dot-atom. */
static bool is_dot_atom(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && text[0] != '.' && text[length - 1] != '.' && strstr(text, "..") == NULL &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "!#$%&'*+-/=?^_`{|}~.") == length;
}

/* Whether it may stand unquoted where addresses may be other than ASCII (RFC 6531, 3.3). U+FFFD stands for
 * what was no UTF-8. */
static bool is_international(const char *local)
{
    for (const char *at = local; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (character < 0x80 ? !is_dot_atom((char[]){*at, '\0'}) && *at != '.'
                             : character == 0xfffd || !g_unichar_isgraph(character))
            return false;
    }
    return true;
}

/* Mailboxes such as a..b@docomo.ne.jp exist, and must be quoted. */
static char *local_part(const char *local)
{
    size_t length = strlen(local);
    if (!g_str_is_ascii(local))
        return g_utf8_validate(local, -1, NULL) && is_international(local) ? g_strdup(local) : NULL;
    if (is_dot_atom(local) || (length > 2 && local[0] == '"' && local[length - 1] == '"' && is_plain(local) &&
                               strcspn(local + 1, "\"\\") == length - 2))
        return g_strdup(local);
    if (length == 0 || !is_plain(local) || strpbrk(local, " \"\\<>") != NULL)
        return NULL;
    return g_strdup_printf("\"%s\"", local);
}

static bool is_domain(const char *text)
{
    return text[0] != '\0' && text[0] != '.' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_[]:") ==
               strlen(text);
}

/* "Name <address>" on one line, into its parts; the name may be empty. */
static void split(const char *mailbox, char **name, char **address)
{
    char *line = g_strstrip(text_one_line(mailbox));
    char *open = strrchr(line, '<');
    size_t length = strlen(line);
    if (open == NULL || line[length - 1] != '>') {
        *name = g_strdup("");
        *address = line;
        return;
    }
    line[length - 1] = '\0';
    *address = g_strdup(open + 1);
    *open = '\0';
    g_strstrip(line);
    length = strlen(line);
    if (length >= 2 && line[0] == '"' && line[length - 1] == '"') {
        line[length - 1] = '\0';
        *name = g_strcompress(line + 1);
    } else {
        *name = g_strdup(line);
    }
    g_free(line);
}

static char *address_spec(const char *address)
{
    const char *at = strrchr(address, '@');
    g_autofree char *before = at != NULL ? g_strndup(address, (gsize)(at - address)) : g_strdup(address);
    g_autofree char *local = local_part(before);
    g_autofree char *domain = at != NULL ? g_hostname_to_ascii(at + 1) : NULL;
    if (local == NULL || (at != NULL && (domain == NULL || !is_domain(domain))))
        return NULL;
    char *spec = at != NULL ? g_strconcat(local, "@", domain, NULL) : g_steal_pointer(&local);
    if (strlen(spec) > 320)
        g_clear_pointer(&spec, g_free);
    return spec;
}

char *mailbox_address(const char *mailbox)
{
    g_autofree char *name = NULL, *address = NULL;
    split(mailbox, &name, &address);
    return address_spec(address);
}

/* name: NULL to take the one that the mailbox has. Returns the column behind it. */
static size_t append_mailbox(GString *out, size_t column, const char *name, const char *mailbox)
{
    g_autofree char *own = NULL, *address = NULL, *spec = NULL;
    split(mailbox, &own, &address);
    spec = address_spec(address);
    g_autofree char *whole = text_one_line(name != NULL ? name : own);
    g_autofree char *shown = text_clip(whole, NAME_MAXIMUM);
    size_t before = out->len;
    if (shown[0] != '\0' && is_plain(shown) && strpbrk(shown, "\"\\<>@,;:()[]") == NULL &&
        strstr(shown, "=?") == NULL && column + strlen(shown) + 2 <= LINE_WORDS) {
        g_string_append_printf(out, "\"%s\"", shown);
        column += out->len - before;
    } else {
        column = append_words(out, column, shown);
    }
    size_t length = strlen(spec != NULL ? spec : COMPOSE_NOBODY) + 2;
    if (out->len > before && column + 1 + length > LINE_WORDS) {
        g_string_append(out, "\n ");
        column = 1;
    } else if (out->len > before) {
        g_string_append_c(out, ' ');
        column++;
    }
    g_string_append_printf(out, "<%s>", spec != NULL ? spec : COMPOSE_NOBODY);
    return column + length;
}

void compose_append_from(GString *out, const struct outgoing *outgoing)
{
    const char *name =
        outgoing->from_name != NULL && outgoing->from_name[0] != '\0' ? outgoing->from_name : NULL;
    g_string_append(out, "From: ");
    append_mailbox(out, strlen("From: "), name, outgoing->from);
    g_string_append_c(out, '\n');
}

void compose_append_recipients(GString *out, const struct outgoing *outgoing)
{
    bool first = true;
    g_string_append(out, "To: ");
    for (size_t i = 0; outgoing->to[i] != NULL; i++) {
        g_autofree char *address = mailbox_address(outgoing->to[i]);
        if (address == NULL)
            continue;
        g_string_append(out, first ? "" : ",\n ");
        append_mailbox(out, first ? strlen("To: ") : 1, NULL, outgoing->to[i]);
        first = false;
    }
    g_string_append(out, first ? "undisclosed-recipients:;\n" : "\n");
}

void compose_append_message_id(GString *out, const char *id)
{
    g_string_append(out, "Message-ID: <");
    for (; *id != '\0'; id++)
        if (*id > 0x20 && *id < 0x7f && *id != '<' && *id != '>')
            g_string_append_c(out, *id);
    g_string_append(out, ">\n");
}

void compose_append_date(GString *out, int64_t date)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(date / 1000);
    if (moment == NULL)
        return;
    g_string_append_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\n",
                           days[g_date_time_get_day_of_week(moment) - 1],
                           g_date_time_get_day_of_month(moment), months[g_date_time_get_month(moment) - 1],
                           g_date_time_get_year(moment), g_date_time_get_hour(moment),
                           g_date_time_get_minute(moment), g_date_time_get_second(moment));
}
