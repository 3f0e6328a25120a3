/* The mail of a rule's test. */
#pragma once
#include "base/limits.h"
#include "wire/snapshot.h"

#include <jansson.h>

/* The server whose word counts in tests. */
#define TEST_SERVER "mx.example.jp"

/* The bytes of the mail that a test (as scripts/awsift/tests.lua reads it) names, writes or describes. NULL
 * with *problem, which the caller frees, when its fixture is missing. */
GBytes *test_mail(const struct snapshot *snapshot, const json_t *test, const struct limits *limits,
                  char **problem);
