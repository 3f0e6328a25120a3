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
    twice.committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL);
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

struct once {
    struct commit_job job;
    int written;
    bool refused;
};

static bool once_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    ((struct once *)job)->written++;
    return true;
}

static void once_done(struct commit_job *job, const GError *error)
{
    ((struct once *)job)->refused = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_FULL);
}

static void what_can_wait_is_refused_and_says_nothing_of_the_ledger(void **state)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct once mail = {.job = {.run = once_run, .done = once_done, .can_wait = true}},
                alert = {.job = {.run = once_run, .done = once_done}};
    struct committer *committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL);
    for (int refuses = 1; refuses >= 0; refuses--) {
        committer_refuse(committer, refuses);
        committer_add(committer, &mail.job);
        uv_run(&loop, UV_RUN_DEFAULT);
        committer_add(committer, &alert.job);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(mail.refused, refuses);
        assert_int_equal(mail.written, 1 - refuses);
        assert_int_equal(alert.written, 2 - refuses);
        assert_false(alert.refused);
        assert_null(committer_trouble(committer));
    }
    committer_free(committer);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_can_wait_is_refused_and_says_nothing_of_the_ledger),
        TEST(a_job_that_comes_again_forgets_the_folders_of_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
