/* Which addresses are asked, by what they are and by what is named. */
#include "actor/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

static const char *refusal(const struct reach *reach, const char *host, const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return reach_refusal(reach, host, (const struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return reach_refusal(reach, host, (const struct sockaddr *)&six);
}

static void addresses_have_kinds(void **state)
{
    static const struct {
        const char *address, *want; /* a word of the kind; NULL: it is asked */
    } table[] = {
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"126.255.255.255", NULL},
        {"128.0.0.0", NULL},
        {"9.255.255.255", NULL},
        {"10.0.0.0", "private"},
        {"10.255.255.255", "private"},
        {"11.0.0.0", NULL},
        {"172.15.255.255", NULL},
        {"172.16.0.0", "private"},
        {"172.31.255.255", "private"},
        {"172.32.0.0", NULL},
        {"192.167.255.255", NULL},
        {"192.168.0.0", "private"},
        {"192.169.0.0", NULL},
        {"169.254.169.254", "link-local"},
        {"169.253.255.255", NULL},
        {"100.63.255.255", NULL},
        {"100.64.0.0", "carrier"},
        {"100.127.255.255", "carrier"},
        {"100.128.0.0", NULL},
        {"223.255.255.255", NULL},
        {"224.0.0.1", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "reserved"},
        {"0.0.0.0", "no address"},
        {"0.1.2.3", "no address"},
        {"192.0.2.5", "reserved"},
        {"198.18.0.1", "reserved"},
        {"198.20.0.1", NULL},
        {"8.8.8.8", NULL},
        {"::", "no address"},
        {"::1", "loopback"},
        {"::2", "reserved"},
        {"::127.0.0.1", "reserved"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:10.1.2.3", "private"},
        {"::ffff:8.8.8.8", NULL},
        {"64:ff9b::127.0.0.1", "loopback"},
        {"64:ff9b::169.254.169.254", "link-local"},
        {"64:ff9b::8.8.8.8", NULL},
        {"64:ff9b:1::8.8.8.8", "reserved"},
        {"2002:7f00:1::", "reserved"},
        {"2001:0:1::1", "reserved"},
        {"2001:db8::1", "reserved"},
        {"2001:4860:4860::8888", NULL},
        {"2600:1f18::1", NULL},
        {"3fff::1", "reserved"},
        {"4000::1", "reserved"},
        {"fc00::1", "private"},
        {"fd00:ec2::254", "private"},
        {"fe80::1", "link-local"},
        {"febf::1", "link-local"},
        {"fec0::1", "private"},
        {"ff02::1", "multicast"},
    };
    struct reach *reach = reach_new(NULL);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *got = refusal(reach, "example.com", table[i].address), *want = table[i].want;
        if ((got == NULL) != (want == NULL) || (want != NULL && strstr(got, want) == NULL))
            fail_msg("%s: got %s, want %s", table[i].address, got != NULL ? got : "(asked)",
                     want != NULL ? want : "(asked)");
    }
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_non_null(reach_refusal(reach, "example.com", (const struct sockaddr *)&local));
    reach_free(reach);
}

static void what_is_named_is_asked(void **state)
{
    static const struct {
        const char *host, *address;
        bool asked;
    } table[] = {
        {"jira.example.internal", "10.0.0.5", true},
        {"JIRA.example.internal.", "fd00::5", true},
        {"jira.example.internal.example.com", "10.0.0.5", false},
        {"example.com", "10.0.0.5", false},
        {"example.com", "192.168.7.1", true},
        {"example.com", "192.168.8.1", false},
        {"example.com", "::ffff:192.168.7.1", true},
        {"example.com", "64:ff9b::192.168.7.1", true},
        {"127.0.0.2", "127.0.0.2", true},
        {"127.0.0.3", "127.0.0.3", false},
        {"[fd12::1]", "fd12::1", true},
        {"[fd12::2]", "fd12::2", false},
        {"[fd34::7]", "fd34::7", true},
        {"example.com", "8.8.8.8", true},
    };
    json_t *allowed = json_pack("[s, s, s, s, s]", "Jira.Example.Internal", "192.168.7.0/24", "127.0.0.2",
                                "[fd12::1]", "fd34::/16");
    struct reach *reach = reach_new(allowed);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if ((refusal(reach, table[i].host, table[i].address) == NULL) != table[i].asked)
            fail_msg("%s at %s: want %s", table[i].host, table[i].address,
                     table[i].asked ? "asked" : "refused");
    assert_true(reach_is_named(reach, "jira.example.internal"));
    assert_true(reach_is_named(reach, "192.168.7.9"));
    assert_false(reach_is_named(reach, "8.8.8.8"));
    assert_non_null(reach_refusal_of_literal(reach, "localhost"));
    assert_non_null(reach_refusal_of_literal(reach, "x.localhost"));
    assert_null(reach_refusal_of_literal(reach, "127.0.0.2"));
    assert_null(reach_refusal_of_literal(reach, "other.example.internal"));
    reach_free(reach);
    json_decref(allowed);
}

static void all_may_be_named(void **state)
{
    json_t *allowed = json_pack("[s, s]", "0.0.0.0/0", "::/0");
    struct reach *reach = reach_new(allowed);
    assert_null(refusal(reach, "example.com", "127.0.0.1"));
    assert_null(refusal(reach, "example.com", "fe80::1"));
    reach_free(reach);
    json_decref(allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses_have_kinds),
                                       cmocka_unit_test(what_is_named_is_asked),
                                       cmocka_unit_test(all_may_be_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
