/* Group commit: a job that is added again after its folders could not be synced starts afresh. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_that_comes_again_forgets_the_folders_of_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
