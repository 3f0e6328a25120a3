/* The rules' own tests, run inside a decider: test "name" { mail | subject, from, body, …, expect = { … } }.
 */
#pragma once
#include "decider/coverage.h"
#include "base/limits.h"
#include "wire/snapshot.h"

struct rule_tests {
    const struct rule_set *set;
    const struct snapshot *snapshot;
    const struct limits *limits;
    size_t memory;     /* of the Lua heap in which actions are rehearsed */
    json_t *performed; /* gets the names of the actions that were rehearsed */
    bool results;      /* each test's result is wanted, not only what failed */
    /* Told the index of the snapshot file whose tests run, SANDBOX_LOADED in the end. */
    void (*running)(size_t index, void *data);
};

/* {passed: n, failed: [{file, line, name, message}]}, and with results: [{file, line, name, passed, rule,
 * milliseconds, differences, message}]: message null when it passed, or when differences (differences.h) say
 * all. reached: as decide_request's. */
json_t *rule_tests_run(const struct rule_tests *tests, unsigned char *reached);
/* The results of the tests whose fixture is missing, where rules do not load and no test can run. */
json_t *rule_tests_missing(const struct rule_tests *tests);
