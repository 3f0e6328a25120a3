/* What a test build was told to do at which step. The counts are shared memory, so that a decider in its
 * jail, which opens no file, can tell that its predecessor died here already. Nothing of this is in a build
 * without faults. */
#include "base/fault.h"

#if AWSIFT_FAULTS
#include "base/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib.h>

enum { STEPS_MOST = 256, FAULTS_MOST = 16, EXIT_BAD = 2 };

static const struct {
    const char *name;
    int number, signal;
} effects[] = {
    {"kill", 0, SIGKILL},  {"stop", 0, SIGSTOP},  {"crash", 0, SIGABRT}, {"fail", EIO, 0},
    {"EIO", EIO, 0},       {"ENOSPC", ENOSPC, 0}, {"EDQUOT", EDQUOT, 0}, {"EROFS", EROFS, 0},
    {"EACCES", EACCES, 0}, {"EPERM", EPERM, 0},   {"ENOENT", ENOENT, 0}, {"EMFILE", EMFILE, 0},
    {"ENFILE", ENFILE, 0}, {"ENOMEM", ENOMEM, 0}, {"EBUSY", EBUSY, 0},   {"EXDEV", EXDEV, 0},
    {"EAGAIN", EAGAIN, 0},
};

static struct fault {
    int step, number, signal;
    uint32_t first, last; /* passings */
} faults[FAULTS_MOST];
static size_t faults_count;
static _Atomic uint32_t *passings; /* a step */

static G_GNUC_PRINTF(1, 2) G_NORETURN void refuse(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs(FAULT_VARIABLE ": ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    _exit(EXIT_BAD);
}

static int step_find(const char *name)
{
    for (int i = 0; fault_steps[i].name != NULL; i++)
        if (strcmp(fault_steps[i].name, name) == 0)
            return i;
    return -1;
}

static int step_named(const char *name)
{
    int step = step_find(name);
    json_t *names = json_array();
    for (int i = 0; step < 0 && fault_steps[i].name != NULL; i++)
        json_array_append_new(names, json_string(fault_steps[i].name));
    const char *nearest = nearest_name(names, NULL, name);
    if (step < 0)
        refuse("there is no step '%s'%s%s (" FAULT_VARIABLE "=list prints all)", name,
               nearest != NULL ? "; the nearest is " : "", nearest != NULL ? nearest : "");
    json_decref(names);
    return step;
}

/* "3" or "3-8". */
static void passings_read(const char *text, const char *word, struct fault *fault)
{
    char *end;
    fault->first = fault->last = (uint32_t)strtoul(word, &end, 10);
    if (*end == '-')
        fault->last = (uint32_t)strtoul(end + 1, &end, 10);
    if (fault->first == 0 || fault->last < fault->first || *end != '\0')
        refuse("'%s': which passing is a number from 1 on, two as in 3-8, or * for each", text);
}

static void fault_read(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, ":", 3);
    if (words[0] == NULL || words[1] == NULL || faults_count == FAULTS_MOST)
        refuse("'%s' is not STEP:WHAT or STEP:WHAT:N, of which there may be %d", text, FAULTS_MOST);
    struct fault fault = {.step = step_named(words[0]), .first = 1, .last = 1};
    for (size_t i = 0; i < G_N_ELEMENTS(effects); i++) {
        if (strcmp(effects[i].name, words[1]) == 0) {
            fault.number = effects[i].number;
            fault.signal = effects[i].signal;
        }
    }
    if (fault.signal == 0 && (fault.number == 0 || !fault_steps[fault.step].fails))
        refuse("'%s': step %s knows kill, stop, crash%s", text, words[0],
               fault_steps[fault.step].fails ? ", fail and names of errors" : "");
    if (words[2] != NULL && strcmp(words[2], "*") == 0)
        fault.last = UINT32_MAX;
    else if (words[2] != NULL)
        passings_read(text, words[2], &fault);
    faults[faults_count++] = fault;
}

static void steps_print(void)
{
    for (const struct fault_step *step = fault_steps; step->name != NULL; step++)
        printf("%s\t%s\t%s\t%s\n", step->name, step->process, step->fails ? "fails" : "", step->meaning);
    fflush(stdout);
    _exit(0);
}

static void passings_map(const char *path)
{
    size_t size = STEPS_MOST * sizeof *passings;
    int file = path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (path != NULL && (file < 0 || ftruncate(file, (off_t)size) != 0))
        refuse("cannot count in %s: %s", path, g_strerror(errno));
    void *page =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | (file < 0 ? MAP_ANONYMOUS : 0), file, 0);
    if (page == MAP_FAILED)
        refuse("cannot count: %s", g_strerror(errno));
    passings = page;
    if (file >= 0)
        close(file);
}

void fault_begin(void)
{
    const char *wanted = getenv(FAULT_VARIABLE);
    if (wanted != NULL && strcmp(wanted, "list") == 0)
        steps_print();
    g_auto(GStrv) list = g_strsplit(wanted != NULL ? wanted : "", ",", -1);
    for (char **text = list; *text != NULL; text++)
        fault_read(*text);
    passings_map(getenv(FAULT_VARIABLE "_COUNTS"));
}

/* By raise(), for it is the one way that the jail leaves to a signal. */
static void die(const struct fault *fault)
{
    char line[128]; /* in one write: other threads log, too */
    int size = g_snprintf(line, sizeof line, "a fault was ordered at %s\n", fault_steps[fault->step].name);
    if (write(STDERR_FILENO, line, (size_t)MIN(size, (int)sizeof line - 1)) < 0)
        errno = 0; /* whoever read the log is gone */
    raise(fault->signal);
}

/* The fault of this passing, or NULL. */
static const struct fault *fault_due(const char *name)
{
    int step = step_find(name);
    if (passings == NULL)
        return NULL; /* a program that links this and asked for nothing: a unit test */
    if (step < 0)
        g_error("fault_steps.c has no step '%s'", name);
    uint32_t passing = atomic_fetch_add(&passings[step], 1) + 1;
    for (size_t i = 0; i < faults_count; i++)
        if (faults[i].step == step && passing >= faults[i].first && passing <= faults[i].last)
            return &faults[i];
    return NULL;
}

void fault_point(const char *step)
{
    const struct fault *fault = fault_due(step);
    if (fault != NULL && fault->signal != 0)
        die(fault);
}

bool fault_fails(const char *step)
{
    const struct fault *fault = fault_due(step);
    if (fault != NULL && fault->signal != 0)
        die(fault);
    if (fault == NULL || fault->signal != 0)
        return false;
    errno = fault->number;
    return true;
}
#else
typedef int fault_is_empty; /* a translation unit is not */
#endif
