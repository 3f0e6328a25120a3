/* Failed tests and coverage, for people, on 80 columns. */
#pragma once
#include <jansson.h>

/* A failed result (rule_tests.h): file:line: test 'name', and all that differs below it, expected above got.
 * The caller frees. */
char *test_report_text(const json_t *result);
/* What differs, in one line. The caller frees. */
char *test_report_summary(const json_t *result);
/* A coverage report (coverage.h): what no test reaches, and a table of the files. */
void test_report_coverage(const json_t *coverage);
