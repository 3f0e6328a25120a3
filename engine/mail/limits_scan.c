/* The scan. GMime recurses without bound over colons in address fields, takes quadratic time over parameters,
 * and has no limit on parts; none of that may reach it, so what it gets is a copy that is within bounds. The
 * copy differs from the mail in header blocks alone (and in lines beyond any measure): text that merely looks
 * like a boundary is left as it is, so the boundaries that were declared are remembered. */
#include "mail/limits_scan.h"
#include "mail/header_lines.h"
#include "base/json.h"

#include <gmime/gmime.h>
#include <string.h>

enum {
    LINE_MAXIMUM = 64 << 10,
    PART_FIELDS_MAXIMUM = 64,
    MULTIPARTS_MAXIMUM = 64, /* GMime compares each line with the boundaries of all that are open */
};

enum boundary { NO_BOUNDARY, OPENS, CLOSES, OPENED_BEFORE }; /* the last: its multipart has ended */

struct scan {
    const char *bytes;
    size_t length;
    const struct limits *limits;
    json_t *defects;
    GByteArray *out;
    GHashTable *boundaries;              /* line -> enum boundary; NULL while only the header is wanted */
    bool content_type, content_encoding; /* the block has one already */
};

void defect_add(json_t *defects, const char *word)
{
    size_t index;
    json_t *entry;
    json_array_foreach(defects, index, entry)
        if (strcmp(json_string_value(entry), word) == 0)
            return;
    json_array_append_new(defects, json_string(word));
}

/* Lines that are blank or begin with a blank, before a field: some put them there, and no field is in them.
 */
static size_t skip_before_header(const char *bytes, size_t length, size_t i)
{
    size_t start = i;
    while (i < length && strchr(" \t\r\n", bytes[i]) != NULL && bytes[i] != '\0')
        i = line_end(bytes, length, i);
    return line_begins_header(bytes, length, i) ? i : start;
}

static GBytes *with_line_feeds(const char *bytes, size_t length)
{
    char *copy = g_memdup2(bytes, length);
    for (size_t i = 0; i < length; i++)
        if (copy[i] == '\r')
            copy[i] = '\n';
    return g_bytes_new_take(copy, length);
}

GBytes *limits_prepare(GBytes *raw, const struct limits *limits, json_t *defects)
{
    gsize length;
    const char *bytes = g_bytes_get_data(raw, &length);
    if (length == 0) {
        defect_add(defects, "empty");
        return g_bytes_ref(raw);
    }
    if (length > limits->bytes)
        defect_add(defects, "too-large");
    length = MIN(length, limits->bytes);
    g_autoptr(GBytes) lines = NULL;
    if (memchr(bytes, '\n', length) == NULL && memchr(bytes, '\r', length) != NULL) {
        defect_add(defects, "cr-only");
        lines = with_line_feeds(bytes, length);
        bytes = g_bytes_get_data(lines, NULL);
    }
    size_t mark = length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (mark > 0)
        defect_add(defects, "byte-order-mark");
    size_t start = skip_before_header(bytes, length, mark);
    if (start > mark)
        defect_add(defects, "blank-before-header");
    return g_bytes_new_from_bytes(lines != NULL ? lines : raw, start, length - start);
}

static bool is_address_field(const char *field, size_t length)
{
    static const char *const names[] = {"from",
                                        "to",
                                        "cc",
                                        "bcc",
                                        "reply-to",
                                        "sender",
                                        "resent-from",
                                        "resent-to",
                                        "resent-cc",
                                        "resent-bcc",
                                        "resent-reply-to",
                                        "resent-sender",
                                        "disposition-notification-to"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (field_is_named(field, length, names[i]))
            return true;
    return false;
}

/* Outside quotes; all of them where a quote is left open, since a parser may not see it as one. comments: a
 * quote within a comment opens nothing. */
static size_t count_unquoted(const char *field, size_t length, bool comments)
{
    size_t count = 0, all = 0;
    bool quoted = false;
    int depth = 0;
    for (size_t i = 0; i < length; i++) {
        if (field[i] == '\\' && (quoted || depth > 0)) {
            i++;
        } else if (field[i] == '"' && depth == 0) {
            quoted = !quoted;
        } else if (comments && !quoted && (field[i] == '(' || (field[i] == ')' && depth > 0))) {
            depth += field[i] == '(' ? 1 : -1;
        } else if (field[i] == ':') {
            count += !quoted;
            all++;
        }
    }
    return quoted ? all : count;
}

/* The most that any parser may see. */
static size_t count_colons(const char *field, size_t length)
{
    return MAX(count_unquoted(field, length, false), count_unquoted(field, length, true));
}

static void append(struct scan *scan, const char *text, size_t length)
{
    g_byte_array_append(scan->out, (const guint8 *)text, (guint)length);
}

/* Behind blanks and comments (RFC 5322 CFWS). */
static size_t skip_comments(const char *text, size_t length, size_t i)
{
    int depth = 0;
    for (; i < length; i++) {
        if (depth > 0 && text[i] == '\\')
            i++;
        else if (text[i] == '(')
            depth++;
        else if (text[i] == ')' && depth > 0)
            depth--;
        else if (depth == 0 && !g_ascii_isspace(text[i]))
            break;
    }
    return MIN(i, length);
}

static size_t skip_token(const char *text, size_t length, size_t i)
{
    while (i < length && (unsigned char)text[i] > 0x20 && strchr("()<>@,;:\\\"/[]?=", text[i]) == NULL)
        i++;
    return i;
}

struct content_type {
    size_t type, type_end, subtype, subtype_end; /* offsets; subtype_end is 0 where there is none */
};

static struct content_type find_type(const char *value, size_t length)
{
    struct content_type found = {.type = skip_comments(value, length, 0)};
    found.type_end = skip_token(value, length, found.type);
    size_t slash = skip_comments(value, length, found.type_end);
    if (slash < length && value[slash] == '/') {
        found.subtype = skip_comments(value, length, slash + 1);
        found.subtype_end = skip_token(value, length, found.subtype);
    }
    return found;
}

static bool is_word(const char *value, size_t from, size_t to, const char *word)
{
    return to - from == strlen(word) && g_ascii_strncasecmp(value + from, word, to - from) == 0;
}

/* Whether GMime would open mails within the mail. */
static bool is_nested(const char *value, const struct content_type *type)
{
    bool digest = is_word(value, type->type, type->type_end, "multipart") &&
                  is_word(value, type->subtype, type->subtype_end, "digest");
    return type->subtype_end > type->subtype &&
           (digest || is_word(value, type->type, type->type_end, "message"));
}

/* Remembers the boundary of a multipart; false when a multipart around it has the same. */
static bool remember_boundary(struct scan *scan, const char *value, size_t length)
{
    g_autofree char *text = g_strndup(value, length);
    GMimeContentType *type = g_mime_content_type_parse(NULL, text);
    const char *boundary = type != NULL && g_mime_content_type_is_type(type, "multipart", "*")
                               ? g_mime_content_type_get_parameter(type, "boundary")
                               : NULL;
    char *opens = boundary != NULL ? g_strchomp(g_strconcat("--", boundary, NULL)) : NULL;
    g_clear_object(&type);
    if (opens == NULL)
        return true;
    if (GPOINTER_TO_INT(g_hash_table_lookup(scan->boundaries, opens)) == OPENS) {
        g_free(opens);
        return false;
    }
    char *closes = g_strconcat(opens, "--", NULL);
    if (g_hash_table_contains(scan->boundaries, closes))
        g_free(closes);
    else
        g_hash_table_insert(scan->boundaries, closes, GINT_TO_POINTER(CLOSES));
    g_hash_table_insert(scan->boundaries, opens, GINT_TO_POINTER(OPENS));
    return true;
}

static void append_content_type(struct scan *scan, const char *field, size_t length)
{
    size_t colon = (size_t)((const char *)memchr(field, ':', length) - field) + 1;
    const char *value = field + colon;
    struct content_type type = find_type(value, length - colon);
    if (g_hash_table_size(scan->boundaries) >= 2 * MULTIPARTS_MAXIMUM) {
        defect_add(scan->defects, "too-many-parts");
        return;
    }
    bool whole = remember_boundary(scan, value, length - colon);
    size_t kept = whole && !is_nested(value, &type) ? length : colon + type.subtype_end;
    append(scan, field, kept);
    if (is_nested(value, &type))
        append(scan, LIMITS_UNREAD, strlen(LIMITS_UNREAD));
    if (whole)
        append(scan, field + kept, length - kept);
    else
        defect_add(scan->defects, "repeated-boundary");
}

/* A field in the copy of the whole mail; of those that give a body its structure the first one counts, where
 * GMime would take the last. */
static void append_structure(struct scan *scan, const char *field, size_t length)
{
    bool type = field_is_named(field, length, "content-type");
    bool encoding = field_is_named(field, length, "content-transfer-encoding");
    if ((type && scan->content_type) || (encoding && scan->content_encoding))
        return;
    scan->content_type |= type;
    scan->content_encoding |= encoding;
    if (type)
        append_content_type(scan, field, length);
    else
        append(scan, field, length);
}

static void append_field(struct scan *scan, const char *field, size_t length)
{
    bool address = is_address_field(field, length);
    if (address && count_colons(field, length) > scan->limits->colons) {
        defect_add(scan->defects, "too-many-colons");
        return;
    }
    size_t kept = MIN(length, scan->limits->header_field);
    if (kept < length)
        defect_add(scan->defects, "header-too-long");
    if (kept < length && address)
        return; /* half an address would be another one */
    g_autofree char *clean = NULL;
    if (memchr(field, '\0', kept) != NULL) {
        defect_add(scan->defects, "nul-in-header");
        clean = g_memdup2(field, kept);
        for (size_t i = 0; i < kept; i++)
            if (clean[i] == '\0')
                clean[i] = '?';
        field = clean;
    }
    if (scan->boundaries != NULL)
        append_structure(scan, field, kept);
    else
        append(scan, field, kept);
    if (scan->out->len > 0 && scan->out->data[scan->out->len - 1] != '\n')
        append(scan, "\n", 1);
}

/* What the line from i to end is. */
static enum boundary find_boundary(const struct scan *scan, size_t i, size_t end)
{
    if (scan->boundaries == NULL || end - i < 3 || end - i > LINE_MAXIMUM || scan->bytes[i] != '-' ||
        scan->bytes[i + 1] != '-')
        return NO_BOUNDARY;
    g_autofree char *line = g_strndup(scan->bytes + i, end - i);
    enum boundary found = GPOINTER_TO_INT(g_hash_table_lookup(scan->boundaries, g_strchomp(line)));
    return found == OPENED_BEFORE ? OPENS : found;
}

/* The multipart of a closing line has ended: another one may have that boundary now. */
static void close_boundary(struct scan *scan, size_t i, size_t end)
{
    char *line = g_strchomp(g_strndup(scan->bytes + i, end - i));
    line[strlen(line) - 2] = '\0';
    g_hash_table_insert(scan->boundaries, line, GINT_TO_POINTER(OPENED_BEFORE));
}

/* A field from i to next of a header block that begins at `start` of the copy, if `count` allows one more. */
static void append_counted(struct scan *scan, size_t start, size_t *count, size_t i, size_t next)
{
    size_t kept = MIN(next - i, scan->limits->header_field);
    if (*count == 0) {
        defect_add(scan->defects, "too-many-headers");
    } else if (scan->out->len - start + kept > scan->limits->header_block) {
        defect_add(scan->defects, "header-block-too-long");
    } else {
        append_field(scan, scan->bytes + i, next - i);
        (*count)--;
    }
}

/* The header of a part, which ends at what is no field at the latest; returns where its body begins. */
static size_t append_part_header(struct scan *scan, size_t i)
{
    size_t start = scan->out->len, count = PART_FIELDS_MAXIMUM;
    scan->content_type = scan->content_encoding = false;
    while (i < scan->length && !line_is_blank(scan->bytes, scan->length, i)) {
        bool continued = scan->bytes[i] == ' ' || scan->bytes[i] == '\t';
        if (!continued && !line_is_field(scan->bytes, scan->length, i)) {
            append(scan, "\n", 1);
            return i;
        }
        size_t next = field_end(scan->bytes, scan->length, i);
        append_counted(scan, start, &count, i, next);
        i = next;
    }
    append(scan, "\n", 1);
    return i < scan->length ? line_end(scan->bytes, scan->length, i) : i;
}

/* The header of the mail, without the lines that are none of it; returns where the body begins. */
static size_t append_header(struct scan *scan)
{
    struct header_extent header = header_find(scan->bytes, scan->length);
    size_t start = scan->out->len, count = scan->limits->headers;
    if (header.damaged)
        defect_add(scan->defects, "no-blank-line");
    for (size_t i = 0, next; i < header.fields; i = next) {
        next = field_end(scan->bytes, header.fields, i);
        if (line_begins_header(scan->bytes, scan->length, i))
            append_counted(scan, start, &count, i, next);
    }
    append(scan, "\n", 1);
    return header.body;
}

GByteArray *limits_header(const char *bytes, size_t length, const struct limits *limits, json_t *defects)
{
    struct scan scan = {bytes, length, limits, defects, g_byte_array_new(), NULL, false, false};
    append_header(&scan);
    return scan.out;
}

static void append_line(struct scan *scan, size_t i, size_t end)
{
    for (; end - i > LINE_MAXIMUM; i += LINE_MAXIMUM) {
        defect_add(scan->defects, "line-too-long");
        append(scan, scan->bytes + i, LINE_MAXIMUM);
        append(scan, "\n", 1);
    }
    append(scan, scan->bytes + i, end - i);
}

GByteArray *limits_message(const char *bytes, size_t length, const struct limits *limits, json_t *defects)
{
    struct scan scan = {bytes, length, limits, defects, g_byte_array_sized_new((guint)length + 16),
                        NULL,  false,  false};
    scan.boundaries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t opened = 0;
    size_t i = append_header(&scan);
    while (i < length) {
        size_t end = line_end(bytes, length, i);
        enum boundary boundary = find_boundary(&scan, i, end);
        if (boundary == OPENS && ++opened > limits->parts * 4) {
            defect_add(defects, "too-many-parts");
            break;
        }
        append_line(&scan, i, end);
        if (boundary != NO_BOUNDARY && bytes[end - 1] != '\n')
            append(&scan, "\n", 1);
        if (boundary == CLOSES)
            close_boundary(&scan, i, end);
        i = boundary == OPENS ? append_part_header(&scan, end) : end;
    }
    g_hash_table_unref(scan.boundaries);
    return scan.out;
}
