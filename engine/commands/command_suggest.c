/* awsift suggest: mail that no rule knows, as rules ready to paste. The jailed decider reads the mails,
 * shipped Lua finds what they have in common, and what is suggested is tried before it is shown. What is
 * printed for people is Lua itself, with all else in comments. */
#include "commands/suggest_check.h"
#include "commands/suggest_write.h"
#include "rules/lua_tool.h"
#include "base/json.h"
#include "mail/text.h"

#include <stdio.h>

struct asked {
    const char *folder; /* to write into; NULL: none */
    bool json;
    gint64 least;
};

/* {NAME: true} of a list of names, or of objects with an id. */
static json_t *names_of(const json_t *list)
{
    json_t *names = json_object(), *entry;
    size_t index;
    json_array_foreach((json_t *)list, index, entry)
        json_object_set_new(names,
                            json_is_string(entry) ? json_string_value(entry) : json_text_or(entry, "id", ""),
                            json_true());
    return names;
}

/* The suggestions; NULL after the error was printed. */
static json_t *mine(const struct suggest_mails *mails, const struct deciding *deciding, gint64 least)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) options =
        json_pack("{s:o, s:o, s:I}", "categories", names_of(json_object_get(deciding->ready, "categories")),
                  "rules", names_of(json_object_get(deciding->ready, "rules")), "least", (json_int_t)least);
    json_t *suggestions = lua_tool_call("awsift/suggest.lua", "of", mails->unknown, options, &error);
    if (suggestions == NULL)
        options_fail("suggest", error->message);
    return suggestions;
}

static char *joined(const json_t *texts)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)texts, index, entry)
        g_string_append_printf(text, "%s%s", index > 0 ? ", " : "", json_string_value(entry));
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void print_comment(const char *what, const char *text)
{
    g_autofree char *line = text_one_line(text);
    printf("-- %s%s\n", what, line);
}

static void print_human(const json_t *suggestion)
{
    int count = (int)json_number(suggestion, "count", 0);
    g_autofree char *examples = joined(json_object_get(suggestion, "examples"));
    g_autofree char *what = g_strdup_printf(
        "%d mail%s, %s to %s: %s%s", count, count == 1 ? "" : "s", json_text_or(suggestion, "first", "?"),
        json_text_or(suggestion, "last", "?"), examples,
        count > (int)json_array_size(json_object_get(suggestion, "examples")) ? ", …" : "");
    size_t index;
    json_t *problem;
    print_comment("", what);
    json_array_foreach(json_object_get(suggestion, "problems"), index, problem)
        print_comment("NOT VERIFIED: ", json_string_value(problem));
    printf("%s\n%s\n", json_text_or(suggestion, "rule", ""), json_text_or(suggestion, "test", ""));
    output_check();
}

/* The members by the names of their mails. */
static void print_object(const json_t *suggestion, const struct suggest_mails *mails)
{
    g_autoptr(json_t) shown = json_copy((json_t *)suggestion);
    json_t *names = json_array(), *number;
    size_t index;
    json_array_foreach(json_object_get(suggestion, "members"), index, number)
        json_array_append(
            names,
            json_object_get(json_array_get(mails->unknown, (size_t)json_integer_value(number) - 1), "name"));
    json_object_set_new(shown, "mails", names);
    json_object_del(shown, "members");
    json_object_del(shown, "sound");
    json_object_del(shown, "file_test");
    static const char *const always[] = {"service", "event_type", "category_reason",
                                         "caution", "first",      "last"};
    for (size_t i = 0; i < G_N_ELEMENTS(always); i++)
        if (json_object_get(shown, always[i]) == NULL)
            json_object_set_new(shown, always[i], json_null());
    print_json_line(shown);
}

/* Into the folder; whether that went well. */
static bool write_down(const struct asked *asked, const struct config *config, const json_t *suggestions)
{
    g_autoptr(GError) error = NULL;
    if (asked->folder == NULL || json_array_size(suggestions) == 0)
        return true;
    g_autofree char *file = suggest_write(config, asked->folder, suggestions, &error);
    if (file == NULL)
        options_fail("suggest", error->message);
    else
        fprintf(stderr, "written to %s, with tests beside it\n", file);
    return file != NULL;
}

static bool suggest(const struct asked *asked, struct suggest_mails *mails, struct deciding *deciding,
                    const struct common_options *common)
{
    size_t index;
    json_t *suggestion;
    unsigned doubtful = 0;
    suggest_mails_decide(mails, deciding);
    g_autoptr(json_t) suggestions = mine(mails, deciding, asked->least);
    if (suggestions == NULL)
        return false;
    if (json_array_size(suggestions) > 0 && !suggest_check(suggestions, mails, common))
        return false;
    json_array_foreach(suggestions, index, suggestion) {
        doubtful += !json_flag(suggestion, "verified");
        if (asked->json)
            print_object(suggestion, mails);
        else if (asked->folder == NULL)
            print_human(suggestion);
    }
    fprintf(stderr, "mails that no rule knows: %zu; rules suggested: %zu%s\n",
            json_array_size(mails->unknown), json_array_size(suggestions),
            doubtful > 0 ? ", not all of them verified" : "");
    return write_down(asked, deciding->config, suggestions);
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct deciding deciding;
    struct suggest_mails mails = {.input = -1};
    struct asked asked = {.least = 1};
    g_autofree char *folder = NULL, *since = NULL;
    int64_t moment;
    char **arguments;
    const GOptionEntry own[] = {
        {"since", 0, 0, G_OPTION_ARG_STRING, &since, "mail of the archive that arrived since then", "TIME"},
        {"write", 0, 0, G_OPTION_ARG_FILENAME, &folder, "write rules, tests and fixtures into this folder",
         "DIR"},
        {"least", 0, 0, G_OPTION_ARG_INT64, &asked.least,
         "kinds of which at least so many mails came (default: 1)", "N"},
        {NULL},
    };
    if (!options_parse(&command_suggest, argc, argv, &common, own, &arguments) ||
        !options_moment("suggest", "--since", since, &moment))
        return EXIT_USAGE;
    if (asked.least < 1 || (since != NULL && arguments[0] != NULL)) {
        options_fail("suggest", asked.least < 1
                                    ? "--least needs a number above zero"
                                    : "--since is for mail of the archive: name no files with it");
        return EXIT_USAGE;
    }
    asked.folder = folder;
    asked.json = common.json;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    bool good = deciding_start(&deciding, config, false);
    if (good) {
        const json_t *errors = json_object_get(deciding.ready, "errors");
        deciding_print_problems(&deciding, errors, "");
        good = json_array_size(errors) == 0 && suggest_mails_find(&mails, config, arguments, moment);
        good = good && suggest(&asked, &mails, &deciding, &common) && mails.unread == 0;
        suggest_mails_clear(&mails);
    }
    deciding_stop(&deciding);
    return good ? EXIT_DONE : EXIT_NO;
}

const struct command command_suggest = {
    .name = "suggest",
    .arguments = "[MAIL…]",
    .summary = "Suggest rules for mail that no rule knows, each with a test",
    .help =
        "Puts mails of one kind together and writes for each kind a rule ready to paste: a template of the title with\n"
        "placeholders, a guess at the category, and a test with one of its mails, in which accounts, ids and names are\n"
        "masked. Each is tried before it is shown; what could not be verified is said.\n"
        "Without MAIL, unknown mail of the archive. TIME is 2026-11-24 or a duration before now such as 7d.\n"
        "Exit status 0 when all could be looked at, 1 when not.\n\n"
        "Example: awsift suggest --since 7d --write /etc/awsift/rules",
    .run = run,
    .most = G_MAXUINT,
};
