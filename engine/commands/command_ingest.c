/* awsift ingest: standard input into a spool, for a pipe transport, an alias or .forward.
 *
 * Whatever goes wrong (the command line and the configuration too), the exit status is 75, EX_TEMPFAIL: the
 * mail server keeps the mail and tries again, where any other status would send it back to AWS. 0 is returned
 * only when the mail is on the disk. The bytes are keeper/drop.c's. */
#include "base/config.h"
#include "base/error.h"
#include "base/privileges.h"
#include "commands/options.h"
#include "keeper/drop.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LARGE = 4 /* times limits.bytes: said aloud, and delivered all the same */ };

static volatile sig_atomic_t interrupted;

/* The mail server may end us at any time. Without SA_RESTART a waiting read ends; one that was just about to
 * start finds its input closed. Either way the half mail is removed. */
static void on_signal(int number)
{
    interrupted = number;
    close(STDIN_FILENO);
}

static void catch_signals(void)
{
    static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGALRM, SIGQUIT};
    const struct sigaction action = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < G_N_ELEMENTS(caught); i++)
        sigaction(caught[i], &action, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static bool is_wanted(const struct config_spool *spool, const char *name)
{
    return name != NULL ? strcmp(spool->name, name) == 0 : spool->kind == SPOOL_MAILDIR;
}

/* By name; without one the first Maildir, else whatever comes first. */
static const struct config_spool *choose_spool(const struct config *configuration, const char *name,
                                               GError **error)
{
    const GPtrArray *spools = configuration->spools;
    for (guint i = 0; i < spools->len; i++)
        if (is_wanted(spools->pdata[i], name))
            return spools->pdata[i];
    if (name == NULL && spools->len > 0)
        return spools->pdata[0];
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_USAGE,
                name != NULL ? "the configuration has no spool \"%s\"" : "the configuration has no spool%s",
                name != NULL ? name : "");
    return NULL;
}

static bool ingest_mail(const struct config *configuration, const char *name, const char *recipient)
{
    g_autoptr(GError) error = NULL;
    const struct config_spool *spool = choose_spool(configuration, name, &error);
    int64_t size = 0;

    if (spool == NULL || !privileges_drop(configuration, &error) ||
        !drop_mail(spool, STDIN_FILENO, recipient, &interrupted, &size, &error)) {
        options_fail("ingest", error->message);
        return false;
    }
    if ((uint64_t)size / LARGE > configuration->limits.bytes)
        fprintf(
            stderr,
            "awsift ingest: delivered, but of these %lld bytes only the first %zu are read (limits.bytes)\n",
            (long long)size, configuration->limits.bytes);
    return true;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    g_autofree char *recipient = NULL, *spool = NULL;
    char **rest = NULL;
    const GOptionEntry own[] = {
        {"recipient", 0, 0, G_OPTION_ARG_STRING, &recipient, "the envelope recipient", "ADDRESS"},
        {"spool", 0, 0, G_OPTION_ARG_STRING, &spool, "the spool (default: the first Maildir)", "NAME"},
        {NULL},
    };

    catch_signals();
    if (!options_parse(&command_ingest, argc, argv, &common, own, &rest))
        return EXIT_TRY_AGAIN;
    g_autoptr(config) configuration = options_config(&common);
    if (configuration == NULL || !ingest_mail(configuration, spool, recipient))
        return EXIT_TRY_AGAIN;
    return EXIT_DONE;
}

const struct command command_ingest = {
    .name = "ingest",
    .arguments = "[--recipient ADDRESS] [--spool NAME]",
    .summary = "Put a mail from standard input into a spool",
    .help =
        "Reads one mail from standard input and delivers it into the spool NAME (default: the first Maildir), as a\n"
        "pipe transport or .forward needs it: the exit status is 0 only when the mail is safely on the disk, and\n"
        "75 (try again) whatever else happens, also when nothing came. A leading \"From \" line is dropped. With\n"
        "--recipient, which should be the envelope recipient, a Delivered-To field is put on top.\n"
        "\n"
        "  Postfix, master.cf:  awsift unix - n n - 4 pipe user=awsift\n"
        "                         argv=/usr/bin/awsift ingest --recipient ${recipient}\n"
        "           main.cf:    awsift_destination_recipient_limit = 1\n"
        "  .forward:            |\"/usr/bin/awsift ingest --recipient aws-root@example.com\"",
    .run = run,
};
