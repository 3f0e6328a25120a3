/* Looking into unreadable/. Nothing is parsed: no decider could, and what ended one must not end us. A person
 * may have removed a file, or put one there; both are said. */
#include "commands/unreadable_mail.h"
#include "commands/options.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mask.h"
#include "base/times.h"
#include "keeper/aside.h"
#include "ledger/unreadable.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADERS_READ = 64 << 10, LINES_SHOWN = 30, LINE_SHOWN = 300 };

struct looking {
    const struct config *config;
    json_t *list;
    GHashTable *known; /* names of files that belong to a mail of the list */
};

static bool add_row(json_t *row, void *data)
{
    struct looking *looking = data;
    const char *sha256 = json_text_or(row, "sha256", "");
    g_autofree char *path = aside_path(looking->config->store, json_number(row, "id", 0), sha256),
                    *when = time_format(json_number(row, "seen", 0)), *name = g_path_get_basename(path);
    json_t *entry = json_copy(row);
    json_object_del(entry, "seen");
    json_object_set_new(entry, "when", json_text_new(when));
    json_object_set_new(entry, "path", json_text_new(path));
    json_object_set_new(entry, "there", json_boolean(g_file_test(path, G_FILE_TEST_IS_REGULAR)));
    json_array_append_new(looking->list, entry);
    g_hash_table_add(looking->known, g_strconcat(name, ".reason", NULL));
    g_hash_table_add(looking->known, g_steal_pointer(&name));
    return true;
}

/* The first line of the reason file beside it, which says what the ledger does not. */
static char *reason_of(const char *path)
{
    g_autofree char *file = g_strconcat(path, ".reason", NULL), *text = NULL;
    if (!g_file_get_contents(file, &text, NULL, NULL) || !g_utf8_validate(text, -1, NULL))
        return g_strdup(
            "no mail that is unreadable: put there by hand, or left from before the ledger was put back");
    return g_strndup(text, strcspn(text, "\n"));
}

static void add_stray(struct looking *looking, const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *shown = g_strescape(path, NULL);
    struct stat status;
    if (g_str_has_suffix(name, ".reason")) { /* told with its mail, where that is there */
        g_autofree char *mail = g_strndup(path, strlen(path) - strlen(".reason"));
        if (g_file_test(mail, G_FILE_TEST_EXISTS))
            return;
    }
    if (lstat(path, &status) != 0)
        return;
    g_autofree char *reason = reason_of(path), *when = time_format(time_of_file(&status.st_mtim));
    json_array_append_new(
        looking->list,
        json_pack("{s:n, s:n, s:n, s:n, s:I, s:o, s:o, s:o, s:b}", "id", "spool", "file", "sha256", "size",
                  (json_int_t)status.st_size, "reason", json_text_new(reason), "when", json_text_new(when),
                  "path", json_text_new(g_utf8_validate(path, -1, NULL) ? path : shown), "there", 1));
}

static void add_strays(struct looking *looking)
{
    g_autofree char *folder = aside_folder(looking->config->store);
    g_autoptr(GDir) listing = g_dir_open(folder, 0, NULL);
    const char *name;
    while (listing != NULL && (name = g_dir_read_name(listing)) != NULL)
        if (!g_hash_table_contains(looking->known, name))
            add_stray(looking, folder, name);
}

json_t *unreadable_list(const struct config *config)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("unreadable", config);
    if (ledger == NULL)
        return NULL;
    g_autoptr(json_t) list = json_array();
    struct looking looking = {.config = config, .list = list};
    looking.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool good = ledger_unreadable(ledger, add_row, &looking, &error);
    if (good)
        add_strays(&looking);
    else
        options_fail("unreadable", error->message);
    g_hash_table_unref(looking.known);
    return good ? g_steal_pointer(&list) : NULL;
}

/* Bytes that are no text, and controls, as \ooo. */
static char *printable(const char *line)
{
    g_autofree char *start = g_strndup(line, LINE_SHOWN), *valid = g_utf8_make_valid(start, -1);
    g_autofree char *masked = mask_secrets(valid);
    GString *text = g_string_new(NULL);
    for (const char *at = masked; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);
        if (g_unichar_isprint(character) || *at == '\t')
            g_string_append_unichar(text, character);
        else
            g_string_append_printf(text, "\\u%04x", character);
    }
    return g_string_free(text, FALSE);
}

json_t *unreadable_headers(const char *path)
{
    struct stat status;
    json_t *lines = json_array();
    int file = file_open_regular(AT_FDCWD, path, &status, NULL);
    g_autoptr(GBytes) bytes = file >= 0 ? file_read(file, HEADERS_READ, NULL) : NULL;
    if (file >= 0)
        close(file);
    gsize size = 0;
    const char *at = bytes != NULL ? g_bytes_get_data(bytes, &size) : NULL,
               *end = at != NULL ? at + size : NULL;
    while (at != NULL && at < end && json_array_size(lines) < LINES_SHOWN) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((stop != NULL ? stop : end) - at);
        g_autofree char *line = g_strndup(at, length);
        g_strchomp(line);
        if (line[0] == '\0')
            break;
        g_autofree char *shown = printable(line);
        json_array_append_new(lines, json_text_new(shown));
        at = stop != NULL ? stop + 1 : end;
    }
    return lines;
}
