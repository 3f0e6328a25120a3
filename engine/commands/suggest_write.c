/* Writing suggestions into a rule folder: one file of rules, one of tests, a fixture each. What is there
 * stays: a name that is taken ends it before anything was written. */
#include "commands/suggest_write.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/times.h"
#include "mail/compose.h"

#include <string.h>
#include <sys/stat.h>

enum { FIRST_NUMBER = 80, LAST_NUMBER = 99 };

GBytes *suggest_fixture(const json_t *suggestion)
{
    const json_t *fixture = json_object_get(suggestion, "fixture");
    const char *event_type = json_text(fixture, "event_type");
    int64_t date = 0;
    GString *mail = g_string_new(NULL);
    g_string_append_printf(mail, "From: %s\nTo: user@example.com\n", json_text_or(fixture, "from", ""));
    if (json_text(fixture, "date") != NULL && time_parse(json_text(fixture, "date"), &date))
        compose_append_date(mail, date);
    g_string_append_printf(mail, "Message-ID: <%s@example.com>\n", json_text_or(suggestion, "id", ""));
    compose_append_header(mail, "Subject", json_text_or(fixture, "subject", ""));
    if (event_type != NULL)
        compose_append_header(mail, "X-SM-COMMUNICATION-TYPE", event_type);
    g_string_append_printf(mail,
                           "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                           "Content-Transfer-Encoding: 8bit\n\n%s\n",
                           json_text_or(fixture, "text", ""));
    return g_string_free_to_bytes(mail);
}

static bool write_text(const char *path, const char *text, GError **error)
{
    return file_write_durable(path, text, strlen(text), error);
}

static char *fixture_path(const char *folder, const json_t *suggestion)
{
    g_autofree char *name = g_strconcat(json_text_or(suggestion, "id", ""), ".eml", NULL);
    return g_build_filename(folder, "tests", "fixtures", name, NULL);
}

static bool write_fixture(const char *folder, const json_t *suggestion, GError **error)
{
    g_autofree char *path = fixture_path(folder, suggestion);
    g_autoptr(GBytes) mail = suggest_fixture(suggestion);
    gsize size;
    const void *bytes = g_bytes_get_data(mail, &size);
    return file_write_durable(path, bytes, size, error);
}

static bool folders_make(const char *folder, GError **error)
{
    g_autofree char *fixtures = g_build_filename(folder, "tests", "fixtures", NULL);
    return folder_make(fixtures, error);
}

static bool is_free(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return true;
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "%s is there already and is not overwritten: move it away, or name another folder", path);
    return false;
}

/* The first pair of names that is free. */
static bool name_files(const char *folder, char **rules, char **tests, GError **error)
{
    for (int number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
        g_autofree char *name = g_strdup_printf("%d-suggested.lua", number);
        g_autofree char *rule_file = g_build_filename(folder, name, NULL),
                        *test_file = g_build_filename(folder, "tests", name, NULL);
        if (is_free(rule_file, NULL) && is_free(test_file, NULL)) {
            *rules = g_steal_pointer(&rule_file);
            *tests = g_steal_pointer(&test_file);
            return true;
        }
    }
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO,
                "%s holds %d-suggested.lua to %d-suggested.lua already: rename those that you keep", folder,
                FIRST_NUMBER, LAST_NUMBER);
    return false;
}

static bool is_configured(const struct config *config, const char *folder)
{
    struct stat this, other;
    bool found = false;
    for (guint i = 0; i < config->rules->len && stat(folder, &this) == 0 && !found; i++)
        found = stat(((struct config_rules *)config->rules->pdata[i])->path, &other) == 0 &&
                file_is_same(&this, &other);
    return found;
}

static void name_categories(GString *rules, const json_t *suggestions)
{
    g_autoptr(json_t) used = json_object();
    size_t index;
    json_t *suggestion;
    json_array_foreach((json_t *)suggestions, index, suggestion)
        if (json_flag(suggestion, "sound"))
            json_object_set_new(used, json_text_or(suggestion, "category", ""), json_true());
    g_autoptr(json_t) names = json_keys(used);
    json_array_foreach(names, index, suggestion)
        g_string_append_printf(rules, "category \"%s\" {}\n", json_string_value(suggestion));
}

char *suggest_write(const struct config *config, const char *folder, const json_t *suggestions,
                    GError **error)
{
    g_autofree char *rule_file = NULL, *test_file = NULL;
    g_autoptr(GString)
        rules = g_string_new("-- Suggested by awsift from mail that no rule knew. Look at each: "
                             "category, placeholders, advice.\n"),
        tests = g_string_new("-- One mail of each kind, with accounts, ids and names masked.\n");
    size_t index;
    json_t *suggestion;
    if (!folders_make(folder, error) || !name_files(folder, &rule_file, &test_file, error))
        return NULL;
    if (!is_configured(config, folder))
        name_categories(rules, suggestions);
    json_array_foreach((json_t *)suggestions, index, suggestion) {
        g_autofree char *path = fixture_path(folder, suggestion);
        if (!json_flag(suggestion, "sound"))
            continue;
        if (!is_free(path, error))
            return NULL;
        g_string_append_printf(rules, "\n%s", json_text_or(suggestion, "rule", ""));
        g_string_append_printf(tests, "\n%s", json_text_or(suggestion, "file_test", ""));
    }
    /* The rules last: whoever watches the folder finds their tests there. */
    json_array_foreach((json_t *)suggestions, index, suggestion)
        if (json_flag(suggestion, "sound") && !write_fixture(folder, suggestion, error))
            return NULL;
    if (!write_text(test_file, tests->str, error) || !write_text(rule_file, rules->str, error))
        return NULL;
    return g_steal_pointer(&rule_file);
}

bool suggest_write_one(const char *folder, const char *name, const json_t *suggestion, GError **error)
{
    g_autofree char *file = g_strconcat(name, ".lua", NULL), *pasted = g_strconcat(name, "-pasted.lua", NULL);
    g_autofree char *rule_file = g_build_filename(folder, file, NULL),
                    *test_file = g_build_filename(folder, "tests", file, NULL),
                    *pasted_file = g_build_filename(folder, "tests", pasted, NULL);
    return folders_make(folder, error) && write_fixture(folder, suggestion, error) &&
           write_text(test_file, json_text_or(suggestion, "file_test", ""), error) &&
           write_text(pasted_file, json_text_or(suggestion, "test", ""), error) &&
           write_text(rule_file, json_text_or(suggestion, "rule", ""), error);
}
