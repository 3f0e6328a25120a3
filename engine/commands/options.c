/* Parsing options with GLib's parser. */
#include "commands/options.h"
#include "rules/config_load.h"

#include <stdio.h>

void options_fail(const char *command, const char *message)
{
    fprintf(stderr, "awsift %s: %s\n", command, message);
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
    g_autofree char *parameters = g_strdup_printf("%s", command->arguments);
    g_autoptr(GOptionContext) context = g_option_context_new(parameters);
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
        fprintf(stderr, "awsift %s: %s; see 'awsift %s --help'\n", command->name, error->message,
                command->name);
        return false;
    }
    *rest = argv + 1;
    if ((*rest)[0] != NULL && g_strcmp0((*rest)[0], "--") == 0)
        ++*rest;
    return true;
}

struct config *options_config(const struct common_options *common)
{
    g_autoptr(GError) error = NULL;
    struct config *config = config_load(common->config, common->rules, &error);
    if (config == NULL)
        fprintf(stderr, "%s\n", error->message);
    return config;
}
