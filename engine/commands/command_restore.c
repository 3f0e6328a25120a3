/* awsift restore: the way back from a backup of the ledger. */
#include "commands/options.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"
#include "keeper/restore.h"

#include <stdio.h>

static void print_restored(const struct restored *restored, const char *file, const char *spool)
{
    if (file != NULL) {
        g_autofree char *taken = restored->taken != 0 ? time_format(restored->taken) : g_strdup("none");
        printf("the ledger is what %s holds; its newest mail: %s\n", file, taken);
    }
    if (restored->kept != NULL)
        printf("the ledger that was there is kept as %s\n", restored->kept);
    printf("%u mails of the archive that it does not know went back to the spool%s%s\n",
           restored->strays.returned, spool != NULL ? " " : "", spool != NULL ? spool : "");
    if (restored->strays.elsewhere > 0)
        printf("%u lay in another folder than it says\n", restored->strays.elsewhere);
    if (restored->strays.damaged > 0)
        printf("%u have other bytes than came, and stay where they are: they are named above\n",
               restored->strays.damaged);
    printf("start awsift again\n");
}

static void print_json(const struct restored *restored, const char *file)
{
    g_autofree char *newest = restored->taken != 0 ? time_format(restored->taken) : NULL;
    g_autoptr(json_t) result = json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:I}", "file", json_text_new(file), "kept", json_text_new(restored->kept),
        "newest", json_text_new(newest), "returned", (json_int_t)restored->strays.returned, "elsewhere",
        (json_int_t)restored->strays.elsewhere, "damaged", (json_int_t)restored->strays.damaged);
    print_json_line(result);
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    g_autofree char *spool = NULL;
    char **rest;
    g_autoptr(GError) error = NULL;
    const GOptionEntry own[] = {
        {"spool", 0, 0, G_OPTION_ARG_STRING, &spool, "where mail goes that the ledger does not know", "NAME"},
        {NULL},
    };
    if (!options_parse(&command_restore, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    g_autoptr(config) config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    struct restored restored;
    bool good = store_restore(config, rest[0], spool, &restored, &error);
    if (!good)
        options_fail("restore", error->message);
    else if (common.json)
        print_json(&restored, rest[0]);
    else
        print_restored(&restored, rest[0], spool);
    restored_clear(&restored);
    bool again = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY) ||
                 g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_FULL);
    return good ? EXIT_DONE : again ? EXIT_TRY_AGAIN : EXIT_NO;
}

const struct command command_restore = {
    .name = "restore",
    .arguments = "[FILE]",
    .summary = "Put a backup in the place of the ledger, and take in again what it does not know",
    .help =
        "For a ledger that is damaged or gone, while no daemon runs. FILE is what awsift backup wrote; it is proven\n"
        "first, and stays. The ledger that is there is kept under another name. Mail that was filed after the backup\n"
        "goes from the archive, and from unreadable/, back into its spool: it is decided again, and told again under the same keys and\n"
        "Message-IDs, so that nothing is lost and who tells duplicates by these sees none. The operators are told.\n"
        "Without FILE the ledger stays, and only such mail goes back.\n"
        "Cut at any moment, it may be run again. Exits 75 when a daemon runs or the disk is full.\n\n"
        "Example: awsift restore /backup/awsift.ledger",
    .most = 1,
    .run = run,
};
