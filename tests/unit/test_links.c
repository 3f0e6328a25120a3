/* Where links lead, whose hosts those are, and which only look like AWS's. */
#include "mail/links.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct links *known_links;

static int set_up(void **state)
{
    json_t *known =
        json_pack("{s:[sssss], s:[ss], s:[sssss], s:[s], s:[ss], s:[s]}", "aws", "amazon.com", "aws.com",
                  "aws", "signin.amazonaws.com", "awstrack.me", "hosted", "amazonaws.com", "on.aws",
                  "redirects", "awstrack.me", "safelinks.example", "urldefense.com", "v2.example",
                  "google.com", "opaque", "mimecast.com", "lures", "login", "verif", "executable", "exe");
    known_links = links_new(known);
    json_decref(known);
    return 0;
}

static int tear_down(void **state)
{
    links_free(known_links);
    return 0;
}

static void places(void **state)
{
    static const struct {
        const char *link, *host, *user;
        bool secure;
    } table[] = {
        {"https://Console.AWS.amazon.com/x?y#z", "console.aws.amazon.com", NULL, true},
        {"http://example.com", "example.com", NULL, false},
        {"https://example.com.:443/", "example.com", NULL, true},
        {"https://aws.amazon.com@evil.example/", "evil.example", "aws.amazon.com", true},
        {"https://a@b@evil.example/", "evil.example", "a@b", true},
        {"https://evil.example/@aws.amazon.com", "evil.example", NULL, true},
        {"https://evil.example\\@aws.amazon.com", "evil.example", NULL, true},
        {"https:\\\\evil.example", "evil.example", NULL, true},
        {"https:////evil.example", "evil.example", NULL, true},
        {"https://aws%2eexample%2Ecom/", "aws.example.com", NULL, true},
        {"https://m\xc3\xbcnchen.example/", "xn--mnchen-3ya.example", NULL, true},
        {"https://evil\xe3\x80\x82"
         "example/",
         "evil.example", NULL, true},
        {"https://[2001:db8::1]/", "[2001:db8::1]", NULL, true},
        {"https://a.awstrack.me/L0/https:%2F%2Fevil.example%2Fp%3Fq/1/01/x=1", "evil.example", NULL, true},
        {"https://a.awstrack.me/CI0/x", "a.awstrack.me", NULL, true},
        {"https://e.safelinks.example/?url=https%3A%2F%2Fevil.example%2Fx&data=https%3A%2F%2Fb.example",
         "evil.example", NULL, true},
        {"https://urldefense.com/v3/__https://evil.example__;!!a", "evil.example", NULL, true},
        {"https://urldefense.com/v3/__http:/evil.example/a__;!!a", "evil.example", NULL, true},
        {"https://v2.example/v2/url?u=https-3A__aws-2Dx.example_a_b&d=1", "aws-x.example", NULL, true},
        {"https://www.google.com/url?q=https://a.awstrack.me/L0/https:%252F%252Fevil.example/1&sa=D",
         "a.awstrack.me", NULL, true},
        {"https://www.google.com/url?q=https://urldefense.com/v3/__https://evil.example/__;", "evil.example",
         NULL, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct link_place place;
        if (!links_place(known_links, table[i].link, &place))
            fail_msg("%s: no place", table[i].link);
        if (strcmp(place.host, table[i].host) != 0 || g_strcmp0(place.user, table[i].user) != 0 ||
            place.secure != table[i].secure)
            fail_msg("%s: got %s, user %s", table[i].link, place.host, place.user);
        link_place_clear(&place);
    }
}

static void what_leads_nowhere(void **state)
{
    static const char *const table[] = {
        "",           "https:",     "https://",     "https://@/",    "ftp://example.com",
        "mailto:a@b", "https://./", "javascript:x", "https://%zz/x", "https://%ff.example/"};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct link_place place;
        if (links_place(known_links, table[i], &place))
            fail_msg("%s: got %s", table[i], place.host);
    }
}

static void owners(void **state)
{
    static const struct {
        const char *host;
        enum host_owner owner;
    } table[] = {
        {"amazon.com", HOST_AWS},
        {"a.b.aws.amazon.com", HOST_AWS},
        {"repost.aws", HOST_AWS},
        {"aws", HOST_AWS},
        {"x.on.aws", HOST_HOSTED},
        {"b.s3.amazonaws.com", HOST_HOSTED},
        {"signin.amazonaws.com", HOST_AWS},
        {"notamazon.com", HOST_OTHER},
        {"amazon.com.example", HOST_OTHER},
        {"protect.mimecast.com", HOST_OPAQUE},
        {"", HOST_OTHER},
        {"com", HOST_OTHER},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (links_owner(known_links, table[i].host) != table[i].owner)
            fail_msg("%s: got %d", table[i].host, links_owner(known_links, table[i].host));
}

static void likeness(void **state)
{
    static const struct {
        const char *host;
        enum host_likeness likeness;
    } table[] = {
        {"console.aws.amazon.com.evil.example", HOST_IN_FRONT},
        {"login-aws.amazon.com-x.evil.example", HOST_IN_FRONT},
        {"x.aws.com.evil.example", HOST_IN_FRONT},
        {"signin.aws.amazon.com.s3.amazonaws.com", HOST_IN_FRONT},
        {"amaz0n.example", HOST_LETTERS},
        {"arnazon.example", HOST_LETTERS},
        {"amazn.example", HOST_LETTERS},
        {"xn--mazon-3ve.example", HOST_LETTERS},
        {"avvs.example", HOST_LETTERS},
        {"notamazon.com", HOST_LIKE},
        {"aws-login.example", HOST_LIKE},
        {"awsverification.example", HOST_LIKE},
        {"aws.customer.example", HOST_UNLIKE},
        {"login.customer.example", HOST_UNLIKE},
        {"amazing.example", HOST_UNLIKE},
        {"laws.example", HOST_UNLIKE},
        {"aws-login.s3.amazonaws.com", HOST_UNLIKE},
        {"signin.aws", HOST_UNLIKE},
        {"xn--", HOST_UNLIKE},
        {"", HOST_UNLIKE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        if (links_likeness(known_links, table[i].host) != table[i].likeness)
            fail_msg("%s: got %d", table[i].host, links_likeness(known_links, table[i].host));
}

static void what_a_word_shows(void **state)
{
    static const struct {
        const char *word, *host;
    } table[] = {{"console.aws.amazon.com", "console.aws.amazon.com"},
                 {"console.aws.amazon.com/ec2", "console.aws.amazon.com"},
                 {"https://AWS.amazon.com:443/x", "aws.amazon.com"},
                 {"word", NULL},
                 {"a@aws.com", NULL},
                 {"arn:aws:s3:::x.y", NULL},
                 {"(x).y", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *host = links_shown_host(table[i].word);
        if (g_strcmp0(host, table[i].host) != 0)
            fail_msg("%s: got %s", table[i].word, host);
    }
}

static void long_links_are_read_in_time(void **state)
{
    static const char *const units[] = {"a.", "%2e", "@", "https://", "https:%2F%2F", "xn--", "aws.com."};
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autoptr(GString) link = g_string_new("https://www.google.com/url?q=https://");
        while (link->len < 64 * 1024)
            g_string_append(link, units[i]);
        struct link_place place;
        if (links_place(known_links, link->str, &place))
            link_place_clear(&place);
        g_autofree char *host = links_shown_host(link->str);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(what_leads_nowhere),
        cmocka_unit_test(owners),
        cmocka_unit_test(likeness),
        cmocka_unit_test(what_a_word_shows),
        cmocka_unit_test(long_links_are_read_in_time),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
