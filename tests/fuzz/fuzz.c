/* The checks that fuzzers share, and what their processes are set to. */
#include "fuzz.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
    return "strict_string_checks=1:detect_leaks=0:allocator_may_return_null=1";
}

const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1:halt_on_error=1";
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    return 0;
}

void must_hold(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: must hold: %s\n", file, line, what);
    abort();
}

void must_be_text(const char *text)
{
    must(text != NULL, "text is there");
    must(g_utf8_validate(text, -1, NULL), "text is valid UTF-8");
}

void must_be_one_line(const char *text)
{
    must_be_text(text);
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
        must(!g_unichar_iscntrl(g_utf8_get_char(at)), "one line holds no control character");
}

void must_serialise(const json_t *value)
{
    g_autofree char *text = json_canonical(value);
    must(text != NULL, "the value can be written as JSON");
    json_t *again = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    must(again != NULL, "what was written can be read");
    must(json_equal(value, again), "what is read is what was written");
    json_decref(again);
}
