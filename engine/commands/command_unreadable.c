/* awsift unreadable: mail that no decider could read. Looking reads the ledger and the folder; retry and
 * release are `decide` for such mail, by the same way, so that each is one transaction and can be repeated
 * after a crash. */
#include "commands/options.h"
#include "commands/redeciding.h"
#include "commands/table.h"
#include "commands/unreadable_mail.h"
#include "base/json.h"
#include "wire/decision.h"

#include <stdio.h>
#include <string.h>

struct wish {
    gboolean all, dry_run;
    char *as;
};

/* The entry of that number; NULL after the error was printed. */
static const json_t *entry_of(const json_t *list, const char *id)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)list, index, entry) {
        g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)json_number(entry, "id", 0));
        if (strcmp(number, id) == 0)
            return entry;
    }
    g_autofree char *text =
        g_strdup_printf("'%s' is no mail that is unreadable; awsift unreadable lists them, and awsift "
                        "decide decides any other again",
                        id);
    options_fail("unreadable", text);
    return NULL;
}

/* ---- looking ---- */

static int list_print(const json_t *list, bool as_json)
{
    static const char *const titles[] = {"ID", "WHEN", "SPOOL", "FILE", "SIZE", "REASON", NULL};
    struct table *table = as_json ? NULL : table_new(titles);
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)list, index, entry) {
        if (as_json) {
            print_json_line(entry);
            output_check();
            continue;
        }
        bool stray = json_is_null(json_object_get(entry, "id"));
        g_autofree char *id = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)json_number(entry, "id", 0)),
                        *size = g_strdup_printf("%" G_GINT64_FORMAT, (gint64)json_number(entry, "size", 0)),
                        *reason = g_strconcat(json_flag(entry, "there") ? "" : "(its file was removed) ",
                                              json_text_or(entry, "reason", "?"), NULL);
        const char *cells[] = {stray ? NULL : id,
                               json_text(entry, "when"),
                               json_text(entry, "spool"),
                               json_text(entry, stray ? "path" : "file"),
                               size,
                               reason};
        table_add(table, cells);
    }
    if (table != NULL)
        table_print(table);
    return EXIT_DONE;
}

static void entry_print(const json_t *entry, const json_t *headers)
{
    static const char *const texts[] = {"when", "spool", "file", "sha256", "reason", "path"};
    size_t index;
    json_t *line;
    gint64 id = (gint64)json_number(entry, "id", 0);
    printf("%-8s%" G_GINT64_FORMAT "\n", "mail", id);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        printf("%-8s%s\n", texts[i], json_text_or(entry, texts[i], "?"));
    printf("%-8s%" G_GINT64_FORMAT " bytes\n", "size", (gint64)json_number(entry, "size", 0));
    if (!json_flag(entry, "there"))
        printf(
            "\nIts file is not there any more: put it back, or let a copy of the mail arrive, where it is wanted.\n");
    else
        printf("\nIt begins so:\n");
    json_array_foreach((json_t *)headers, index, line)
        printf("  %s\n", json_string_value(line));
    if (json_flag(entry, "there"))
        printf("\nIt is whole, and nobody has been told of what it says.\n"
               "awsift unreadable retry %" G_GINT64_FORMAT
               "                   decides it with the rules of today\n"
               "awsift unreadable release %" G_GINT64_FORMAT
               " --as CATEGORY   files it as you say, and tells the "
               "operators, with it attached\n",
               id, id);
}

static int show(const json_t *list, char **ids, bool as_json)
{
    for (; *ids != NULL; ids++) {
        const json_t *entry = entry_of(list, *ids);
        if (entry == NULL)
            return EXIT_NO;
        g_autoptr(json_t) headers = unreadable_headers(json_text_or(entry, "path", ""));
        if (as_json) {
            g_autoptr(json_t) whole = json_copy((json_t *)entry);
            json_object_set(whole, "headers", headers);
            print_json_line(whole);
        } else {
            entry_print(entry, headers);
        }
    }
    return EXIT_DONE;
}

/* ---- deciding ---- */

/* The numbers that are meant; NULL after the error was printed. */
static json_t *meant_by(const json_t *list, char **ids, bool all)
{
    g_autoptr(json_t) meant = json_array();
    size_t index;
    json_t *listed;
    json_array_foreach((json_t *)list, index, listed)
        if (all && json_flag(listed, "there") && json_is_integer(json_object_get(listed, "id")))
            json_array_append(meant, json_object_get(listed, "id"));
    for (; *ids != NULL; ids++) {
        const json_t *entry = entry_of(list, *ids);
        if (entry == NULL)
            return NULL;
        json_array_append(meant, json_object_get(entry, "id"));
    }
    return g_steal_pointer(&meant);
}

static int decide(const struct config *config, const json_t *list, char **ids, const struct wish *wish,
                  bool as_json)
{
    g_autoptr(json_t) meant = meant_by(list, ids, wish->all);
    if (meant == NULL)
        return EXIT_NO;
    if (json_array_size(meant) == 0)
        return EXIT_DONE;
    int status = EXIT_NO;
    g_autoptr(json_t) request =
        json_pack("{s:s, s:O, s:o, s:b, s:b}", "command", "decide", "ids", meant, "as",
                  json_text_new(wish->as), "release", wish->as != NULL, "dry_run", (int)wish->dry_run);
    g_autoptr(json_t) results = redeciding_ask("unreadable", config, request, &status);
    return results != NULL ? redeciding_print("unreadable", results, wish->dry_run, as_json) : status;
}

/* What is wrong with the words; NULL where nothing is. */
static const char *fault_of(const char *verb, char **ids, const struct wish *wish)
{
    bool retries = g_strcmp0(verb, "retry") == 0, releases = g_strcmp0(verb, "release") == 0;
    if (verb != NULL && !retries && !releases && strcmp(verb, "show") != 0)
        return "takes show, retry or release, and numbers of mails; alone, it lists them";
    if (wish->all && (!retries || *ids != NULL))
        return "--all is for retry, without numbers";
    if (verb != NULL && !wish->all && *ids == NULL)
        return retries ? "retry needs numbers of mails, or --all" : "needs the numbers of mails";
    if (releases != (wish->as != NULL))
        return releases ? "release needs --as CATEGORY: what you take it for" : "--as is for release";
    if (wish->as != NULL && !name_is_valid(wish->as))
        return "--as needs the name of a category: lower case letters, digits, '.', '_' and '-'";
    return wish->dry_run && !retries && !releases ? "--dry-run is for retry and release" : NULL;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct wish wish = {0};
    g_autofree char *as = NULL;
    char **rest;
    const GOptionEntry own[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &wish.all, "with retry: all of them", NULL},
        {"as", 0, 0, G_OPTION_ARG_STRING, &as, "with release: the category that you take it for", "CATEGORY"},
        {"dry-run", 0, 0, G_OPTION_ARG_NONE, &wish.dry_run, "show what would be done; change nothing", NULL},
        {NULL},
    };
    if (!options_parse(&command_unreadable, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    wish.as = as;
    const char *verb = rest[0];
    char **ids = verb != NULL ? rest + 1 : rest;
    const char *fault = fault_of(verb, ids, &wish);
    if (fault != NULL) {
        options_fail("unreadable", fault);
        return EXIT_USAGE;
    }
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(json_t) list = unreadable_list(config);
    int status = list == NULL                ? EXIT_NO
                 : verb == NULL              ? list_print(list, common.json)
                 : strcmp(verb, "show") == 0 ? show(list, ids, common.json)
                                             : decide(config, list, ids, &wish, common.json);
    config_free(config);
    return status;
}

const struct command command_unreadable = {
    .name = "unreadable",
    .arguments = "[show ID… | retry ID…|--all | release ID… --as CATEGORY]",
    .summary = "List, decide again or release mail that could not be read",
    .help =
        "Alone it lists the mail that was set aside, and what else lies in the store's folder unreadable/.\n"
        "retry has it decided with the rules of today; what fails again stays, with the new reason.\n"
        "release files it as you say, without reading it, and tells the operators alone, with the original\n"
        "attached. Exit status 1 when a mail could not be decided, 75 when the running daemon cannot do it now.\n\n"
        "Example: awsift unreadable retry --all",
    .most = G_MAXUINT,
    .run = run,
};
