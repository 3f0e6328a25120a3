/* A program takes the mail and says by its exit status (sysexits.h) what became of it. What it writes is its
 * reason. */
#include "actor/sendmail.h"
#include "actor/process.h"

#include <glib.h>
#include <sysexits.h>

enum { SAID_MAXIMUM = 800 };

struct sendmail_run {
    struct process *process;
    int64_t time;
    posted_call done;
    void *data;
};

enum outcome sendmail_judge(int status)
{
    static const int final[] = {EX_DATAERR, EX_NOINPUT, EX_NOUSER, EX_NOHOST, EX_PROTOCOL};
    if (status == EX_OK)
        return OUTCOME_DONE;
    for (size_t i = 0; i < G_N_ELEMENTS(final); i++)
        if (status == final[i])
            return OUTCOME_DEAD;
    return OUTCOME_RETRY;
}

/* One that did not read the mail to its end took none of it, whatever it says. */
static void on_ended(const struct process_end *end, void *data)
{
    struct sendmail_run *run = data;
    bool cut = end->late || end->signal != 0, claims = !cut && end->status == EX_OK && end->unread;
    g_autofree char *said = process_words(end, run->time, SAID_MAXIMUM);
    g_autofree char *words = claims ? g_strdup_printf("the program did not read the mail to its end%s%s",
                                                      said[0] != '\0' ? ": " : "", said)
                                    : NULL;
    struct posted posted = {.words = words != NULL ? words : said};
    if (cut)
        posted.outcome = end->unread ? OUTCOME_RETRY : OUTCOME_UNKNOWN;
    else
        posted.outcome = claims ? OUTCOME_RETRY : sendmail_judge(end->status);
    posted.down = posted.outcome == OUTCOME_RETRY;
    run->done(&posted, run->data);
    g_free(run);
}

static char **arguments_for(const char *const *program, const struct letter *letter)
{
    GPtrArray *list = g_ptr_array_new();
    for (size_t i = 0; program[i] != NULL; i++)
        g_ptr_array_add(list, (void *)program[i]);
    const char *const more[] = {"-i", "-f", letter->sender[0] != '\0' ? letter->sender : "<>", "--",
                                letter->recipient};
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++)
        g_ptr_array_add(list, (void *)more[i]);
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

struct sendmail_run *sendmail_start(uv_loop_t *loop, const char *const *program, const struct letter *letter,
                                    int64_t time, posted_call done, void *data, char **why)
{
    struct sendmail_run *run = g_new0(struct sendmail_run, 1);
    g_autofree char **arguments = arguments_for(program, letter);
    const char *home = g_getenv("HOME");
    g_autofree char *home_variable = g_strconcat("HOME=", home != NULL ? home : "/", NULL);
    const char *environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC",
                                 home_variable, NULL};
    const struct process_order order = {
        .arguments = (const char *const *)arguments,
        .environment = environment,
        .folder = "/",
        .input = letter->bytes,
        .time = time,
        .kept = SAID_MAXIMUM,
        .gains_rights = true,
        .together = true,
    };
    *run = (struct sendmail_run){.time = time, .done = done, .data = data};
    run->process = process_start(loop, &order, on_ended, run, why);
    if (run->process == NULL)
        g_clear_pointer(&run, g_free);
    return run;
}

bool sendmail_cancel(struct sendmail_run *run)
{
    bool doubtful = process_cancel(run->process);
    g_free(run);
    return doubtful;
}
