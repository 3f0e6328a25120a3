/* Finding and reading the configuration. The Lua runs in a forked child that writes JSON (or the error) to a
 * pipe; it has 10 s. */
#include "rules/config_load.h"
#include "rules/lua_config.h"
#include "base/error.h"
#include "base/json.h"
#include "base/paths.h"

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
                        "%s: %s; name an existing file with --config", candidate, g_strerror(errno));
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
    g_autoptr(json_t) config = lua_config_read(file, base, &error);
    g_autofree char *text = config != NULL ? json_canonical(config) : g_strconcat("!", error->message, NULL);
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
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                "%s:1: reading it did not end within %d s; look for an endless loop",
                file != NULL ? file : "the embedded configuration", SECONDS);
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

struct config *config_load(const char *path, const char *rules, GError **error)
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
    if (answer[0] == '!') {
        g_set_error_literal(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG, answer + 1);
        return NULL;
    }
    g_autoptr(json_t) config = json_loads(answer, 0, NULL);
    if (config != NULL && rules != NULL)
        use_only(config, rules);
    return config_from_json(config, error);
}

struct snapshot *config_snapshot(const struct config *config, GError **error)
{
    g_autofree char *scripts = g_build_filename(path_data(), "scripts", "awsift", NULL);
    g_autoptr(GPtrArray) folders = g_ptr_array_new();
    for (guint i = 0; i < config->rules->len; i++)
        g_ptr_array_add(folders, ((struct config_rules *)config->rules->pdata[i])->path);
    g_ptr_array_add(folders, NULL);
    return snapshot_take(scripts, (const char *const *)folders->pdata, error);
}
