/* Deciding files: the command opens, the jailed decider reads. A folder stands for the files in it, a Maildir
 * for those in new/ and cur/, an mbox for its mails, "-" for standard input. */
#include "commands/decide_file.h"
#include "commands/output.h"
#include "rules/config_load.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/answer.h"
#include "mail/header_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The failure as a problem of the file that it names, else of the configuration. */
static void add_problem(json_t *problems, const struct config *config, const GError *error)
{
    const char *message = error != NULL ? error->message : "no decider could be started";
    const char *place =
        g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES) ? strstr(message, ":1: ") : NULL;
    g_autofree char *file = place != NULL ? g_strndup(message, place - message) : g_strdup(config->file);
    json_array_append_new(problems,
                          json_pack("{s:o, s:i, s:o}", "file", json_text_new(file), "line", 1, "message",
                                    json_text_new(place != NULL ? place + strlen(":1: ") : message)));
}

static bool start(struct deciding *deciding, struct config *config, const json_t *tests, bool list,
                  json_t *problems)
{
    g_autoptr(GError) error = NULL;
    *deciding = (struct deciding){.config = config};
    deciding->snapshot = config_snapshot(config, problems, &error);
    if (deciding->snapshot != NULL)
        deciding->client =
            decider_client_start(config, deciding->snapshot, tests, list, &deciding->ready, &error);
    if (deciding->client != NULL)
        return true;
    if (problems != NULL) {
        add_problem(problems, config, error);
        return false;
    }
    bool placed = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_RULES); /* it names file and line */
    fprintf(stderr, "%s%s\n",
            placed ? "" : "awsift: ", error != NULL ? error->message : "no decider could be started");
    return false;
}

bool deciding_start(struct deciding *deciding, struct config *config, bool list)
{
    return start(deciding, config, json_false(), list, NULL);
}

bool deciding_start_checked(struct deciding *deciding, struct config *config, const json_t *tests,
                            json_t *problems)
{
    return start(deciding, config, tests, false, problems);
}

void deciding_stop(struct deciding *deciding)
{
    decider_client_stop(deciding->client);
    snapshot_free(deciding->snapshot);
    config_free(deciding->config);
}

void deciding_print_problems(const struct deciding *deciding, const json_t *problems, const char *what)
{
    size_t index;
    json_t *problem;
    json_array_foreach((json_t *)problems, index, problem) {
        g_autoptr(json_t) shown = json_deep_copy(problem);
        rule_problem_for_people(deciding->config, shown);
        g_autofree char *text = rule_problem_text(shown, what);
        fprintf(stderr, "%s\n", text);
    }
}

/* What the decider says of rules names files of its snapshot; people know them under other names. */
static void name_for_people(const struct config *config, json_t *object, const char *key)
{
    const char *text = json_text(object, key);
    if (text == NULL)
        return;
    g_autofree char *known = rule_paths_for_people(config, text);
    json_object_set_new(object, key, json_text_new(known));
}

static void condition_for_people(const struct config *config, json_t *node)
{
    size_t index;
    json_t *inner;
    name_for_people(config, node, "error");
    json_array_foreach(json_object_get(node, "inner"), index, inner)
        condition_for_people(config, inner);
}

static void answer_for_people(const struct config *config, json_t *answer)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(json_object_get(answer, "explain"), "offered"), index, entry) {
        name_for_people(config, entry, "file");
        condition_for_people(config, json_object_get(entry, "condition"));
    }
    json_array_foreach(json_object_get(json_object_get(answer, "decision"), "errors"), index, entry)
        name_for_people(config, entry, "message");
}

enum { RULES_PASSED_OVER_MOST = 3 }; /* as for mail of the spools */

struct run {
    struct deciding *deciding;
    json_t *request;
    decided_mail each;
    void *data;
    unsigned unread;
    const char *spool; /* that the mail came through; NULL: the first one */
};

static const struct config_spool *spool_of(const struct run *run)
{
    const GPtrArray *spools = run->deciding->config->spools;
    for (guint i = 0; run->spool != NULL && i < spools->len; i++) {
        const struct config_spool *spool = spools->pdata[i];
        if (strcmp(spool->name, run->spool) == 0)
            return spool;
    }
    return spools->pdata[0];
}

static void decider_replace(struct deciding *deciding)
{
    decider_client_stop(deciding->client);
    deciding->client = decider_client_start(deciding->config, deciding->snapshot, json_false(), false,
                                            &deciding->ready, NULL);
}

/* Whether to try again without the rule that the decider was in; else the error says that none is to blame.
 */
static bool pass_over(json_t *request, json_t *losses, const struct decider_fault *fault, GError **error)
{
    json_t *skip = json_object_get(request, "skip"), *id;
    size_t index;
    bool again = false;
    json_array_foreach(skip, index, id)
        again = again || g_strcmp0(json_string_value(id), fault->rule) == 0;
    if (fault->rule == NULL || again) {
        g_autofree char *message =
            g_strdup_printf("%s; %s", (*error)->message,
                            fault->by_others ? "somebody else ended it: try again"
                                             : "no rule is to blame: it was over the mail itself");
        g_clear_error(error);
        g_set_error_literal(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, message);
        return false;
    }
    if (json_array_size(skip) == RULES_PASSED_OVER_MOST) {
        g_prefix_error(error, "without %d rules it was in rule %s: ", RULES_PASSED_OVER_MOST, fault->rule);
        return false;
    }
    g_clear_error(error);
    json_array_append_new(skip, json_string(fault->rule));
    json_array_append_new(
        losses, json_pack("{s:s, s:s, s:s}", "rule", fault->rule, "kind", fault->overran ? "time" : "crash",
                          "message",
                          fault->overran ? "a decider overran its time in it" : "a decider crashed in it"));
    return true;
}

/* A decider that stalls or dies over a rule is replaced, and the mail tried again without that rule. */
static json_t *ask(struct deciding *deciding, int mail, json_t *request, GError **error)
{
    g_autoptr(json_t) losses = json_array();
    json_t *answer, *loss;
    size_t index;
    bool again = true;
    while (again) {
        struct decider_fault fault = {0};
        answer = decider_client_ask(deciding->client, mail, request, &fault, error);
        again = false;
        if (answer == NULL && deciding->client != NULL &&
            g_error_matches(*error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD)) {
            again = pass_over(request, losses, &fault, error);
            decider_replace(deciding);
        }
        g_free(fault.rule);
    }
    if (answer == NULL)
        return NULL;
    json_array_foreach(losses, index, loss)
        answer_add_error(json_object_get(answer, "decision"), json_text(loss, "rule"),
                         json_text(loss, "kind"), json_text(loss, "message"));
    return answer;
}

static void decide_open(struct run *run, const char *name, int descriptor, int64_t arrival)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) request = json_deep_copy(run->request);
    const struct config_spool *spool = spool_of(run);
    json_object_set_new(request, "spool", json_string(spool->name));
    json_object_set_new(request, "file", json_text_new(name));
    json_object_set_new(request, "arrival", json_integer(arrival));
    json_object_set_new(request, "recipient", json_text_new(spool->recipient));
    json_object_set_new(request, "skip", json_array());
    g_autoptr(json_t) answer = ask(run->deciding, descriptor, request, &error);
    if (answer != NULL)
        answer_for_people(run->deciding->config, answer);
    run->unread += answer == NULL;
    run->each(name, answer, error, run->data);
    output_check();
}

static void fail_with(struct run *run, const char *name, const char *why)
{
    g_autoptr(GError) error = g_error_new_literal(AWSIFT_ERROR, AWSIFT_ERROR_IO, why);
    run->unread++;
    run->each(name, NULL, error, run->data);
}

static void fail(struct run *run, const char *name, int number)
{
    g_autofree char *why = g_strdup_printf("cannot be read: %s", g_strerror(number));
    fail_with(run, name, why);
}

static void decide_bytes(struct run *run, const char *name, const char *bytes, size_t length, int64_t arrival)
{
    int memory = memfd_create("awsift-mail", MFD_CLOEXEC);
    size_t done = 0;
    while (memory >= 0 && done < length) {
        ssize_t wrote = write(memory, bytes + done, length - done);
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    if (memory >= 0 && done == length)
        decide_open(run, name, memory, arrival);
    else
        fail(run, name, errno);
    if (memory >= 0)
        close(memory);
}

/* "From : x" is a header field in an old form; an mbox has lines that end in LF. */
static bool is_mbox(const char *bytes, size_t length)
{
    return length >= 5 && memcmp(bytes, "From ", 5) == 0 && !line_is_field(bytes, length, 0) &&
           memchr(bytes, '\n', length) != NULL;
}

/* The end of the mail that begins at i: the next line "From " behind an empty line. */
static size_t mbox_mail_end(const char *bytes, size_t length, size_t i)
{
    for (bool empty = false; i < length; i = line_end(bytes, length, i)) {
        if (empty && is_mbox(bytes + i, length - i))
            break;
        empty = line_is_blank(bytes, length, i);
    }
    return i;
}

static void decide_mbox(struct run *run, const char *name, const char *bytes, size_t length, int64_t arrival)
{
    size_t number = 0;
    for (size_t start = 0, end; start < length; start = end) {
        size_t from = line_end(bytes, length, start);
        g_autofree char *each_name = g_strdup_printf("%s#%zu", name, ++number);
        end = mbox_mail_end(bytes, length, start);
        decide_bytes(run, each_name, bytes + from, end - from, arrival);
    }
}

/* One mail, or all of an mbox. */
static void decide_content(struct run *run, const char *name, const char *bytes, size_t length,
                           int64_t arrival)
{
    if (is_mbox(bytes, length))
        decide_mbox(run, name, bytes, length, arrival);
    else
        decide_bytes(run, name, bytes, length, arrival);
}

static void decide_input(struct run *run)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    char buffer[65536];
    ssize_t got;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        g_string_append_len(bytes, buffer, got);
    if (got < 0)
        fail(run, "-", errno);
    else
        decide_content(run, "-", bytes->str, bytes->len, time_now());
}

static void decide_path(struct run *run, const char *path, bool named);

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void decide_folder(struct run *run, const char *path)
{
    g_autofree char *new_mail = g_build_filename(path, "new", NULL),
                    *seen = g_build_filename(path, "cur", NULL);
    if (g_file_test(new_mail, G_FILE_TEST_IS_DIR) && g_file_test(seen, G_FILE_TEST_IS_DIR)) {
        decide_folder(run, new_mail);
        decide_folder(run, seen);
        return;
    }
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL)
        if (name[0] != '.')
            g_ptr_array_add(names, g_build_filename(path, name, NULL));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        decide_path(run, names->pdata[i], false);
}

static void decide_path(struct run *run, const char *path, bool named)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        fail(run, path, errno);
    } else if (S_ISDIR(status.st_mode)) {
        if (named)
            decide_folder(run, path);
    } else if (!S_ISREG(status.st_mode)) {
        fail_with(run, path, "is neither a file nor a folder: name one, or - for standard input");
    } else {
        char head[5];
        int64_t arrival = MIN(time_of_file(&status.st_mtim), time_now());
        g_autoptr(GBytes) bytes = NULL;
        if (pread(descriptor, head, 5, 0) == 5 && memcmp(head, "From ", 5) == 0)
            bytes = file_read(descriptor, SIZE_MAX, NULL);
        if (bytes != NULL)
            decide_content(run, path, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), arrival);
        else
            decide_open(run, path, descriptor, arrival);
    }
    if (descriptor >= 0)
        close(descriptor);
}

unsigned deciding_each(struct deciding *deciding, char **arguments, json_t *request, decided_mail each,
                       void *data)
{
    struct run run = {deciding, request, each, data, 0, NULL};
    for (; *arguments != NULL && deciding->client != NULL; arguments++) {
        if (strcmp(*arguments, "-") == 0)
            decide_input(&run);
        else
            decide_path(&run, *arguments, true);
    }
    return run.unread;
}

unsigned deciding_filed(struct deciding *deciding, const char *path, const char *name, const char *spool,
                        int64_t arrival, json_t *request, decided_mail each, void *data)
{
    struct run run = {deciding, request, each, data, 0, spool};
    int descriptor = path != NULL ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) : -1;
    if (descriptor < 0) {
        fail(&run, name, path != NULL ? errno : ENOENT);
        return run.unread;
    }
    decide_open(&run, name, descriptor, arrival);
    close(descriptor);
    return run.unread;
}
