/* How many at once, how many in a while, and what is kept for the urgent. */
#include "keeper/pacing.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <glib.h>

#include <cmocka.h>

#define NOON INT64_C(1795521600000)

static struct pacing *pacing_of(const char *config, const char *hosts)
{
    g_autoptr(json_t) json = json_loads(config, 0, NULL), map = json_loads(hosts, 0, NULL);
    assert_true(json != NULL && map != NULL);
    struct pacing *pacing = pacing_new(json, true);
    pacing_set_hosts(pacing, map);
    return pacing;
}

static struct ledger_action action(const char *name, const char *destination, int64_t priority)
{
    return (struct ledger_action){.action = (char *)name,
                                  .actor = (char *)"courier",
                                  .destination = (char *)destination,
                                  .priority = priority};
}

/* Starts as many as it may, at most ten. */
static int starts(struct pacing *pacing, const char *name, const char *destination, int64_t priority,
                  int64_t now)
{
    const struct ledger_action one = action(name, destination, priority);
    int64_t until;
    const char *why;
    int count = 0;
    for (; count < 10 && pacing_allows(pacing, &one, now, &until, &why); count++)
        pacing_started(pacing, &one, now);
    return count;
}

static void a_destination_has_four_and_keeps_the_last_for_the_urgent(void **state)
{
    struct pacing *pacing = pacing_of("{}", "{}");
    assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON), 3);
    assert_int_equal(starts(pacing, "chat", "channel a", 0, NOON), 1);
    assert_int_equal(pacing_room(pacing, "courier", "channel a"), 0);
    assert_int_equal(starts(pacing, "chat", "channel b", 2, NOON), 3);
    assert_int_equal(starts(pacing, "file", "", 2, NOON), 10);
    pacing_none_runs(pacing);
    assert_int_equal(pacing_room(pacing, "courier", "channel a"), 4);
    pacing_free(pacing);
}

/* Whatever names rules make up, in years: what is known of a destination of which nothing is said goes, and
 * what a rate counts stays. */
static void destinations_are_forgotten(void **state)
{
    struct pacing *pacing = pacing_of(
        "{\"channels\": {\"a\": {\"policy\": {\"rate\": {\"count\": 3, \"window\": 60000}}}}}", "{}");
    assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON), 2);
    for (int i = 0; i < 20000; i++) {
        g_autofree char *name = g_strdup_printf("channel %d", i);
        assert_int_equal(starts(pacing, "chat", name, 2, NOON), 3);
        if (i % 100 == 0)
            pacing_none_runs(pacing);
    }
    assert_true(pacing_known(pacing) < 5000);
    assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON), 0);
    pacing_free(pacing);
}

/* {what the configuration says, how many start in channel a, and then in b, of the same host} */
static void the_nearest_words_all_count(void **state)
{
    static const struct {
        const char *config;
        int a, b;
    } table[] = {
        {"{\"outbox\": {\"at_once\": 6}}", 5, 5},
        {"{\"channels\": {\"a\": {\"policy\": {\"at_once\": 1}}}}", 1, 3},
        {"{\"channels\": {\"a\": {\"policy\": {\"at_once\": 8}}}}", 7, 3},
        {"{\"hosts\": {\"h\": {\"at_once\": 7}}}", 6, 0},
        {"{\"policies\": {\"chat\": {\"at_once\": 9}}}", 8, 0},
        {"{\"policies\": {\"chat\": {\"at_once\": 9}}, \"hosts\": {\"h\": {\"at_once\": 3}}}", 2, 0},
        {"{\"hosts\": {\"h\": {\"rate\": {\"count\": 5, \"window\": 1000}}}}", 3, 1},
        {"{\"policies\": {\"page\": {\"at_once\": 1}}}", 3, 3},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct pacing *pacing = pacing_of(table[i].config, "{\"channel a\": \"h\", \"channel b\": \"h\"}");
        assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON), table[i].a);
        assert_int_equal(starts(pacing, "chat", "channel b", 2, NOON), table[i].b);
        pacing_free(pacing);
    }
}

static void a_rate_slides(void **state)
{
    struct pacing *pacing = pacing_of(
        "{\"policies\": {\"chat\": {\"at_once\": 64, \"rate\": {\"count\": 3, \"window\": 60000}}}}", "{}");
    const struct ledger_action one = action("chat", "channel a", 2), urgent = action("chat", "channel a", 0);
    int64_t until;
    const char *why;
    assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON), 2);
    assert_false(pacing_allows(pacing, &one, NOON + 1000, &until, &why));
    assert_int_equal(until, NOON + 60000);
    assert_string_equal(why, "policy chat allows 3 per 1m");
    assert_true(pacing_allows(pacing, &urgent, NOON + 1000, &until, &why));
    pacing_started(pacing, &urgent, NOON + 1000);
    assert_false(pacing_allows(pacing, &urgent, NOON + 59999, &until, &why));
    assert_int_equal(starts(pacing, "chat", "channel b", 2, NOON + 60000), 1);
    assert_false(pacing_allows(pacing, &one, NOON + 60000, &until, &why));
    assert_int_equal(until, NOON + 61000);
    assert_false(pacing_allows(pacing, &one, NOON - 600000, &until, &why)); /* the clock was put back */
    assert_true(until <= NOON - 540000);
    assert_int_equal(pacing_memory(pacing), 60000);
    pacing_free(pacing);
}

static void one_in_a_while_is_kept_for_nobody(void **state)
{
    struct pacing *pacing = pacing_of(
        "{\"channels\": {\"a\": {\"policy\": {\"rate\": {\"count\": 1, \"window\": 1000}}}}}", "{}");
    assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON), 1);
    assert_int_equal(starts(pacing, "chat", "channel a", 0, NOON + 999), 0);
    assert_int_equal(starts(pacing, "chat", "channel a", 2, NOON + 1000), 1);
    pacing_free(pacing);
}

static void a_pause_is_shared_where_the_host_is_configured(void **state)
{
    g_autoptr(json_t) config = json_loads("{\"hosts\": {\"h\": {\"at_once\": 1}}}", 0, NULL),
                      hosts = json_loads("{\"channel a\": \"h\", \"channel b\": \"h\", \"mail\": \"i\","
                                         " \"webhook c\": \"i\"}",
                                         0, NULL),
                      shared = pacing_shared(config, hosts, "channel a"),
                      alone = pacing_shared(config, hosts, "mail"),
                      unknown = pacing_shared(config, NULL, "exec");
    g_autofree char *first = json_canonical(shared), *second = json_canonical(alone),
                    *third = json_canonical(unknown);
    assert_string_equal(first, "[\"channel a\",\"channel b\"]");
    assert_string_equal(second, "[\"mail\"]");
    assert_string_equal(third, "[\"exec\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_destination_has_four_and_keeps_the_last_for_the_urgent),
        cmocka_unit_test(destinations_are_forgotten),
        cmocka_unit_test(the_nearest_words_all_count),
        cmocka_unit_test(a_rate_slides),
        cmocka_unit_test(one_in_a_while_is_kept_for_nobody),
        cmocka_unit_test(a_pause_is_shared_where_the_host_is_configured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
