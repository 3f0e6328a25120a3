/* Finding and reading the configuration. The Lua runs in a forked child that writes JSON (or the error) to a
 * pipe; it has 10 s. */
#include "rules/config_load.h"
#include "rules/lua_config.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/rule_path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 10, ANSWER_MAXIMUM = 4 << 20 };

/* NULL with no error: the embedded defaults. */
static char *find_file(const char *given, GError **error)
{
    const char *candidate = given != NULL ? given : g_getenv("AWSIFT_CONFIG");
    if (candidate != NULL) {
        char *path = realpath(candidate, NULL);
        if (path == NULL)
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                        "%s: the configuration cannot be read: %s; name an existing file %s", candidate,
                        g_strerror(errno), given != NULL ? "with --config" : "in AWSIFT_CONFIG, or unset it");
        char *copy = g_strdup(path);
        free(path);
        return copy;
    }
    static const char *const places[] = {"awsift.lua", "/etc/awsift/awsift.lua"};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        if (g_file_test(places[i], G_FILE_TEST_EXISTS))
            return g_canonicalize_filename(places[i], NULL);
    return NULL;
}

static void evaluate(int out, const char *file, const char *base)
{
    g_autoptr(GError) error = NULL;
    alarm(SECONDS);
    g_autoptr(json_t) read = lua_config_read(file, base, &error);
    g_autofree char *text = read != NULL ? json_canonical(read) : g_strconcat("!", error->message, NULL);
    for (size_t done = 0, length = strlen(text); done < length;) {
        ssize_t wrote = write(out, text + done, length - done);
        if (wrote <= 0)
            _exit(1);
        done += (size_t)wrote;
    }
    _exit(0);
}

static char *read_answer(int in)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[4096];
    ssize_t got;
    while (text->len < ANSWER_MAXIMUM &&
           ((got = read(in, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)))
        if (got > 0)
            g_string_append_len(text, buffer, got);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Its clock ended it, or somebody else did: the kernel for one, where memory is short. */
static char *why_unread(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return g_strdup_printf("reading it did not end within %d s; look for an endless loop", SECONDS);
    if (WIFSIGNALED(status))
        return g_strdup_printf(
            "the process that read it was ended (%s); try again, and see whether memory is short",
            strsignal(WTERMSIG(status)));
    return g_strdup("it could not be read in a process of its own; try again");
}

static char *evaluate_in_child(const char *file, const char *base, GError **error)
{
    int ends[2];
    if (pipe(ends) != 0) {
        error_set_errno(error, errno, "cannot read the configuration");
        return NULL;
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        evaluate(ends[1], file, base);
    }
    close(ends[1]);
    char *answer = read_answer(ends[0]);
    close(ends[0]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return answer;
    g_autofree char *why = why_unread(status);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, "%s:1: %s",
                file != NULL ? file : "the embedded configuration", why);
    g_free(answer);
    return NULL;
}

static void use_only(json_t *config, const char *rules)
{
    g_autofree char *path = g_canonicalize_filename(rules, NULL),
                    *shipped = g_build_filename(path_data(), "rules.d", NULL);
    json_object_set_new(config, "rules",
                        json_pack("[{s:s, s:b, s:b}]", "path", path, "require_tests", 0, "shipped",
                                  strcmp(path, shipped) == 0));
}

/* {"config", "errors"} of the file that is found. The caller owns it. */
static json_t *read_file(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *file = find_file(path, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    g_autofree char *base = file != NULL ? g_path_get_dirname(file) : g_get_current_dir();
    g_autofree char *answer = evaluate_in_child(file, base, error);
    if (answer == NULL)
        return NULL;
    json_t *read = answer[0] != '!' ? json_loads(answer, 0, NULL) : NULL;
    if (read == NULL)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, "%s",
                    answer[0] == '!' ? answer + 1 : "the configuration is too large to be read");
    return read;
}

struct config *config_load_checked(const char *path, const char *rules, json_t *problems, GError **error)
{
    g_autoptr(json_t) read = read_file(path, error);
    json_t *config = json_object_get(read, "config");
    json_array_extend(problems, json_object_get(read, "errors"));
    if (!json_is_object(config))
        return NULL;
    if (rules != NULL)
        use_only(config, rules);
    return config_from_json(config, json_array_size(problems) == 0 ? error : NULL);
}

static char *lines_of(const json_t *problems)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)problems, index, problem) {
        g_autofree char *line = rule_problem_text(problem, "");
        g_string_append_printf(text, "%s%s", index > 0 ? "\n" : "", line);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

struct config *config_load(const char *path, const char *rules, GError **error)
{
    g_autoptr(json_t) problems = json_array();
    struct config *config = config_load_checked(path, rules, problems, error);
    if (json_array_size(problems) == 0)
        return config;
    config_free(config);
    g_autofree char *lines = lines_of(problems);
    g_set_error_literal(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, lines);
    return NULL;
}

struct unread {
    const struct config *config;
    json_t *problems;
};

static const struct config_rules *rules_at(const struct config *config, const char *path)
{
    for (guint i = 0; config->file != NULL && i < config->rules->len; i++) {
        const struct config_rules *rules = config->rules->pdata[i];
        if (rules->line > 0 && strcmp(rules->path, path) == 0)
            return rules;
    }
    return NULL;
}

/* A folder is named where the configuration names it. */
static void note_unread(const char *path, const char *why, void *data)
{
    struct unread *unread = data;
    const struct config_rules *rules = rules_at(unread->config, path);
    g_autofree char *message =
        rules != NULL ? g_strdup_printf("rules '%s' %s; correct the path, or make the folder", path, why)
                      : g_strdup_printf("%s; let this user read it, or take it away", why);
    json_array_append_new(unread->problems,
                          json_pack("{s:o, s:i, s:o}", "file",
                                    json_text_new(rules != NULL ? unread->config->file : path), "line",
                                    rules != NULL ? rules->line : 1, "message", json_text_new(message)));
}

struct snapshot *config_snapshot(const struct config *config, json_t *problems, GError **error)
{
    g_autofree char *scripts = g_build_filename(path_data(), "scripts", "awsift", NULL);
    g_autoptr(GPtrArray) folders = g_ptr_array_new();
    g_autoptr(json_t) unread = json_array();
    for (guint i = 0; i < config->rules->len; i++)
        g_ptr_array_add(folders, ((struct config_rules *)config->rules->pdata[i])->path);
    g_ptr_array_add(folders, NULL);
    struct unread noted = {config, problems != NULL ? problems : unread};
    struct snapshot *snapshot =
        snapshot_take_readable(scripts, (const char *const *)folders->pdata, note_unread, &noted, error);
    if (snapshot == NULL || json_array_size(unread) == 0)
        return snapshot;
    snapshot_free(snapshot);
    g_autofree char *lines = lines_of(unread);
    g_set_error_literal(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES, lines);
    return NULL;
}
