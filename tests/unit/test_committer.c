/* Group commit: a job that is added again after its folders could not be synced starts afresh; one that does
 * what must not be done fails alone; one whose mail cannot be synced is not written; a clock that was set is
 * followed before any job reads it. */
#include "base/clock.h"
#include "base/error.h"
#include "base/times.h"
#include "keeper/committer.h"
#include "keeper/filing.h"
#include "ledger_book.h"
#include "ledger/statement.h"

#include <errno.h>

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
    struct committer *committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL, NULL);
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

static bool lost_run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    struct ledger_filing *filing = ledger_find_filing(ledger, 4711, error);
    return filing != NULL;
}

static void lost_done(struct commit_job *job, const GError *error)
{
    ((struct once *)job)->refused = g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE);
}

static void on_failure(const GError *error, void *data)
{
    fail_msg("told as a fault of the ledger: %s", error->message);
}

static void what_is_not_there_says_nothing_of_the_ledger(void **state)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct once asks = {.job = {.run = lost_run, .done = lost_done}};
    struct committer *committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL, NULL);
    committer_on_failure(committer, on_failure);
    committer_add(committer, &asks.job);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(asks.refused);
    assert_null(committer_trouble(committer));
    committer_free(committer);
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
    return !step->wrong ||
           statement_run(ledger, error, "UPDATE messages SET state = 'unreadable' WHERE id = ?", "i",
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

struct prepared {
    struct commit_job job;
    bool fails, ran;
    char *told;
};

static bool prepare(struct commit_job *job, GError **error)
{
    return !((struct prepared *)job)->fails || error_set_errno(error, EIO, "its bytes");
}

static bool run(struct commit_job *job, struct ledger *ledger, GError **error)
{
    ((struct prepared *)job)->ran = true;
    return true;
}

static void prepared_done(struct commit_job *job, const GError *error)
{
    ((struct prepared *)job)->told = g_strdup(error != NULL ? error->message : "");
}

static void what_is_not_on_the_disk_is_not_written(void **state)
{
    uv_loop_t loop;
    uv_loop_init(&loop);
    const struct commit_job job = {.prepare = prepare, .run = run, .done = prepared_done, .sync_first = home};
    struct prepared jobs[] = {
        {.job = job}, {.job = job, .fails = true}, {.job = job}, {.job = job}, {.job = job}};
    jobs[2].job.sync_first = jobs[3].job.sync_first = "/nowhere"; /* one look for both */
    struct committer *committer = committer_new(&loop, g_steal_pointer(&book), home, NULL, NULL, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++)
        committer_add(committer, &jobs[i].job);
    uv_run(&loop, UV_RUN_DEFAULT);
    static const char *const told[] = {"", "its bytes", "/nowhere", "/nowhere", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++) {
        assert_int_equal(jobs[i].ran, told[i][0] == '\0');
        assert_int_equal(jobs[i].job.unprepared, told[i][0] != '\0');
        assert_non_null(strstr(jobs[i].told, told[i]));
        g_free(jobs[i].told);
    }
    assert_null(committer_trouble(committer)); /* the ledger is well */
    committer_free(committer);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_can_wait_is_refused_and_says_nothing_of_the_ledger),
        TEST(what_is_not_there_says_nothing_of_the_ledger),
        TEST(a_job_that_comes_again_forgets_the_folders_of_before),
        TEST(a_step_of_the_clock_comes_first),
        TEST(a_refused_step_fails_its_job_alone_and_is_told),
        TEST(what_is_not_on_the_disk_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
