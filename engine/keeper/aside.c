/* What lies in unreadable/. Nothing here trusts a name: bytes are compared with what the ledger knows before
 * a file is moved or removed, because a person may have put it there, or taken one away. Each function may be
 * repeated after a crash. What makes them fail is the disk. */
#include "keeper/aside.h"
#include "base/files.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/filing.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *aside_folder(const char *store)
{
    return g_build_filename(store, "unreadable", NULL);
}

char *aside_path(const char *store, int64_t message, const char *sha256)
{
    g_autofree char *folder = aside_folder(store), *name = filing_name(message, sha256);
    return g_build_filename(folder, name, NULL);
}

char *aside_text(const json_t *row)
{
    gint64 id = json_number(row, "id", 0);
    g_autofree char *when = time_format(json_number(row, "seen", 0));
    return g_strdup_printf(
        "awsift could not read this mail and set it aside. Nothing of it was lost or told.\n"
        "\n"
        "mail    %" G_GINT64_FORMAT "\n"
        "when    %s\n"
        "from    spool %s, file %s\n"
        "size    %" G_GINT64_FORMAT " bytes\n"
        "sha256  %s\n"
        "why     %s\n"
        "tried   with every rule, without those that stopped it, and at last alone in a process of its own\n"
        "\n"
        "awsift unreadable show %" G_GINT64_FORMAT "                    what is known of it\n"
        "awsift unreadable retry %" G_GINT64_FORMAT "                   decide it with the rules of today\n"
        "awsift unreadable release %" G_GINT64_FORMAT
        " --as CATEGORY   file it as you say, and tell the operators, with it attached\n",
        id, when, json_text_or(row, "spool", "?"), json_text_or(row, "file", "?"),
        (gint64)json_number(row, "size", 0), json_text_or(row, "sha256", "?"),
        json_text_or(row, "reason", "it is not known"), id, id, id);
}

bool aside_explain(const char *store, const json_t *row, GError **error)
{
    g_autofree char *path = aside_path(store, json_number(row, "id", 0), json_text_or(row, "sha256", "")),
                    *reason = g_strconcat(path, ".reason", NULL), *text = aside_text(row);
    return file_write_durable(reason, text, strlen(text), error);
}

/* *sha256: of the file that lies there, NULL where none does. */
static int open_hashed(const char *path, char **sha256)
{
    struct stat status;
    int file = file_open_regular(AT_FDCWD, path, &status, NULL);
    *sha256 = file >= 0 ? file_sha256(file, NULL) : NULL;
    return file;
}

int aside_open(const char *store, int64_t message, const char *sha256)
{
    g_autofree char *path = aside_path(store, message, sha256), *found = NULL;
    int file = open_hashed(path, &found);
    if (file < 0 || g_strcmp0(found, sha256) == 0)
        return file;
    close(file);
    return -1;
}

bool aside_bring(const char *store, const char *category, int64_t message, const char *sha256, GError **error)
{
    g_autofree char *path = aside_path(store, message, sha256);
    return filing_file(store, category, message, sha256, path, true, error);
}

void aside_forget(const char *store, int64_t message, const char *sha256)
{
    g_autofree char *path = aside_path(store, message, sha256), *reason = g_strconcat(path, ".reason", NULL),
                    *found = NULL;
    int file = open_hashed(path, &found);
    if (file >= 0)
        close(file);
    if (file >= 0 && g_strcmp0(found, sha256) != 0)
        return;
    file_remove(path, NULL);
    file_remove(reason, NULL);
}

bool aside_parse(const char *name, struct aside_name *parsed)
{
    *parsed = (struct aside_name){0};
    const char *rest = filing_name_parse(name, &parsed->message, parsed->hex);
    if (rest == NULL)
        return false;
    parsed->damaged = g_str_has_prefix(rest, FILING_DAMAGED);
    if (parsed->damaged)
        rest += strlen(FILING_DAMAGED);
    parsed->reason = g_str_has_prefix(rest, ".reason");
    if (parsed->reason)
        rest += strlen(".reason");
    parsed->temporary = strcmp(rest, ".tmp") == 0;
    return parsed->temporary || *rest == '\0';
}
