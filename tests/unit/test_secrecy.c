/* What is masked of a text once values are known. */
#include "base/secrecy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

static void values_are_masked(void **state)
{
    static const struct {
        const char *text, *want;
    } table[] = {
        {"nothing", "nothing"},
        {"", ""},
        {"it is t0p/s\"ecret, says s", "it is ****, says s"},
        {"t0p/s\"ecrett0p/s\"ecret", "********"},
        {"{\"key\":\"t0p/s\\\"ecret\"}", "{\"key\":\"****\"}"},
        {"{\"key\":\"t0p\\/s\\\"ecret\"}", "{\"key\":\"****\"}"},
        {"?key=t0p%2Fs%22ecret&x", "?key=****&x"},
        {"?key=t0p/s%22ecret&x", "?key=****&x"},
        {"dDBwL3MiZWNyZXQ=", "****"},
        {"Basic bWU6dDBwL3MiZWNyZXQ= it was", "Basic **** it was"},
        {"cut within: t0p/s\"e", "cut within: ****"},
        {"cut within: t0p/s", "cut within: t0p/s"},
        {"longer-than-t0p/s\"ecret", "****"},
        {"https://hooks.example.com/services/T000/B000 failed", "https://hooks.example.com**** failed"},
        {"GET /services/T000/B000 HTTP/1.1", "GET **** HTTP/1.1"},
        {"https://hooks.example.com is down", "https://hooks.example.com is down"},
        {"/chat", "/chat"},
        {"abc", "abc"},
    };
    g_autofree char *untouched = secrecy_mask(g_strdup("before any is known"));
    assert_string_equal(untouched, "before any is known");
    secrecy_add("t0p/s\"ecret");
    secrecy_add("longer-than-t0p/s\"ecret");
    secrecy_add("https://hooks.example.com/services/T000/B000");
    secrecy_add("https://hooks.example.com/chat"); /* too short to tell anything */
    secrecy_add("abc");
    secrecy_add("");
    secrecy_add_derived("me:t0p/s\"ecret", 14, "bWU6dDBwL3MiZWNyZXQ=");
    secrecy_add_derived("nothing of that kind", 20, "nothing");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        g_autofree char *got = secrecy_mask(g_strdup(table[i].text));
        if (strcmp(got, table[i].want) != 0)
            fail_msg("'%s': got '%s', want '%s'", table[i].text, got, table[i].want);
    }
}

/* Whatever is added, the list ends somewhere, and what is on it stays. */
static void the_list_has_an_end(void **state)
{
    for (int i = 0; i < 5000; i++) {
        g_autofree char *value = g_strdup_printf("value-number-%d.", i);
        secrecy_add(value);
    }
    g_autofree char *got = secrecy_mask(g_strdup("t0p/s\"ecret value-number-0. value-number-4999."));
    assert_string_equal(got, "**** **** value-number-4999.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_masked),
                                       cmocka_unit_test(the_list_has_an_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
