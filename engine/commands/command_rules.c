/* awsift rules: what is loaded, in the order of consideration, and how often each rule decided. What the
 * rules are says a decider, which alone reads them; what they did, the ledger. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "base/nearest.h"
#include "commands/table.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "base/times.h"

#include <stdio.h>
#include <string.h>

struct listing {
    const struct config *config;
    const char *category; /* of this one alone, or NULL */
    bool unused, silent, json;
    int64_t months, now;      /* after how many of them a rule is silent */
    json_t *counts, *shadows; /* of the ledger; NULL: there is none */
    struct table *table;
};

/* The rule folder that a file of the snapshot is in; NULL for the shipped scripts. */
static const struct config_rules *folder_of(const struct config *config, const char *file)
{
    unsigned number;
    if (sscanf(file, "rules/%9u/", &number) != 1 || number >= config->rules->len)
        return NULL;
    return config->rules->pdata[number];
}

/* What a decider left out of a rule is as in most rules. */
static json_t *rule_full(const struct listing *listing, const json_t *rule, const char *mode, int order)
{
    const char *id = json_text_or(rule, "id", ""), *file = json_text_or(rule, "file", "");
    const struct config_rules *folder = folder_of(listing->config, file);
    const json_t *count = json_object_get(listing->counts, id);
    g_autofree char *path = rule_path(listing->config, file),
                    *last = count != NULL ? time_format(json_number(count, "last", 0)) : NULL;
    static const char *const same[] = {"category", "priority", "service", "templates", "conditions"};
    json_t *full = json_object();
    json_object_set_new(full, "order", order > 0 ? json_integer(order) : json_null());
    json_object_set_new(full, "rule", json_text_new(id));
    json_object_set_new(full, "file", json_text_new(path));
    json_object_set(full, "line", json_object_get(rule, "line"));
    json_object_set_new(full, "folder", json_text_new(folder != NULL ? folder->path : NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        json_t *value = json_object_get(rule, same[i]);
        json_object_set_new(full, same[i], value != NULL ? json_incref(value) : json_null());
    }
    json_object_set_new(full, "mode", json_text_new(json_text_or(rule, "mode", mode)));
    json_object_set_new(full, "speaker", json_text_new(json_text_or(rule, "speaker", "aws")));
    json_object_set_new(full, "final", json_boolean(!json_is_false(json_object_get(rule, "final"))));
    json_object_set_new(full, "general", json_boolean(json_flag(rule, "general")));
    json_object_set_new(full, "tests", json_integer(json_number(rule, "tests", 0)));
    json_object_set_new(full, "count",
                        listing->counts != NULL ? json_integer(json_number(count, "count", 0)) : json_null());
    json_object_set_new(full, "last", json_text_new(last));
    json_object_set_new(full, "silent",
                        listing->counts != NULL
                            ? json_boolean(ledger_rule_is_silent(count, listing->months, listing->now))
                            : json_null());
    json_t *shadow = json_object_get(listing->shadows, id);
    json_object_set_new(full, "shadow", shadow != NULL ? json_incref(shadow) : json_null());
    return full;
}

/* "live", "shadow, agreed 3 of 4", "live, general", "live, adds" */
static char *mode_text(const json_t *full)
{
    const char *mode = json_text_or(full, "mode", "");
    const json_t *shadow = json_object_get(full, "shadow");
    if (json_is_object(shadow))
        return g_strdup_printf("%s, agreed %d of %d", mode, (int)json_number(shadow, "agreed", 0),
                               (int)json_number(shadow, "count", 0));
    return g_strconcat(mode, json_flag(full, "general") ? ", general" : "",
                       !json_flag(full, "final") ? ", adds" : "", NULL);
}

/* When the rule decided last, marked where it used to decide more often. */
static char *last_text(const struct listing *listing, const json_t *count, bool silent)
{
    if (count == NULL)
        return NULL;
    g_autofree char *moment = time_format_local(json_number(count, "last", 0),
                                                json_text_or(listing->config->json, "timezone", "UTC"));
    return g_strconcat(moment != NULL ? moment : "-", silent ? ", silent" : "", NULL);
}

static void add_row(const struct listing *listing, const json_t *rule, const json_t *full)
{
    const json_t *count = json_object_get(listing->counts, json_text_or(rule, "id", ""));
    const char *folder = json_text(full, "folder"), *file = json_text_or(full, "file", "");
    bool inside = folder != NULL && g_str_has_prefix(file, folder);
    g_autofree char *name = inside ? g_path_get_basename(folder) : NULL;
    g_autofree char *place =
                        g_strdup_printf("%s%s:%d", inside ? name : "", inside ? file + strlen(folder) : file,
                                        (int)json_number(full, "line", 0)),
                    *order = json_is_integer(json_object_get(full, "order"))
                                 ? g_strdup_printf("%d", (int)json_number(full, "order", 0))
                                 : NULL,
                    *tests = g_strdup_printf("%d", (int)json_number(full, "tests", 0)),
                    *mails = listing->counts != NULL
                                 ? g_strdup_printf("%d", (int)json_number(full, "count", 0))
                                 : NULL,
                    *last = last_text(listing, count, json_flag(full, "silent")), *mode = mode_text(full);
    const char *cells[] = {
        order, json_text(full, "rule"), json_text(full, "category"), mode, tests, mails, last, place};
    table_add(listing->table, cells);
}

static void show(const struct listing *listing, const json_t *rule, const char *mode, int order)
{
    g_autoptr(json_t) full = rule_full(listing, rule, mode, order);
    bool wanted = listing->category == NULL || g_strcmp0(listing->category, json_text(full, "category")) == 0;
    /* What is not live decides nothing, however long it waits. */
    bool idle = strcmp(json_text_or(full, "mode", ""), "live") == 0 && json_number(full, "count", 0) == 0 &&
                json_flag(full, "final");
    bool silent = json_flag(full, "silent");
    if (!wanted || (listing->unused && !idle) || (listing->silent && !silent))
        return;
    if (listing->json)
        print_json_line(full);
    else
        add_row(listing, rule, full);
}

static void show_all(struct listing *listing, const json_t *ready)
{
    static const char *const titles[] = {"#",     "RULE", "CATEGORY", "MODE", "TESTS",
                                         "MAILS", "LAST", "WHERE",    NULL};
    size_t index;
    json_t *rule;
    listing->table = table_new(titles);
    json_array_foreach(json_object_get(ready, "rules"), index, rule)
        show(listing, rule, "live", (int)index + 1);
    json_array_foreach(json_object_get(ready, "disabled"), index, rule)
        show(listing, rule, "disabled", 0);
    table_print(listing->table);
}

/* The ledger's counts; false after the error was printed. Where nothing ran yet there is no ledger, and that
 * is no error unless it is asked for. */
static bool read_counts(struct listing *listing)
{
    g_autofree char *path = g_build_filename(listing->config->store, "ledger.db", NULL);
    g_autoptr(GError) error = NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS) && !listing->unused && !listing->silent)
        return true;
    g_autoptr(ledger) ledger = options_ledger("rules", listing->config);
    if (ledger == NULL)
        return false;
    listing->counts = ledger_rule_counts(ledger, &error);
    listing->shadows = listing->counts != NULL ? ledger_shadow_counts(ledger, &error) : NULL;
    if (error != NULL)
        options_fail("rules", error->message);
    return listing->shadows != NULL;
}

static bool is_known(const json_t *categories, const char *name)
{
    size_t index;
    json_t *known;
    if (name == NULL)
        return true;
    json_array_foreach((json_t *)categories, index, known)
        if (strcmp(json_string_value(known), name) == 0)
            return true;
    const char *near = nearest_name(categories, NULL, name);
    g_autofree char *what =
        g_strdup_printf("there is no category '%s'%s%s%s", name, near != NULL ? " (did you mean '" : "",
                        near != NULL ? near : "", near != NULL ? "'?)" : "");
    options_fail("rules", what);
    return false;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct deciding deciding;
    gboolean unused = FALSE, silent = FALSE;
    gint64 months = LEDGER_SILENT_MONTHS;
    g_autofree char *category = NULL;
    char **rest;
    const GOptionEntry own[] = {
        {"category", 0, 0, G_OPTION_ARG_STRING, &category, "those of this category", "NAME"},
        {"unused", 0, 0, G_OPTION_ARG_NONE, &unused, "those that have decided no mail", NULL},
        {"silent", 0, 0, G_OPTION_ARG_NONE, &silent,
         "those that had mail regularly, and have had none for months", NULL},
        {"months", 0, 0, G_OPTION_ARG_INT64, &months, "after how many months a rule is silent (default: 3)",
         "N"},
        {NULL},
    };
    if (!options_parse(&command_rules, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    if (months < 1 || months > 1200) {
        options_fail("rules", "--months needs a number from 1 to 1200");
        return EXIT_USAGE;
    }
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    struct listing listing = {.config = config,
                              .category = category,
                              .unused = unused,
                              .silent = silent,
                              .json = common.json,
                              .months = months,
                              .now = time_now()};
    int status = EXIT_NO;
    if (deciding_start(&deciding, config, true)) {
        deciding_print_problems(&deciding, json_object_get(deciding.ready, "errors"), "");
        if (!is_known(json_object_get(deciding.ready, "categories"), category)) {
            status = EXIT_USAGE;
        } else if (read_counts(&listing)) {
            show_all(&listing, deciding.ready);
            status = EXIT_DONE;
        }
    }
    json_decref(listing.counts);
    json_decref(listing.shadows);
    deciding_stop(&deciding);
    return status;
}

const struct command command_rules = {
    .name = "rules",
    .arguments = "",
    .summary = "List the rules in the order of consideration, and how often each decided",
    .help =
        "MODE is live, shadow or disabled; general rules come after all others, and rules that add do not end the\n"
        "search. TESTS counts the tests that expect the rule, MAILS what stands as decided by it.\n"
        "LAST says `silent` of a rule that had at least four mails, one a month or more, and has had none for three\n"
        "months and three times as long as usual: AWS may have changed its words.\n\n"
        "Example: awsift rules --category maintenance",
    .run = run,
};
