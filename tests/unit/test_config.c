/* The configuration from JSON: defaults, what is refused, and how little a decider gets to know. */
#include "base/config.h"
#include "base/error.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct config *read_text(const char *text, GError **error)
{
    g_autoptr(json_t) json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    return config_from_json(json, error);
}

/* A sound configuration with more keys. */
static char *text_with(const char *more)
{
    return g_strdup_printf(
        "{\"store\":\"/srv/store\",\"spools\":[{\"name\":\"in\",\"path\":\"/srv/spool\"}]%s}", more);
}

static struct config *read_with(const char *more, GError **error)
{
    g_autofree char *text = text_with(more);
    return read_text(text, error);
}

static void defaults_are_filled_in(void **state)
{
    g_autoptr(config) config = read_with("", NULL);
    assert_non_null(config);
    assert_null(config->file);
    assert_string_equal(config->store, "/srv/store");
    assert_int_equal(config->spools->len, 1);
    assert_int_equal(config->rules->len, 0);
    const struct config_spool *spool = config->spools->pdata[0];
    assert_string_equal(spool->name, "in");
    assert_string_equal(spool->path, "/srv/spool");
    assert_int_equal(spool->kind, SPOOL_MAILDIR);
    assert_null(spool->recipient);
    assert_int_equal(spool->settle, 5000);
    assert_int_equal(config->deciders.count, 2);
    assert_int_equal(config->deciders.time, 5000);
    assert_int_equal(config->deciders.memory, 512 << 20);
}

static void everything_is_read(void **state)
{
    g_autoptr(config) config = read_text(
        "{\"file\":\"/etc/awsift/awsift.lua\",\"store\":\"/srv/store\",\"spools\":["
        "{\"name\":\"a\",\"path\":\"/srv/a\",\"kind\":\"directory\",\"settle\":0,"
        "\"recipient\":\"root@example.com\"},"
        "{\"name\":\"b\",\"path\":\"/srv/store-of-others\",\"kind\":\"maildir\",\"settle\":86400000}],"
        "\"rules\":[{\"path\":\"/srv/rules\",\"require_tests\":true,\"line\":7},"
        "{\"path\":\"/usr/share/awsift/rules.d\",\"shipped\":true}],"
        "\"deciders\":{\"count\":64,\"time\":100,\"memory\":67108864}}",
        NULL);
    assert_non_null(config);
    assert_string_equal(config->file, "/etc/awsift/awsift.lua");
    const struct config_spool *a = config->spools->pdata[0], *b = config->spools->pdata[1];
    assert_int_equal(a->kind, SPOOL_DIRECTORY);
    assert_int_equal(a->settle, 0);
    assert_string_equal(a->recipient, "root@example.com");
    assert_int_equal(b->kind, SPOOL_MAILDIR);
    assert_int_equal(b->settle, 86400000);
    const struct config_rules *own = config->rules->pdata[0], *shipped = config->rules->pdata[1];
    assert_true(own->require_tests && !own->shipped);
    assert_true(!shipped->require_tests && shipped->shipped);
    assert_true(own->line == 7 && shipped->line == 0);
    assert_int_equal(config->deciders.count, 64);
    assert_int_equal(config->deciders.time, 100);
    assert_int_equal(config->deciders.memory, 64 << 20);
}

static void assert_refused(const char *text, const char *about)
{
    g_autoptr(GError) error = NULL;
    if (read_text(text, &error) != NULL)
        fail_msg("accepted: %s", text);
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG));
    if (strstr(error->message, about) == NULL)
        fail_msg("'%s' does not name %s", error->message, about);
}

static void a_wrong_whole_is_refused(void **state)
{
    static const struct {
        const char *text, *about;
    } cases[] = {
        {"null", "store"},
        {"[]", "store"},
        {"{}", "store"},
        {"{\"store\":7}", "store"},
        {"{\"store\":\"\"}", "store"},
        {"{\"store\":\"relative\"}", "store"},
        {"{\"store\":\"/srv/store\"}", "spool"},
        {"{\"store\":\"/srv/store\",\"spools\":[]}", "spool"},
        {"{\"store\":\"/srv/store\",\"spools\":{}}", "spool"},
        {"{\"store\":\"/srv/store\",\"spools\":[7]}", "spool"},
        {"{\"store\":\"/srv/store\",\"spools\":[{\"path\":\"/srv/spool\"}]}", "spool"},
        {"{\"store\":\"/srv/store\",\"spools\":[{\"name\":\"in\"}]}", "spool"},
        {"{\"store\":\"/srv/store\",\"spools\":[{\"name\":\"in\",\"path\":\"../spool\"}]}", "spool"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_refused(cases[i].text, cases[i].about);
    }
}

static void a_wrong_number_is_refused_not_replaced(void **state)
{
    static const struct {
        const char *more, *about;
    } cases[] = {
        {",\"deciders\":{\"count\":0}", "count"},
        {",\"deciders\":{\"count\":65}", "count"},
        {",\"deciders\":{\"count\":-9223372036854775808}", "count"},
        {",\"deciders\":{\"count\":2.0}", "count"},
        {",\"deciders\":{\"count\":\"2\"}", "count"},
        {",\"deciders\":{\"time\":99}", "time"},
        {",\"deciders\":{\"time\":600001}", "time"},
        {",\"deciders\":{\"time\":1e303}", "time"},
        {",\"deciders\":{\"memory\":67108863}", "memory"},
        {",\"deciders\":{\"memory\":9223372036854775807}", "memory"},
        {",\"rules\":[{}]", "rules"},
        {",\"rules\":[{\"path\":\"rules.d\"}]", "rules"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = text_with(cases[i].more);
        assert_refused(text, cases[i].about);
    }
}

static void a_wrong_spool_is_refused(void **state)
{
    static const struct {
        const char *spool, *about;
    } cases[] = {
        {"\"name\":\"b\",\"path\":\"/srv/b\",\"kind\":\"mbox\"", "/srv/b"},
        {"\"name\":\"b\",\"path\":\"/srv/b\",\"settle\":-5000", "settle"},
        {"\"name\":\"b\",\"path\":\"/srv/b\",\"settle\":86400001", "settle"},
        {"\"name\":\"b\",\"path\":\"/srv/b\",\"settle\":0.5", "settle"},
        {"\"name\":\"a\",\"path\":\"/srv/b\"", "two spools"},
        {"\"name\":\"b\",\"path\":\"/srv/a\"", "two spools"},
        {"\"name\":\"b\",\"path\":\"/srv/a/\"", "two spools"},
        {"\"name\":\"b\",\"path\":\"/srv//x/../a/.\"", "two spools"},
        {"\"name\":\"b\",\"path\":\"/srv/store\"", "inside the store"},
        {"\"name\":\"b\",\"path\":\"/srv/store/archive/maintenance\"", "inside the store"},
        {"\"name\":\"b\",\"path\":\"/srv/a/../store/outbox\"", "inside the store"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "{\"store\":\"/srv/store/\",\"spools\":[{\"name\":\"a\",\"path\":\"/srv/a\"},{%s}]}",
            cases[i].spool);
        assert_refused(text, cases[i].about);
    }
}

static void a_decider_gets_names_and_no_address(void **state)
{
    g_autoptr(config) config = read_with(
        ",\"trust\":{\"authserv_id\":[\"mx.example.jp\"]},\"timezone\":\"Asia/Tokyo\",\"limits\":{\"parts\":9},"
        "\"deciders\":{\"time\":700},\"rules\":[{\"path\":\"/srv/rules\",\"require_tests\":true},"
        "{\"path\":\"/usr/share/awsift/rules.d\",\"shipped\":true}],"
        "\"channels\":{\"b\":{\"kind\":\"slack\",\"url\":\"https://example.com/secret\"},\"a\":{}},"
        "\"commands\":{\"page\":{\"program\":\"/usr/bin/secret\"}},\"webhooks\":{},"
        "\"operators\":{\"mail\":[\"secret@example.com\"]},\"smtp\":{\"url\":\"smtp://secret.example.com\"}",
        NULL);
    assert_non_null(config);
    g_autoptr(json_t) known = config_for_decider(config);
    g_autofree char *text = json_canonical(known);
    assert_string_equal(
        text,
        "{\"channel_kinds\":{\"b\":\"slack\"},\"channels\":[\"a\",\"b\"],\"commands\":[\"page\"],"
        "\"deciders\":{\"time\":700},\"escalations\":[],"
        "\"limits\":{\"parts\":9},\"require_tests\":[true,false],\"shipped\":1,\"shipped_rules\":1,\"spools\":[{\"name\":\"in\","
        "\"recipient\":null,\"trust\":{\"authserv_id\":[\"mx.example.jp\"]}}],"
        "\"timezone\":\"Asia/Tokyo\",\"webhooks\":[]}");
}

static void a_spools_own_trust_wins(void **state)
{
    g_autoptr(config) config =
        read_text("{\"store\":\"/srv/store\",\"trust\":{\"authserv_id\":[\"mx.example.jp\"]},\"spools\":["
                  "{\"name\":\"a\",\"path\":\"/srv/a\",\"trust\":{\"authserv_id\":[\"mx.example.com\"]}},"
                  "{\"name\":\"b\",\"path\":\"/srv/b\",\"trust\":7}]}",
                  NULL);
    g_autoptr(json_t) known = config_for_decider(config);
    g_autofree char *spools = json_canonical(json_object_get(known, "spools"));
    assert_string_equal(
        spools, "[{\"name\":\"a\",\"recipient\":null,\"trust\":{\"authserv_id\":[\"mx.example.com\"]}},"
                "{\"name\":\"b\",\"recipient\":null,\"trust\":{\"authserv_id\":[\"mx.example.jp\"]}}]");
}

static void nothing_can_be_freed(void **state)
{
    config_free(NULL);
    assert_null(config_from_json(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),   cmocka_unit_test(everything_is_read),
        cmocka_unit_test(a_wrong_whole_is_refused), cmocka_unit_test(a_wrong_number_is_refused_not_replaced),
        cmocka_unit_test(a_wrong_spool_is_refused), cmocka_unit_test(a_decider_gets_names_and_no_address),
        cmocka_unit_test(a_spools_own_trust_wins),  cmocka_unit_test(nothing_can_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
