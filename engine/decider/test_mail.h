/* The tests that rules declare, and their mails. */
#pragma once
#include "base/limits.h"
#include "rules/sandbox.h"
#include "wire/snapshot.h"

#include <jansson.h>

/* The server whose word counts in tests. */
#define TEST_SERVER "mx.example.jp"

/* The declared test of that number, from 1, as scripts/awsift/tests.lua reads it; NULL past the last one. The
 * caller owns it. */
json_t *test_declared(struct sandbox *sandbox, lua_Integer number);
/* The bytes of the mail that such a test names, writes or describes. NULL
 * with *problem, which the caller frees, when its fixture is missing. */
GBytes *test_mail(const struct snapshot *snapshot, const json_t *test, const struct limits *limits,
                  char **problem);
