/* awsift backup: a proven copy of the ledger, put in the place of the earlier one at once. The daemon is not
 * asked: a reader keeps no writer waiting, and a backup is needed most when no daemon runs. */
#include "commands/options.h"
#include "commands/progress.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "ledger/backup.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static bool is_same_file(const char *one, const char *other)
{
    struct stat left, right;
    return stat(one, &left) == 0 && stat(other, &right) == 0 && file_is_same(&left, &right);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Prints what is wrong with the place. */
static bool place_is_good(const char *ledger, const char *file)
{
    g_autoptr(GError) error = NULL;
    if (is_folder(file))
        g_set_error(&error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                    "%s is a folder: name a file in it, such as %s/ledger.backup", file, file);
    else if (is_same_file(ledger, file))
        g_set_error(&error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "%s is the ledger itself: name another file",
                    file);
    else
        ledger_may_replace(file, &error);
    if (error != NULL)
        options_fail("backup", error->message);
    return error == NULL;
}

/* One backup at a time to one place. The lock is the file itself that is written, and ends with the process.
 */
static int temporary_take(const char *temporary, GError **error)
{
    int holder = 0;
    g_autoptr(GError) failure = NULL;
    int lock = file_lock(temporary, &holder, &failure);
    if (g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_BUSY))
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY, "another backup (pid %d) is being written to %s",
                    holder, temporary);
    else if (failure != NULL)
        g_propagate_error(error, g_steal_pointer(&failure));
    if (lock >= 0 && ftruncate(lock, 0) != 0) /* it says who holds it */
        error_set_errno(error, errno, "cannot empty %s", temporary);
    return lock;
}

static json_t *back_up(struct ledger *ledger, const char *file, GError **error)
{
    g_autofree char *temporary = g_strconcat(file, ".tmp", NULL);
    json_t *rows = NULL;
    int lock = temporary_take(temporary, error);
    if (lock < 0 || *error != NULL)
        return NULL;
    struct progress progress = {.what = "backup"};
    bool good = ledger_copy(ledger, temporary, progress_show, &progress, &rows, error);
    progress_end(&progress);
    good = good && file_replace(temporary, file, error);
    if (!good)
        file_remove(temporary, NULL);
    close(lock);
    g_autoptr(json_t) counted = rows;
    struct stat status;
    if (!good || stat(file, &status) != 0)
        return NULL;
    return json_pack("{s:s, s:I, s:I, s:I, s:O}", "file", file, "bytes", (json_int_t)status.st_size, "mails",
                     (json_int_t)json_number(counted, "messages", 0), "actions",
                     (json_int_t)json_number(counted, "actions", 0), "rows", counted);
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    char **rest;
    g_autoptr(GError) error = NULL;
    if (!options_parse(&command_backup, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    g_autoptr(config) config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autofree char *path = g_build_filename(config->store, "ledger.db", NULL);
    if (!place_is_good(path, rest[0]))
        return EXIT_NO;
    g_autoptr(ledger) ledger = ledger_open(path, LEDGER_COPY, &error);
    g_autoptr(json_t) done = ledger != NULL ? back_up(ledger, rest[0], &error) : NULL;
    if (done == NULL) {
        options_fail("backup", error != NULL ? error->message : "the backup is gone");
        return g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY) ||
                       g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_FULL)
                   ? EXIT_TRY_AGAIN
                   : EXIT_NO;
    }
    if (common.json)
        print_json_line(done);
    else
        printf("%s: %d mails and %d actions, %.1f MB, read through and whole\n", rest[0],
               (int)json_number(done, "mails", 0), (int)json_number(done, "actions", 0),
               (double)json_number(done, "bytes", 0) / 1e6);
    return EXIT_DONE;
}

const struct command command_backup = {
    .name = "backup",
    .arguments = "FILE",
    .summary = "Take a consistent copy of the ledger, also while the daemon runs",
    .help =
        "FILE is written anew beside itself (FILE.tmp), read through, made durable, and then takes the place of the\n"
        "one before: whatever fails, that one stays. The archive is files: copy it after the ledger (rsync), so that\n"
        "no mail that the ledger knows is without its file.\n"
        "Exits 1 when the ledger is damaged or FILE cannot be written, 75 when its disk is full or it is held by\n"
        "another process.\n\n"
        "Example: awsift backup /backup/awsift.ledger && rsync -a /var/lib/awsift/archive /backup/",
    .least = 1,
    .most = 1,
    .wanted = "the file to write",
    .run = run,
};
