/* Parsing options with GLib's parser, and the few answers that every command gives alike. */
#include "commands/options.h"
#include "base/error.h"
#include "base/privileges.h"
#include "base/times.h"
#include "rules/config_load.h"

#include <stdio.h>

void options_fail(const char *command, const char *message)
{
    fprintf(stderr, "awsift %s: %s\n", command, message);
}

void common_options_clear(struct common_options *common)
{
    g_free(common->config);
    g_free(common->rules);
}

static void refuse(const struct command *command, const char *what)
{
    fprintf(stderr, "awsift %s: %s; see 'awsift %s --help'\n", command->name, what, command->name);
}

static bool are_as_many_as_wanted(const struct command *command, char **arguments)
{
    guint count = g_strv_length(arguments);
    g_autofree char *what = NULL;
    if (count < command->least)
        what = g_strdup_printf("needs %s", command->wanted);
    else if (count > command->most && command->most == 0)
        what = g_strdup_printf("takes no arguments, and got '%s'", arguments[0]);
    else if (count > command->most)
        what = g_strdup_printf("takes one argument, and got '%s' too", arguments[command->most]);
    if (what != NULL)
        refuse(command, what);
    return what == NULL;
}

bool options_parse(const struct command *command, int argc, char **argv, struct common_options *common,
                   const GOptionEntry *own, char ***rest)
{
    GOptionEntry entries[] = {
        {"config", 'c', 0, G_OPTION_ARG_FILENAME, &common->config, "the configuration file", "FILE"},
        {"rules", 0, 0, G_OPTION_ARG_FILENAME, &common->rules, "use the rules of this folder alone", "DIR"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &common->json, "print one JSON object a line", NULL},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(command->arguments);
    g_autofree char *summary = g_strdup_printf("%s.", command->summary);
    g_autofree char *name = g_strdup_printf("awsift %s", command->name);
    g_autoptr(GError) error = NULL;
    g_set_prgname(name);
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, command->help);
    if (own != NULL)
        g_option_context_add_main_entries(context, own, NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        refuse(command, error->message);
        return false;
    }
    *rest = argv + 1;
    if ((*rest)[0] != NULL && g_strcmp0((*rest)[0], "--") == 0)
        ++*rest;
    return are_as_many_as_wanted(command, *rest);
}

struct config *options_config(const struct common_options *common)
{
    g_autoptr(GError) error = NULL;
    struct config *config = config_load(common->config, common->rules, &error);
    if (config == NULL)
        fprintf(stderr, "%s\n", error->message);
    return config;
}

struct config *options_config_checked(const struct common_options *common, json_t *problems)
{
    g_autoptr(GError) error = NULL;
    struct config *config = config_load_checked(common->config, common->rules, problems, &error);
    if (error != NULL)
        fprintf(stderr, "%s\n", error->message);
    return config;
}

struct ledger *options_ledger(const char *command, const struct config *config)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(config->store, "ledger.db", NULL);
    struct ledger *ledger = ledger_open(path, LEDGER_READ, &error);
    if (ledger == NULL)
        options_fail(command, error->message);
    return ledger;
}

struct ledger *options_ledger_to_write(const struct config *config, GError **error)
{
    g_autofree char *path = g_build_filename(config->store, "ledger.db", NULL);
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return privileges_drop(config, error) ? ledger_open(path, LEDGER_WRITE, error) : NULL;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                "there is no ledger %s yet; start awsift run, which makes it", path);
    return NULL;
}

bool options_moment(const char *command, const char *option, const char *text, int64_t *moment)
{
    int64_t duration;
    *moment = 0;
    if (text == NULL || time_parse(text, moment))
        return true;
    if (duration_parse(text, &duration)) {
        *moment = time_now() - duration;
        return true;
    }
    g_autofree char *what = g_strdup_printf(
        "%s: '%s' is neither a time such as 2026-11-24 nor a duration such as 24h", option, text);
    options_fail(command, what);
    return false;
}
