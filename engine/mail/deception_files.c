/* Attachments that run when they are opened: told by the end of their name, their type, or their first bytes,
 * since each may lie. Of an archive the first name within counts as well. */
#include "mail/deception_inside.h"
#include "mail/text.h"

#include <string.h>

/* What a name ends with, in lower case; what Windows leaves out of the end of a name is left out. NULL: it
 * has no end. */
static char *extension_of(const char *name)
{
    g_autofree char *plain = text_normalize(name, true), *lower = g_utf8_strdown(plain, -1);
    size_t length = strlen(lower);
    while (length > 0 && strchr(". ", lower[length - 1]) != NULL)
        lower[--length] = '\0';
    const char *dot = strrchr(lower, '.');
    return dot != NULL ? g_strdup(dot + 1) : NULL;
}

static bool ends_in(const struct links *links, const char *list, const char *name)
{
    g_autofree char *extension = name != NULL ? extension_of(name) : NULL;
    return extension != NULL && links_list(links, list, extension);
}

struct mark {
    const char *bytes;
    size_t length;
};
#define MARK(text)                                                                                           \
    {                                                                                                        \
        text, sizeof text - 1                                                                                \
    }

/* Windows, Linux, a shortcut of Windows (MS-SHLLINK 2.1), Java, macOS. */
static bool is_program(const char *head, size_t length)
{
    static const struct mark marks[] = {MARK("MZ"),
                                        MARK("\x7f"
                                             "ELF"),
                                        MARK("L\0\0\0\x01\x14\x02\0"), MARK("\xca\xfe\xba\xbe"),
                                        MARK("\xcf\xfa\xed\xfe")};
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (length >= marks[i].length && memcmp(head, marks[i].bytes, marks[i].length) == 0)
            return true;
    return false;
}

/* The first name within a ZIP archive (APPNOTE 4.3.7); NULL where the bytes are none. */
static char *first_name(const char *head, size_t length)
{
    enum { NAME_LENGTH = 26, NAME = 30 };
    if (length <= NAME || memcmp(head, "PK\x03\x04", 4) != 0)
        return NULL;
    size_t named =
        (size_t)(unsigned char)head[NAME_LENGTH] + (size_t)(unsigned char)head[NAME_LENGTH + 1] * 256;
    return g_utf8_make_valid(head + NAME, (gssize)MIN(named, length - NAME));
}

static bool is_executable(struct deceiving *deceiving, const struct part *part)
{
    const struct links *links = deceiving->links;
    if (ends_in(links, "executable", part->filename) || links_list(links, "executable_types", part->type))
        return true;
    bool text = g_str_has_prefix(part->type, "text/");
    bool file = message_part_is_file(deceiving->message, part);
    if (file && (ends_in(links, "pages", part->filename) || strcmp(part->type, "text/html") == 0))
        return true;
    size_t length = 0;
    const char *head = text ? "" : message_part_head(deceiving->message, part, &length);
    g_autofree char *within = first_name(head, length);
    return is_program(head, length) || ends_in(links, "executable", within) ||
           ends_in(links, "pages", within);
}

void deceiving_read_files(struct deceiving *deceiving)
{
    const GPtrArray *parts = message_parts(deceiving->message);
    for (guint i = 0; i < parts->len; i++) {
        const struct part *part = parts->pdata[i];
        bool mail = g_str_has_prefix(part->type, "message/") || g_str_has_prefix(part->type, "multipart/");
        if (!mail && is_executable(deceiving, part))
            deceiving_add(deceiving, DECEPTION_EXECUTABLE, "an attachment may run when it is opened: ",
                          part->filename != NULL ? part->filename : part->type);
    }
}
