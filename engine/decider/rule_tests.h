/* The rules' own tests, run inside a decider: test "name" { mail | subject, from, body, …, expect = { … } }.
 */
#pragma once
#include "rules/rule_set.h"
#include "base/limits.h"

/* {passed: n, failed: [{file, line, name, message}]}. shipped: the folder of the shipped rules where it
 * stands beside others, whose tests are then left out; -1: run all. running is told the index of the snapshot
 * file whose tests run, SANDBOX_LOADED in the end. */
json_t *rule_tests_run(const struct rule_set *set, const struct snapshot *snapshot,
                       const struct limits *limits, int shipped, void (*running)(size_t index, void *data));
/* The same list of failures for tests whose fixture is missing, where rules do not load and no test can run.
 */
json_t *rule_tests_missing(const struct rule_set *set, const struct snapshot *snapshot);
