/* What other servers' Retry-After asks for. How transfers go is tested end to end, against rude servers. */
#include "actor/http.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Mon, 23 Nov 2026 09:00:00 GMT */
#define NOW INT64_C(1795424400000)

static void retry_after_is_read(void **state)
{
    static const struct {
        const char *value;
        int64_t want;
    } table[] = {
        {"7", 7000},
        {"0", -1},
        {"", -1},
        {"-5", -1},
        {"+5", -1},
        {"1e3", -1},
        {"0x10", -1},
        {"7 apples", -1},
        {"soon", -1},
        {"nan", -1},
        {"999999999", INT64_C(999999999000)},
        {"99999999999999999999999", INT64_C(1000000000000)},
        {"Mon, 23 Nov 2026 09:01:40 GMT", 100000},
        {"Monday, 23-Nov-26 09:01:40 GMT", 100000},
        {"Mon Nov 23 09:01:40 2026", 100000},
        {"Mon, 23 Nov 2026 09:00:00 GMT", -1},
        {"Mon, 23 Nov 2026 08:59:00 GMT", -1},
        {"Thu, 01 Jan 1970 00:00:00 GMT", -1},
        {"Mon, 99 Nov 2026 09:01:40 GMT", -1},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t got = http_retry_after(table[i].value, NOW);
        if (got != table[i].want)
            fail_msg("'%s': got %" PRId64 ", want %" PRId64, table[i].value, got, table[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(retry_after_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
