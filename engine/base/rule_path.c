/* Names of a snapshot's files, turned into paths. */
#include "base/rule_path.h"
#include "base/json.h"
#include "base/paths.h"

#include <stdio.h>

char *rule_path(const struct config *config, const char *name)
{
    unsigned number;
    int length = 0;
    if (g_str_has_prefix(name, "awsift/"))
        return g_build_filename(path_data(), "scripts", name, NULL);
    if (sscanf(name, "rules/%9u/%n", &number, &length) >= 1 && length > 0 && number < config->rules->len)
        return g_build_filename(((struct config_rules *)config->rules->pdata[number])->path, name + length,
                                NULL);
    return g_strdup(name);
}

static gboolean name_replace(const GMatchInfo *match, GString *text, void *config)
{
    g_autofree char *name = g_match_info_fetch(match, 0);
    g_autofree char *path = rule_path(config, name);
    g_string_append(text, path);
    return FALSE;
}

char *rule_paths_for_people(const struct config *config, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autoptr(GRegex) name =
        g_regex_new("(?<![\\w/])(?:rules/[0-9]{1,9}|awsift)/[^\\s:]+\\.(?:lua|csv)(?![\\w.])", 0, 0, NULL);
    return g_regex_replace_eval(name, valid, -1, 0, 0, name_replace, (void *)config, NULL);
}

void rule_problem_for_people(const struct config *config, json_t *problem)
{
    const char *file = json_text(problem, "file"), *message = json_text(problem, "message");
    g_autofree char *path = file != NULL ? rule_path(config, file) : NULL,
                    *known = message != NULL ? rule_paths_for_people(config, message) : NULL;
    if (path != NULL)
        json_object_set_new(problem, "file", json_text_new(path));
    if (known != NULL)
        json_object_set_new(problem, "message", json_text_new(known));
}

static char *place_of(const json_t *problem)
{
    const char *file = json_text(problem, "file");
    int64_t line = json_number(problem, "line", 0), column = json_number(problem, "column", 0);
    if (file == NULL)
        return g_strdup("");
    if (line <= 0)
        return g_strdup_printf("%s: ", file);
    return column > 0 ? g_strdup_printf("%s:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT ": ", file, line, column)
                      : g_strdup_printf("%s:%" G_GINT64_FORMAT ": ", file, line);
}

char *rule_problem_text(const json_t *problem, const char *what)
{
    const char *test = json_text(problem, "name");
    g_autofree char *place = place_of(problem),
                    *failed = test != NULL ? g_strdup_printf("test '%s' failed: ", test) : NULL;
    return g_strconcat(place, failed != NULL ? failed : what,
                       json_text_or(problem, "message", "an error without words"), NULL);
}
