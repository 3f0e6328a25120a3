/* Group commit: a job that is added again after its folders could not be synced starts afresh; one that does what
 * must not be done fails alone. */
#include "keeper/committer.h"
#include "keeper/filing.h"
#include "ledger_book.h"
#include "ledger/statement.h"

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

struct step {
    struct commit_job job;
    const char *mail;
    bool wrong;
    int ended;
    char *error;
};

/* Records a mail; a wrong one then does a step that no mail takes. */
static bool step_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    const struct step *step = (struct step *)job;
    struct ledger *kept = book;
    book = ledger;
    int64_t message = record(&(struct mail){.name = step->mail}).message;
    book = kept;
    return !step->wrong || statement_run(ledger, error, "UPDATE messages SET state = 'unreadable' WHERE id = ?", "i",
                                         message);
}

static void step_done(struct commit_job *job, const GError *error)
{
    struct step *step = (struct step *)job;
    step->ended++;
    step->error = g_strdup(error != NULL ? error->message : NULL);
    assert_true(error == NULL || g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_REFUSED));
}

static void a_refused_step_fails_its_job_alone_and_is_told(void **state)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct step steps[] = {{.mail = "a"}, {.mail = "b"}, {.mail = "c", .wrong = true}, {.mail = "d"}};
    struct committer *committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        steps[i].job = (struct commit_job){.run = step_run, .done = step_done};
        committer_add(committer, &steps[i].job);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_null(committer_trouble(committer)); /* the ledger is well, and mail is taken as before */
    committer_free(committer);
    book = ledger_open(path, LEDGER_WRITE, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        assert_int_equal(steps[i].ended, 1);
        assert_int_equal(steps[i].error != NULL, steps[i].wrong);
    }
    assert_non_null(strstr(steps[2].error, "may not go from decided to unreadable"));
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "messages"), "{\"decided\":3}"); /* what it did before went with it */
    const json_t *alert = at(counts, "recent_alerts", "0", NULL);
    assert_json(json_object_get(alert, "kind"), "\"refused\"");
    g_free(steps[2].error);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_job_that_comes_again_forgets_the_folders_of_before),
        TEST(a_refused_step_fails_its_job_alone_and_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
