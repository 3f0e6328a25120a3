/* Group commit: a job that is added again after its folders could not be synced starts afresh; a clock that
 * was set is followed before any job reads it. */
#include "base/clock.h"
#include "base/times.h"
#include "keeper/committer.h"
#include "keeper/filing.h"
#include "ledger_book.h"

struct twice {
    struct commit_job job;
    struct committer *committer;
    char *folders[3]; /* sync_category of each time */
    char *told[3];    /* sync_error of each time, "" for none */
    int times, settled;
};

static void settle(struct commit_job *job)
{
    struct twice *twice = (struct twice *)job;
    job->sync_category = g_strdup(twice->folders[twice->settled++]);
}

static void done(struct commit_job *job, const GError *error)
{
    struct twice *twice = (struct twice *)job;
    assert_null(error);
    twice->told[twice->times++] = g_strdup(job->sync_error != NULL ? job->sync_error->message : "");
    if (twice->times < 3)
        committer_add(twice->committer, job);
}

static void a_job_that_comes_again_forgets_the_folders_of_before(void **state)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct twice twice = {.job = {.settle = settle, .done = done}, .folders = {"nowhere", NULL, "nowhere"}};
    assert_true(filing_prepare(home, NULL));
    twice.committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL, NULL);
    committer_add(twice.committer, &twice.job);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_non_null(strstr(twice.told[0], "nowhere"));
    assert_string_equal(twice.told[1], "");
    assert_non_null(strstr(twice.told[2], "nowhere"));
    for (size_t i = 0; i < G_N_ELEMENTS(twice.told); i++)
        g_free(twice.told[i]);
    committer_free(twice.committer);
    assert_int_equal(uv_loop_close(&loop), 0);
}

#define DAY INT64_C(86400000)
#define CHANCE INT64_C(600000) /* ms that may pass between two looks */

struct reading {
    struct commit_job job;
    int64_t now, due, stepped;
};

static bool reading_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct reading *reading = (struct reading *)job;
    reading->now = time_now();
    reading->due = ledger_next_due(ledger, error);
    return reading->due >= 0;
}

static void reading_done(struct commit_job *job, const GError *error)
{
    assert_null(error);
}

static void on_stepped(int64_t by, void *data)
{
    *(int64_t *)data = by;
}

/* Ours is a day behind, as if the system's clock had been set a day ahead. */
static void a_step_of_the_clock_comes_first(void **state)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct reading reading = {.job = {.run = reading_run, .done = reading_done}};
    record(&(struct mail){.name = "m",
                          .actions = "[{\"action\": \"chat\", \"actor\": \"courier\", \"args\": {\"channel\":"
                                     " \"ops\"}, \"key\": \"K\", \"due\": 1}]"});
    int64_t due = ledger_next_due(book, NULL), before;
    clock_keep();
    clock_adopt(-DAY);
    before = time_now();
    struct committer *committer =
        committer_new(&loop, g_steal_pointer(&book), home, NULL, on_stepped, &reading.stepped);
    assert_true(llabs(clock_step() - DAY) < CHANCE && clock_moved() == -DAY);
    committer_add(committer, &reading.job);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(llabs(reading.stepped - DAY) < CHANCE);
    assert_int_equal(reading.due - due, reading.stepped);
    assert_true(reading.now - before >= DAY - CHANCE && clock_step() == 0);
    assert_int_equal(clock_moved(), reading.stepped - DAY);
    committer_free(committer);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_that_comes_again_forgets_the_folders_of_before),
        TEST(a_step_of_the_clock_comes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
