/* The rules' own tests. Where one says what its actions send, they are rehearsed with the decision. Each mail
 * is decided as a spool's would be, with the server mx.example.jp trusted and every account in the directory,
 * and compared with what the test expects; errors in deciding fail a test that does not expect them. What
 * differs too much to be sent is left out and said. */
#include "decider/rule_tests.h"
#include "decider/differences.h"
#include "decider/rehearsal.h"
#include "decider/test_mail.h"
#include "rules/decide.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

enum { DIFFERENCES_BYTES = 4 << 20 }; /* of all tests together: a frame has an end */

struct outcome {
    json_t *differences; /* NULL when it could not be decided */
    char *problem;       /* why that is; or NULL */
    char *rule;          /* that decided */
    int64_t microseconds;
};

static void outcome_clear(struct outcome *outcome)
{
    json_decref(outcome->differences);
    g_free(outcome->problem);
    g_free(outcome->rule);
}

static bool has_passed(const struct outcome *outcome)
{
    return outcome->problem == NULL && json_array_size(outcome->differences) == 0;
}

/* When the mail arrived: as the test says, else when it was sent. */
static bool find_arrival(const json_t *test, struct message *message, int64_t *arrival, char **problem)
{
    const char *text = json_text(test, "arrival");
    if (text == NULL && !message_date(message, arrival))
        text = "2026-11-23T00:00:00Z";
    if (text == NULL || time_parse(text, arrival))
        return true;
    *problem = g_strdup_printf("arrival: '%s' is no time; write it like 2026-11-23T09:00:00Z", text);
    return false;
}

/* The decision, with what the ledger is to do about telling: the facts it is grouped by, and whether it is
 * kept quiet. */
static json_t *outcome_of(const struct decided *decided)
{
    json_t *all = json_copy(decided->decision),
           *by = json_object_get(json_object_get(decided->context, "group"), "by");
    json_object_set_new(all, "group", by != NULL ? json_incref(by) : json_false());
    json_object_set_new(all, "silenced",
                        json_boolean(json_is_object(json_object_get(decided->context, "silenced"))));
    return all;
}

static json_t *differences_of(const json_t *test, const json_t *decision)
{
    const json_t *expected = json_object_get(test, "expect"), *errors = json_object_get(decision, "errors");
    json_t *differences = differences_find(expected, decision);
    if (json_array_size(errors) > 0 && json_object_get(expected, "errors") == NULL)
        json_array_append_new(differences,
                              json_pack("{s:s, s:[], s:O}", "path", "errors", "expected", "got", errors));
    return differences;
}

/* Whether the test says anything of what the actions do, beyond which they are. */
static bool is_about_acting(const json_t *test)
{
    const json_t *expect = json_object_get(test, "expect");
    return json_object_get(expect, "sends") != NULL || json_object_get(expect, "results") != NULL;
}

/* What to say of an action that does not end well, where the test does not say so; or NULL. */
static char *bad_end(const json_t *test, const json_t *results)
{
    size_t index;
    json_t *result;
    if (json_object_get(json_object_get(test, "expect"), "results") != NULL)
        return NULL;
    json_array_foreach((json_t *)results, index, result) {
        const char *end = json_text_or(result, "outcome", "");
        if (strcmp(end, "done") != 0)
            return g_strdup_printf("action '%s' ends with %s: %s", json_text_or(result, "action", ""), end,
                                   json_text_or(result, "reason", ""));
    }
    return NULL;
}

static json_t *differences_in_acting(struct rehearsal *rehearsal, const struct rule_tests *tests,
                                     const json_t *test, int64_t arrival, const struct decided *decided,
                                     char **problem)
{
    g_autoptr(json_t) request =
        json_pack("{s:O, s:O*, s:O*, s:i, s:i, s:I}", "context", decided->context, "replies",
                  json_object_get(test, "replies"), "config", json_object_get(test, "config"), "mail", 1,
                  "attempt", 1, "now", (json_int_t)(arrival / 1000));
    g_autoptr(json_t) got = rehearsal_decision(rehearsal, json_object_get(decided->decision, "actions"),
                                               request, tests->performed),
                      decision = outcome_of(decided);
    json_object_update(decision, got);
    *problem = bad_end(test, json_object_get(got, "results"));
    return differences_of(test, decision);
}

static void run_one(const struct rule_tests *tests, const json_t *test, struct rehearsal **rehearsal,
                    unsigned char *reached, struct outcome *outcome)
{
    const struct auth_trust trust = {
        .servers = (char *[]){TEST_SERVER, NULL}, .lists = (char *[]){NULL}, .sealers = (char *[]){NULL}};
    int64_t start = g_get_monotonic_time();
    g_autoptr(GBytes) raw = test_mail(tests->snapshot, test, tests->limits, &outcome->problem);
    g_autoptr(message) message = raw != NULL ? message_new(raw, tests->limits) : NULL;
    struct decide_request request = {.trust = &trust,
                                     .every_account = true,
                                     .recipient = json_text(test, "recipient"),
                                     .reached = reached};
    if (message == NULL || !find_arrival(test, message, &request.arrival, &outcome->problem))
        return;
    struct decided decided = {0};
    rule_set_decide(tests->set, message, &request, &decided);
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) all = outcome_of(&decided);
    if (is_about_acting(test) && *rehearsal == NULL)
        *rehearsal = rehearsal_new(tests->snapshot, tests->memory, &error);
    if (error != NULL)
        outcome->problem = g_strdup(error->message);
    outcome->differences =
        is_about_acting(test) && *rehearsal != NULL
            ? differences_in_acting(*rehearsal, tests, test, request.arrival, &decided, &outcome->problem)
            : differences_of(test, all);
    outcome->rule = g_strdup(json_text(decided.decision, "rule"));
    outcome->microseconds = g_get_monotonic_time() - start;
    decided_clear(&decided);
}

static json_t *complaint(const json_t *test, const char *message)
{
    return json_pack("{s:s, s:I, s:s, s:o}", "file", json_text_or(test, "file", "?"), "line",
                     (json_int_t)json_number(test, "line", 1), "name", json_text_or(test, "name", "?"),
                     "message", json_text_new(message));
}

static size_t file_index(const struct snapshot *snapshot, const char *name)
{
    for (size_t i = 0; i < snapshot_count(snapshot); i++)
        if (strcmp(snapshot_get(snapshot, i).name, name) == 0)
            return i;
    return SANDBOX_LOADED;
}

/* The result of one test; *room: the bytes of differences that may yet be sent. */
static json_t *result_of(const json_t *test, const struct outcome *outcome, size_t *room)
{
    g_autofree char *differing = json_canonical(outcome->differences);
    size_t size = differing != NULL ? strlen(differing) : 0;
    bool fits = size <= *room;
    const char *why =
        fits ? outcome->problem : "what differs is left out, as more tests differ than can be shown";
    if (fits)
        *room -= size;
    json_t *result = complaint(test, why);
    json_object_set_new(result, "passed", json_boolean(has_passed(outcome)));
    json_object_set_new(result, "rule", json_text_new(outcome->rule));
    json_object_set_new(result, "milliseconds", json_real((double)outcome->microseconds / 1000));
    json_object_set_new(result, "differences",
                        fits && outcome->differences != NULL ? json_incref(outcome->differences)
                                                             : json_array());
    return result;
}

json_t *rule_tests_missing(const struct rule_tests *tests)
{
    json_t *missing = json_array(), *test;
    for (lua_Integer i = 1; (test = test_declared(tests->set->sandbox, i)) != NULL; i++) {
        char *problem = NULL;
        GBytes *raw = test_mail(tests->snapshot, test, tests->limits, &problem);
        struct outcome outcome = {.problem = problem};
        size_t room = 0;
        if (raw != NULL)
            g_bytes_unref(raw);
        else
            json_array_append_new(missing, result_of(test, &outcome, &room));
        g_free(problem);
        json_decref(test);
    }
    return missing;
}

struct sums {
    int passed;
    json_t *failed, *results;
    size_t said, room; /* bytes of messages, and of differences, that may yet be sent */
};

static void add_up(struct sums *sums, const json_t *test, const struct outcome *outcome)
{
    g_autofree char *message =
        outcome->problem != NULL ? g_strdup(outcome->problem) : differences_text(outcome->differences);
    bool fits = strlen(message) < sums->said;
    if (has_passed(outcome)) {
        sums->passed++;
    } else {
        json_array_append_new(sums->failed, complaint(test, fits ? message : "differs"));
        sums->said -= fits ? strlen(message) : 0;
    }
    if (sums->results != NULL)
        json_array_append_new(sums->results, result_of(test, outcome, &sums->room));
}

json_t *rule_tests_run(const struct rule_tests *tests, unsigned char *reached)
{
    struct sums sums = {.failed = json_array(),
                        .results = tests->results ? json_array() : NULL,
                        .said = DIFFERENCES_BYTES,
                        .room = DIFFERENCES_BYTES};
    g_autoptr(rehearsal) rehearsal = NULL; /* made for the first test that needs it */
    json_t *test;
    for (lua_Integer i = 1; (test = test_declared(tests->set->sandbox, i)) != NULL; i++) {
        struct outcome outcome = {0};
        tests->running(file_index(tests->snapshot, json_text_or(test, "file", "")), NULL);
        run_one(tests, test, &rehearsal, reached, &outcome);
        add_up(&sums, test, &outcome);
        outcome_clear(&outcome);
        json_decref(test);
    }
    tests->running(SANDBOX_LOADED, NULL);
    return json_pack("{s:i, s:o, s:o*}", "passed", sums.passed, "failed", sums.failed, "results",
                     sums.results);
}
