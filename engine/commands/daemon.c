/* Asking the daemon. One that was stopped accepts a request and never answers it, so one that may take long
 * is preceded by a short one. Where nobody listens, the lock of the store tells whether a daemon runs: it is
 * held from the start to the end, by a process that has its file open. Looking must not lock, or a daemon
 * that starts at that moment would take us for another one. */
#include "commands/daemon.h"
#include "commands/options.h"
#include "keeper/control.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

#include <string.h>
#include <sys/stat.h>

enum {
    SHORT = 15000, /* ms in which a daemon that is well says how it is */
    GRACE = 1000,  /* ms between the lock and the socket, at the start and at the end */
    LOOK = 50,
};

static bool has_open(int process, const struct stat *file)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", process);
    g_autoptr(GDir) descriptors = g_dir_open(path, 0, NULL);
    const char *name;
    while (descriptors != NULL && (name = g_dir_read_name(descriptors)) != NULL) {
        g_autofree char *link = g_build_filename(path, name, NULL);
        struct stat other;
        if (stat(link, &other) == 0 && file_is_same(file, &other))
            return true;
    }
    return false;
}

/* The process that holds the store, 0 when none does. */
static int holder(const struct config *config)
{
    g_autofree char *path = g_build_filename(config->store, "lock", NULL), *text = NULL;
    struct stat status;
    if (stat(path, &status) != 0 || !g_file_get_contents(path, &text, NULL, NULL))
        return 0;
    int process = (int)CLAMP(g_ascii_strtoll(text, NULL, 10), 0, G_MAXINT);
    return process > 0 && has_open(process, &status) ? process : 0;
}

static json_t *ask_patiently(const struct config *config, const json_t *request, int patience, GError **error)
{
    for (int waited = 0;; waited += LOOK) {
        g_autoptr(GError) failure = NULL;
        json_t *answer = control_ask(config, request, patience, &failure);
        int process = g_error_matches(failure, AWSIFT_ERROR, AWSIFT_ERROR_GONE) ? holder(config) : 0;
        if (answer != NULL || process == 0) {
            if (failure != NULL)
                g_propagate_error(error, g_steal_pointer(&failure));
            return answer;
        }
        if (waited >= GRACE) {
            g_autofree char *socket = control_path(config);
            g_set_error(
                error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY,
                "awsift runs on %s (pid %d), but nobody listens at its control socket %s: unless it has just "
                "been started, end it (kill %d) and start it again",
                config->store, process, socket, process);
            return NULL;
        }
        g_usleep(LOOK * 1000);
    }
}

json_t *daemon_ask(const struct config *config, const json_t *request, int patience, GError **error)
{
    if (patience >= 0 && patience <= SHORT)
        return ask_patiently(config, request, patience, error);
    g_autoptr(json_t) question = json_pack("{s:s}", "command", "status");
    g_autoptr(json_t) status = ask_patiently(config, question, SHORT, error);
    return status != NULL ? ask_patiently(config, request, patience, error) : NULL;
}

static json_t *write_here(const struct config *config, const json_t *request, daemon_write write,
                          GError **error)
{
    g_autoptr(ledger) ledger = options_ledger_to_write(config, error);
    if (ledger == NULL || !ledger_begin(ledger, error))
        return NULL;
    g_autoptr(json_t) answer = write(ledger, request, error);
    if (answer != NULL && ledger_commit(ledger, error))
        return g_steal_pointer(&answer);
    ledger_rollback(ledger);
    return NULL;
}

/* What another process, or room on the disk, may make possible. */
static bool may_work_later(const GError *error)
{
    return g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_BUSY) ||
           g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_FULL);
}

json_t *daemon_write_down(const char *command, const struct config *config, const json_t *request,
                          int patience, daemon_write write, int *status)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) answer = daemon_ask(config, request, patience, &error);
    if (answer == NULL && g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE)) {
        g_clear_error(&error);
        answer = write_here(config, request, write, &error);
    }
    if (json_flag(answer, "ok"))
        return g_steal_pointer(&answer);
    *status = json_flag(answer, "again") || may_work_later(error) ? EXIT_TRY_AGAIN : EXIT_NO;
    options_fail(command, answer != NULL ? json_text_or(answer, "error", "no answer") : error->message);
    return NULL;
}
