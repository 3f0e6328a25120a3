/* Results of rule tests as JUnit XML, as CI systems read it. */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

/* A testsuite a file: a testcase for each result (rule_tests.h), with a failure where it failed, and one with
 * an error for each {file, line, message} of errors. file "-" is standard output. */
bool junit_write(const char *file, const json_t *results, const json_t *errors, GError **error);
