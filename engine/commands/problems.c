/* Finding what is wrong: the configuration is read, a decider loads the rules and runs their tests, and all
 * that either says is brought into one object. What cannot be used or read is named, and the rest is checked
 * without it. */
#include "commands/problems.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "base/times.h"

#include <stdio.h>

/* Names that the configuration lacks are errors of `check`, and nothing to `test`: rules with such names go
 * live, and are tested without any configuration. */
static void sort_out_names(json_t *ready, bool only_tests)
{
    json_t *warnings = json_array(), *warning, *errors = json_object_get(ready, "errors");
    size_t index;
    json_array_foreach(json_object_get(ready, "warnings"), index, warning) {
        bool is_name = json_object_get(warning, "unknown_name") != NULL;
        if (!is_name || !only_tests)
            json_array_append(json_flag(warning, "unknown_name") ? errors : warnings, warning);
    }
    json_object_set_new(ready, "warnings", warnings);
}

static bool is_beside(const json_t *warning, const json_t *error)
{
    const char *rule = json_text(warning, "rule");
    bool same_line = g_strcmp0(json_text(warning, "file"), json_text(error, "file")) == 0 &&
                     json_number(warning, "line", 0) == json_number(error, "line", 0);
    return same_line || (rule != NULL && g_strcmp0(rule, json_text(error, "rule")) == 0);
}

/* What is doubtful about a statement that has an error, most often is so for that. */
static void leave_doubts_beside_errors(json_t *ready)
{
    json_t *warnings = json_array(), *warning, *error;
    size_t index, other;
    json_array_foreach(json_object_get(ready, "warnings"), index, warning) {
        bool beside = false;
        json_array_foreach(json_object_get(ready, "errors"), other, error)
            beside = beside || is_beside(warning, error);
        if (!beside)
            json_array_append(warnings, warning);
    }
    json_object_set_new(ready, "warnings", warnings);
}

/* Contacts' time zones, which a jailed decider cannot look for. */
static void check_time_zones(json_t *ready)
{
    const char *name;
    json_t *place;
    json_object_foreach(json_object_get(ready, "time_zones"), name, place) {
        if (!time_zone_missing(name))
            continue;
        g_autofree char *message =
            g_strdup_printf("the time zone '%s' of a contact is not in this system's time "
                            "zone database; write a name such as Asia/Tokyo",
                            name);
        json_array_append_new(json_object_get(ready, "errors"),
                              json_pack("{s:O, s:O, s:o}", "file", json_object_get(place, "file"), "line",
                                        json_object_get(place, "line"), "message", json_text_new(message)));
    }
    json_object_del(ready, "time_zones");
}

static void name_for_people(const struct config *config, json_t *problems)
{
    size_t index;
    json_t *problem;
    json_array_foreach(problems, index, problem)
        rule_problem_for_people(config, problem);
}

/* What actions said of themselves when they were rehearsed. */
static void name_results_for_people(const struct config *config, json_t *results)
{
    size_t index, i;
    json_t *result, *difference;
    json_array_foreach(results, index, result) {
        json_array_foreach(json_object_get(result, "differences"), i, difference) {
            json_t *got = json_object_get(difference, "got"), *reason = json_object_get(got, "reason");
            const char *text = json_string_value(reason != NULL ? reason : got);
            if (text == NULL || !g_str_has_prefix(json_text_or(difference, "path", ""), "results["))
                continue;
            g_autofree char *known = rule_paths_for_people(config, text);
            json_object_set_new(reason != NULL ? got : difference, reason != NULL ? "reason" : "got",
                                json_text_new(known));
        }
    }
}

/* What the decider found, for people and programs. The caller owns it. */
static json_t *found(const struct deciding *deciding, bool only_tests)
{
    json_t *ready = json_deep_copy(deciding->ready);
    sort_out_names(ready, only_tests);
    leave_doubts_beside_errors(ready);
    check_time_zones(ready);
    name_for_people(deciding->config, json_object_get(ready, "rules"));
    name_for_people(deciding->config, json_object_get(ready, "errors"));
    name_for_people(deciding->config, json_object_get(ready, "warnings"));
    name_for_people(deciding->config, json_object_get(json_object_get(ready, "tests"), "failed"));
    name_for_people(deciding->config, json_object_get(json_object_get(ready, "tests"), "results"));
    name_results_for_people(deciding->config, json_object_get(json_object_get(ready, "tests"), "results"));
    name_for_people(deciding->config, json_object_get(json_object_get(ready, "coverage"), "files"));
    name_for_people(deciding->config, json_object_get(json_object_get(ready, "coverage"), "unreached"));
    return ready;
}

static json_t *nothing_found(void)
{
    return json_pack("{s:[], s:[], s:[], s:{s:i, s:[]}}", "rules", "errors", "warnings", "tests", "passed", 0,
                     "failed");
}

bool problems_find(struct problems *problems, const struct common_options *common, const json_t *tests)
{
    *problems = (struct problems){0};
    g_autoptr(json_t) errors = json_array();
    struct config *config = options_config_checked(common, errors);
    if (config == NULL && json_array_size(errors) == 0)
        return false;
    g_autoptr(json_t) review = json_pack("{s:b}", "review", 1);
    problems->started = config != NULL && deciding_start_checked(&problems->deciding, config,
                                                                 tests != NULL ? tests : review, errors);
    problems->deciding.config = config;
    problems->found = problems->started ? found(&problems->deciding, tests != NULL) : nothing_found();
    json_array_extend(errors, json_object_get(problems->found, "errors"));
    json_object_set(problems->found, "errors", errors);
    return true;
}

void problems_clear(struct problems *problems)
{
    json_decref(problems->found);
    if (problems->deciding.config != NULL)
        deciding_stop(&problems->deciding);
}

size_t problems_count(const json_t *found, const char *key)
{
    return json_array_size(json_object_get(found, key));
}

void problems_complete(json_t *list, const char *severity, const char *code)
{
    size_t index;
    json_t *problem;
    json_array_foreach(list, index, problem) {
        json_object_set_new(problem, "severity", json_string(severity));
        json_object_del(problem, "unknown_name");
        if (json_object_get(problem, "column") == NULL)
            json_object_set_new(problem, "column", json_integer(1));
        if (json_object_get(problem, "code") == NULL)
            json_object_set_new(problem, "code", json_string(code));
        if (json_object_get(problem, "rule") == NULL)
            json_object_set_new(problem, "rule", json_null());
    }
}

void problems_print(const json_t *list, const char *what)
{
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)list, index, problem) {
        g_autofree char *text = rule_problem_text(problem, what);
        fprintf(stderr, "%s\n", text);
    }
}
