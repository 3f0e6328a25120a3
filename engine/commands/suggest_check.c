/* Trying suggestions: they are written into a folder of their own in front of the rules, each as a file,
 * their tests are run, and all mails are decided once more. Whatever is then other than it shall be is a
 * problem of the suggestion that it is about. Files are durable for nothing here: the folder goes when all is
 * known. */
#include "commands/suggest_check.h"
#include "commands/suggest_write.h"
#include "base/files.h"
#include "base/json.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LOADS_MOST = 3 };

struct trial {
    json_t *suggestions;
    char *folder;
    GHashTable *owners; /* name of a mail -> number of the suggestion that it belongs to */
    GHashTable *ids;    /* rule id -> number of the suggestion */
    GHashTable *before; /* struct suggest_mails.rules */
};

static void add_problem(json_t *suggestion, const char *text)
{
    json_t *problems = json_object_get(suggestion, "problems");
    if (json_array_size(problems) < 5)
        json_array_append_new(problems, json_text_new(text));
    json_object_set_new(suggestion, "verified", json_false());
}

static void break_down(json_t *suggestion, const char *what, const char *why)
{
    g_autofree char *text = g_strconcat(what, why, NULL);
    json_object_set_new(suggestion, "sound", json_false());
    add_problem(suggestion, text);
}

/* "rules/0/0003.lua", "rules/0/tests/0003-pasted.lua" -> the suggestion; NULL for another file. */
static json_t *suggestion_of(const struct trial *trial, const char *file)
{
    unsigned number;
    if (sscanf(file, "rules/0/%4u", &number) != 1 && sscanf(file, "rules/0/tests/%4u", &number) != 1)
        return NULL;
    return json_array_get(trial->suggestions, number);
}

static void forget_files(const struct trial *trial, const char *below)
{
    g_autofree char *path = g_build_filename(trial->folder, below, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (!g_file_test(file, G_FILE_TEST_IS_DIR))
            file_remove(file, NULL);
    }
}

static void trial_end(struct trial *trial)
{
    static const char *const below[] = {"tests/fixtures", "tests", ""};
    for (size_t i = 0; trial->folder != NULL && i < G_N_ELEMENTS(below); i++) {
        g_autofree char *path = g_build_filename(trial->folder, below[i], NULL);
        forget_files(trial, below[i]);
        g_rmdir(path);
    }
    g_free(trial->folder);
    g_hash_table_unref(trial->owners);
    g_hash_table_unref(trial->ids);
}

/* Those that load, so far. */
static bool write_all(const struct trial *trial, GError **error)
{
    size_t index;
    json_t *suggestion;
    forget_files(trial, "");
    forget_files(trial, "tests");
    json_array_foreach(trial->suggestions, index, suggestion) {
        g_autofree char *name = g_strdup_printf("%04zu", index);
        if (json_flag(suggestion, "sound") && !suggest_write_one(trial->folder, name, suggestion, error))
            return false;
    }
    return true;
}

static struct config *config_with(const struct trial *trial, const struct common_options *common)
{
    struct config *config = options_config(common);
    if (config == NULL)
        return NULL;
    struct config_rules *rules = g_new0(struct config_rules, 1);
    rules->path = g_strdup(trial->folder);
    g_ptr_array_insert(config->rules, 0, rules);
    return config;
}

/* How many suggestions do not load. */
static unsigned note_errors(const struct trial *trial, const json_t *errors)
{
    unsigned broken = 0;
    size_t index;
    json_t *error;
    json_array_foreach((json_t *)errors, index, error) {
        json_t *suggestion = suggestion_of(trial, json_text_or(error, "file", ""));
        if (suggestion == NULL)
            continue;
        broken += json_flag(suggestion, "sound");
        break_down(suggestion, "it does not load: ", json_text_or(error, "message", ""));
    }
    return broken;
}

/* The rule that decided where a test of another rule expected that one; NULL when it fails for something
 * else. */
static const char *rule_instead(const json_t *result)
{
    size_t index;
    json_t *difference;
    json_array_foreach(json_object_get(result, "differences"), index, difference)
        if (strcmp(json_text_or(difference, "path", ""), "rule") == 0)
            return json_text(difference, "got");
    return NULL;
}

static void note_tests(const struct trial *trial, const json_t *results)
{
    size_t index;
    json_t *result;
    json_array_foreach((json_t *)results, index, result) {
        if (json_flag(result, "passed"))
            continue;
        json_t *suggestion = suggestion_of(trial, json_text_or(result, "file", ""));
        if (suggestion != NULL) {
            const char *instead = rule_instead(result);
            g_autofree char *why =
                instead != NULL ? g_strconcat("rule ", instead, " decides its mail", NULL)
                                : g_strdup(json_text_or(result, "message", "its mail is decided otherwise"));
            break_down(suggestion, "its own test fails: ", why);
            continue;
        }
        const char *rule = rule_instead(result);
        gpointer number;
        if (rule != NULL && g_hash_table_lookup_extended(trial->ids, rule, NULL, &number)) {
            g_autofree char *text = g_strconcat("with it, the test '", json_text_or(result, "name", ""),
                                                "' of another rule fails", NULL);
            add_problem(json_array_get(trial->suggestions, GPOINTER_TO_SIZE(number)), text);
        }
    }
}

static void on_again(const char *name, json_t *answer, const GError *error, void *data)
{
    const struct trial *trial = data;
    const json_t *decision = json_object_get(answer, "decision");
    const char *rule = json_text(decision, "rule");
    gpointer owner, taker;
    bool owned = g_hash_table_lookup_extended(trial->owners, name, NULL, &owner);
    bool taken = rule != NULL && g_hash_table_lookup_extended(trial->ids, rule, NULL, &taker);
    if (owned && taken && owner == taker)
        return;
    const char *before = g_hash_table_lookup(trial->before, name);
    if (owned) {
        g_autofree char *text =
            g_strdup_printf("it does not match its mail %s, which %s%s", name,
                            rule != NULL ? "is decided by " : "no rule matches", rule != NULL ? rule : "");
        add_problem(json_array_get(trial->suggestions, GPOINTER_TO_SIZE(owner)), text);
    }
    if (taken) {
        g_autofree char *text =
            before != NULL && before[0] != '\0'
                ? g_strdup_printf("it takes mail %s, which is decided by %s", name, before)
                : g_strdup_printf("it takes mail %s, which is of another kind", name);
        add_problem(json_array_get(trial->suggestions, GPOINTER_TO_SIZE(taker)), text);
    }
}

static void trial_begin(struct trial *trial, json_t *suggestions, const struct suggest_mails *mails)
{
    size_t index, at;
    json_t *suggestion, *number;
    *trial = (struct trial){
        .suggestions = suggestions,
        .owners = g_hash_table_new(g_str_hash, g_str_equal),
        .ids = g_hash_table_new(g_str_hash, g_str_equal),
        .before = mails->rules,
    };
    json_array_foreach(suggestions, index, suggestion) {
        json_object_set_new(suggestion, "sound", json_true());
        json_object_set_new(suggestion, "verified", json_true());
        json_object_set_new(suggestion, "problems", json_array());
        g_hash_table_insert(trial->ids, (void *)json_text_or(suggestion, "id", ""), GSIZE_TO_POINTER(index));
        json_array_foreach(json_object_get(suggestion, "members"), at, number) {
            const json_t *mail = json_array_get(mails->unknown, (size_t)json_integer_value(number) - 1);
            g_hash_table_insert(trial->owners, (void *)json_text_or(mail, "name", ""),
                                GSIZE_TO_POINTER(index));
        }
    }
}

/* A decider with those suggestions that load; false after the error was printed. */
static bool start(struct trial *trial, const struct common_options *common, struct deciding *deciding)
{
    g_autoptr(json_t) tests = json_pack("{s:b}", "results", 1);
    for (int load = 0; load < LOADS_MOST; load++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) problems = json_array();
        if (!write_all(trial, &error)) {
            options_fail("suggest", error->message);
            return false;
        }
        struct config *config = config_with(trial, common);
        if (config == NULL)
            return false;
        bool started = deciding_start_checked(deciding, config, tests, problems);
        if (started && note_errors(trial, json_object_get(deciding->ready, "errors")) == 0)
            return true;
        if (!started)
            deciding_print_problems(deciding, problems, "");
        deciding_stop(deciding);
        if (!started)
            return false;
    }
    options_fail("suggest", "what is suggested could not be tried: see the problems of each");
    return false;
}

bool suggest_check(json_t *suggestions, struct suggest_mails *mails, const struct common_options *common)
{
    struct trial trial;
    struct deciding deciding;
    trial_begin(&trial, suggestions, mails);
    trial.folder = g_build_filename(g_get_tmp_dir(), "awsift-suggest-XXXXXX", NULL);
    if (g_mkdtemp(trial.folder) == NULL) {
        options_fail("suggest",
                     "no folder for trying the suggestions can be made in the folder for temporary files");
        g_clear_pointer(&trial.folder, g_free);
    }
    bool good = trial.folder != NULL && start(&trial, common, &deciding);
    if (good) {
        note_tests(&trial, json_object_get(json_object_get(deciding.ready, "tests"), "results"));
        suggest_mails_again(mails, &deciding, on_again, &trial);
        deciding_stop(&deciding);
    }
    trial_end(&trial);
    return good;
}
