/* The limits: the same defaults in the program and in the configuration language, and what they may be. */
#include "base/config.h"
#include "base/error.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *key;
    size_t offset;
} keys[] = {
    {"bytes", offsetof(struct limits, bytes)},
    {"header_block", offsetof(struct limits, header_block)},
    {"header_field", offsetof(struct limits, header_field)},
    {"colons", offsetof(struct limits, colons)},
    {"headers", offsetof(struct limits, headers)},
    {"parts", offsetof(struct limits, parts)},
    {"depth", offsetof(struct limits, depth)},
    {"text", offsetof(struct limits, text)},
};

static size_t limit_of(const struct limits *limits, size_t which)
{
    return *(const size_t *)(const void *)((const char *)limits + keys[which].offset);
}

static struct config *with_limits(json_t *limits, GError **error)
{
    g_autoptr(json_t) json = json_pack("{s:s, s:[{s:s, s:s}], s:o}", "store", "/srv/store", "spools", "name",
                                       "in", "path", "/srv/spool", "limits", limits);
    return config_from_json(json, error);
}

static void a_missing_limit_has_its_default(void **state)
{
    const struct limits defaults = LIMITS_DEFAULT;
    g_autoptr(config) config = with_limits(json_object(), NULL);
    assert_non_null(config);
    assert_memory_equal(&config->limits, &defaults, sizeof defaults);
}

/* The value of `key = NUMBER` or `key = NUMBER * NUMBER …` in the Lua text. */
static size_t product_after(const char *text, const char *key)
{
    g_autofree char *pattern = g_strdup_printf("[ {]%s = ([0-9* ]+)", key);
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    assert_true(g_regex_match(regex, text, 0, &match));
    g_autofree char *found = g_match_info_fetch(match, 1);
    g_auto(GStrv) factors = g_strsplit(found, "*", -1);
    size_t product = 1;
    for (size_t i = 0; factors[i] != NULL; i++)
        product *= (size_t)g_ascii_strtoull(g_strstrip(factors[i]), NULL, 10);
    return product;
}

static void the_language_knows_the_same_defaults(void **state)
{
    const struct limits defaults = LIMITS_DEFAULT;
    g_autofree char *path =
        g_build_filename(g_getenv("AWSIFT_SOURCE"), "scripts", "awsift", "config.lua", NULL);
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    const char *limits = strstr(text, "limits = {");
    assert_non_null(limits);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        assert_int_equal(product_after(limits, keys[i].key), limit_of(&defaults, i));
}

static void each_limit_is_read_by_its_key(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        struct limits want = LIMITS_DEFAULT;
        *(size_t *)(void *)((char *)&want + keys[i].offset) = 7 + i;
        g_autoptr(config) config = with_limits(json_pack("{s:I}", keys[i].key, (json_int_t)(7 + i)), NULL);
        assert_non_null(config);
        assert_memory_equal(&config->limits, &want, sizeof want);
    }
}

static void a_limit_out_of_bounds_is_refused(void **state)
{
    static const char *const values[] = {
        "0",       "-1",   "4294967297", "9223372036854775807", "-9223372036854775808", "1.5",
        "\"10M\"", "true", "[]"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(values); j++) {
            g_autoptr(GError) error = NULL;
            json_t *limits = json_object();
            json_object_set_new(limits, keys[i].key, json_loads(values[j], JSON_DECODE_ANY, NULL));
            assert_null(with_limits(limits, &error));
            assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG));
            assert_non_null(strstr(error->message, keys[i].key));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_limit_has_its_default),
        cmocka_unit_test(the_language_knows_the_same_defaults),
        cmocka_unit_test(each_limit_is_read_by_its_key),
        cmocka_unit_test(a_limit_out_of_bounds_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
