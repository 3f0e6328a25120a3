/* Decisions and contexts as a decider that was taken over would send them: each field missing, of each wrong
 * type, and with each wrong value. */
#include "base/error.h"
#include "base/json.h"
#include "wire/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char sound_decision[] =
    "{\"message_id\":\"<1@example.com>\",\"subject\":\"\",\"from\":\"a@example.com\","
    "\"date\":\"2026-11-24T01:02:03Z\",\"category\":\"maintenance\",\"rule\":\"ec2.instance-retirement\","
    "\"certainty\":\"exact\",\"priority\":\"normal\",\"account\":\"123456789012\",\"service\":\"EC2\","
    "\"found\":{\"instance\":\"i-1\",\"all\":[\"a\",\"b\"]},\"notice\":{\"title\":\"t\"},\"tags\":[\"a\"],"
    "\"actions\":[{\"action\":\"forward\",\"args\":{\"to\":\"technical\"}}],"
    "\"near\":{\"rule\":\"a.b\",\"category\":null,\"similarity\":0.5,\"differs\":[],\"template\":null},"
    "\"auth\":{\"verdict\":\"proven\"},\"defects\":[\"x\"],"
    "\"errors\":[{\"rule\":null,\"kind\":\"limit\",\"message\":\"m\"},"
    "{\"rule\":\"a\",\"kind\":\"time\",\"message\":\"m\"}]}";
static const char sound_context[] =
    "{\"message_id\":null,\"subject\":\"s\",\"date\":null,\"from\":{\"name\":\"\",\"address\":null},"
    "\"arrived\":\"2026-11-24T01:02:03Z\",\"category\":\"unmatched\",\"category_title\":\"\","
    "\"category_title_en\":\"\","
    "\"priority\":\"urgent\",\"account\":null,\"contact\":\"*\",\"rule\":null,\"verdict\":\"forged\","
    "\"certainty\":\"none\",\"service\":null,\"advice\":null,\"near\":null,\"notice\":{},\"found\":{},"
    "\"reasons\":[],\"text\":\"\",\"answer\":\"24h\",\"held\":null,\"group\":{\"by\":[\"rule\"],\"wait\":\"5m\",\"most\":\"1h\"},"
    "\"people\":{\"technical\":\"h\"},\"contact_group\":\"@a\",\"silenced\":{\"name\":\"a.lua:1\",\"what\":{\"rule\":[\"a.*\"]},\"starts\":0,"
    "\"ends\":1,\"reason\":\"\"},\"deduping_id\":null,\"drill\":null,"
    "\"shadow\":[{\"rule\":\"a.b\",\"category\":\"other\",\"agrees\":false}]}";

typedef bool (*check)(const json_t *value, GError **error);

static json_t *read_text(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

/* The sound value with one key replaced; taken off where `value` is NULL. */
static bool accepts(check check, const char *sound, const char *key, json_t *value)
{
    g_autoptr(json_t) whole = read_text(sound);
    g_autoptr(GError) error = NULL;
    if (value == NULL)
        json_object_del(whole, key);
    else
        json_object_set_new(whole, key, value);
    bool good = check(whole, &error);
    if (!good) {
        assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL));
        assert_null(strchr(error->message, '\n'));
    }
    assert_int_equal(good, error == NULL);
    return good;
}

static void the_sound_ones_are_accepted(void **state)
{
    g_autoptr(json_t) decision = read_text(sound_decision);
    g_autoptr(json_t) context = read_text(sound_context);
    assert_true(decision_check(decision, NULL));
    assert_true(decision_check_context(context, NULL));
    assert_false(decision_check(context, NULL));
    assert_false(decision_check_context(decision, NULL));
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"null", "[]", "7", "\"x\"", "true", "{}"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(json_t) value = read_text(texts[i]);
        assert_false(decision_check(value, NULL));
        assert_false(decision_check_context(value, NULL));
    }
    assert_false(decision_check(NULL, NULL));
    assert_false(decision_check_context(NULL, NULL));
}

static void each_field_must_be_there_and_no_other(void **state)
{
    const char *key;
    json_t *value;
    g_autoptr(json_t) decision = read_text(sound_decision);
    json_object_foreach(decision, key, value)
        assert_false(accepts(decision_check, sound_decision, key, NULL));
    g_autoptr(json_t) context = read_text(sound_context);
    json_object_foreach(context, key, value)
        assert_false(accepts(decision_check_context, sound_context, key, NULL));
    static const char *const more[] = {"", "program", "url", "Subject", "file"};
    for (size_t i = 0; i < G_N_ELEMENTS(more); i++) {
        assert_false(accepts(decision_check, sound_decision, more[i], json_null()));
        assert_false(accepts(decision_check_context, sound_context, more[i], json_null()));
    }
}

static void shadows_are_rules_and_categories(void **state)
{
    static const char *const wrong[] = {
        "[null]",
        "[{}]",
        "[{\"rule\":\"a\",\"category\":\"b\"}]",
        "[{\"rule\":null,\"category\":\"b\",\"agrees\":true}]",
        "[{\"rule\":\"a\",\"category\":\"B b\",\"agrees\":true}]",
        "[{\"rule\":\"a\",\"category\":\"b\",\"agrees\":1}]",
        "[{\"rule\":\"a\",\"category\":\"b\",\"agrees\":true,\"more\":1}]",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        if (accepts(decision_check_context, sound_context, "shadow", read_text(wrong[i])))
            fail_msg("%s", wrong[i]);
}

/* Of null, true, 7, 1.5, "", [], {}: which a field takes. */
static void each_field_takes_its_type_alone(void **state)
{
    static const char *const values[] = {"null", "true", "7", "1.5", "\"\"", "[]", "{}"};
    static const struct {
        const char *key, *takes; /* '+' for each value that is right */
    } decision[] =
        {
            {"message_id", "+---+--"}, {"subject", "----+--"},  {"from", "+---+--"},
            {"date", "+------"},       {"category", "-------"}, {"rule", "+------"},
            {"certainty", "-------"},  {"priority", "-------"}, {"account", "+------"},
            {"service", "+---+--"},    {"found", "------+"},    {"notice", "------+"},
            {"tags", "-----+-"},       {"actions", "-----+-"},  {"near", "+------"},
            {"auth", "-------"},       {"defects", "-----+-"},  {"errors", "-----+-"},
        },
      context[] = {
          {"message_id", "+---+--"},     {"subject", "----+--"},
          {"date", "+------"},           {"from", "-------"},
          {"arrived", "+------"},        {"category", "-------"},
          {"category_title", "----+--"}, {"priority", "-------"},
          {"account", "+------"},        {"contact", "+---+--"},
          {"rule", "+------"},           {"verdict", "-------"},
          {"certainty", "-------"},      {"service", "+---+--"},
          {"advice", "+-----+"},         {"near", "+------"},
          {"notice", "------+"},         {"found", "------+"},
          {"reasons", "-----+-"},        {"text", "----+--"},
          {"answer", "+---+--"},         {"group", "+-----+"},
          {"shadow", "-----+-"},         {"deduping_id", "+---+--"},
          {"held", "+---+--"},           {"contact_group", "+---+--"},
          {"silenced", "+------"},       {"category_title_en", "----+--"},
          {"people", "+-----+"},
      };
    for (size_t j = 0; j < G_N_ELEMENTS(values); j++) {
        for (size_t i = 0; i < G_N_ELEMENTS(decision); i++)
            if (accepts(decision_check, sound_decision, decision[i].key, read_text(values[j])) !=
                (decision[i].takes[j] == '+'))
                fail_msg("%s of a decision as %s", decision[i].key, values[j]);
        for (size_t i = 0; i < G_N_ELEMENTS(context); i++)
            if (accepts(decision_check_context, sound_context, context[i].key, read_text(values[j])) !=
                (context[i].takes[j] == '+'))
                fail_msg("%s of a context as %s", context[i].key, values[j]);
    }
}

#define NEAR(rule, category, similarity, differs, template)                                                  \
    "{\"rule\":" rule ",\"category\":" category ",\"similarity\":" similarity ",\"differs\":" differs        \
    ",\"template\":" template "}"

static json_t *near_with(json_t *differs, json_t *template)
{
    return json_pack("{s:s, s:s, s:i, s:o, s:o}", "rule", "a", "category", "b", "similarity", 1, "differs",
                     differs, "template", template);
}

static json_t *text_of(size_t length)
{
    g_autofree char *text = g_strnfill(length, 'x');
    return json_string(text);
}

static void a_notice_says_nothing_else(void **state)
{
    static const struct {
        const char *notice;
        bool want;
    } cases[] = {
        {"{\"title\":\"t\",\"reminder\":true,\"accounts\":[\"1\"],\"service\":null,\"starts\":null,"
         "\"ends\":\"2026-11-24T01:02:03Z\",\"status\":\"cancelled\",\"metadata\":{},\"language\":\"ja+en\"}",
         true},
        {"{\"status\":null,\"language\":null}", true},
        {"{\"status\":\"gone\"}", false},
        {"{\"status\":[]}", false},
        {"{\"language\":7}", false},
        {"{\"title\":null}", false},
        {"{\"reminder\":1}", false},
        {"{\"resources\":[7]}", false},
        {"{\"starts\":\"soon\"}", false},
        {"{\"deadline\":7}", false},
        {"{\"metadata\":[]}", false},
        {"{\"more\":null}", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (accepts(decision_check, sound_decision, "notice", read_text(cases[i].notice)) != cases[i].want ||
            accepts(decision_check_context, sound_context, "notice", read_text(cases[i].notice)) !=
                cases[i].want)
            fail_msg("%s", cases[i].notice);
    assert_false(
        accepts(decision_check, sound_decision, "notice", json_pack("{s:o}", "language", text_of(201))));
}

static void each_value_is_looked_at(void **state)
{
    static const struct {
        const char *key, *value;
        bool want;
    } cases[] = {
        {"date", "\"1969-12-31T23:59:59Z\"", true},
        {"date", "\"0999-01-01T00:00:00Z\"", true},
        {"date", "\"9999-12-31T23:59:59Z\"", true},
        {"date", "\"--------------------\"", false},
        {"date", "\"2026-02-30T00:00:00Z\"", false},
        {"date", "\"2026-11-24T24:00:00Z\"", false},
        {"date", "\"2026-11-24T01:02:03+\"", false},
        {"date", "\"2026-11-24T01:02:03\"", false},
        {"date", "\"2026-11-24T01:02:03Z\\n\"", false},
        {"date", "\"20261124T010203.000Z\"", false},
        {"category", "\"..\"", false},
        {"category", "\"a/b\"", false},
        {"category", "\"a\\nb\"", false},
        {"category", "\"A\"", false},
        {"category", "\"日本\"", false},
        {"rule", "\"../x\"", false},
        {"certainty", "\"sure\"", false},
        {"certainty", "\"general\"", true},
        {"priority", "\"Urgent\"", false},
        {"priority", "\"low\"", true},
        {"account", "\"12345678901\"", false},
        {"account", "\"1234567890123\"", false},
        {"account", "\"12345678901x\"", false},
        {"account", "\"１２３４\"", false},
        {"tags", "[\"a\",7]", false},
        {"tags", "[null]", false},
        {"defects", "[[\"a\"]]", false},
        {"auth", "{\"verdict\":\"trusted\"}", false},
        {"auth", "{\"verdict\":null}", false},
        {"auth", "{\"verdict\":\"stranger\",\"reasons\":[]}", true},
        {"near", NEAR("\"a/b\"", "null", "1", "[]", "null"), false},
        {"near", NEAR("7", "null", "1", "[]", "null"), false},
        {"near", NEAR("\"a\"", "\"..\"", "1", "[]", "null"), false},
        {"near", NEAR("\"a\"", "\"other\"", "1", "[]", "null"), true},
        {"near", NEAR("\"a\"", "\"other\"", "0.83", "[\"x\"]", "\"{any}\""), true},
        {"near", NEAR("\"a\"", "\"other\"", "1.01", "[]", "null"), false},
        {"near", NEAR("\"a\"", "\"other\"", "-0.01", "[]", "null"), false},
        {"near", NEAR("\"a\"", "\"other\"", "\"1\"", "[]", "null"), false},
        {"near", NEAR("\"a\"", "\"other\"", "1", "[7]", "null"), false},
        {"near", NEAR("\"a\"", "\"other\"", "1", "null", "null"), false},
        {"near", NEAR("\"a\"", "\"other\"", "1", "[]", "[]"), false},
        {"near", NEAR("\"a\"", "\"other\"", "1", "[]", "null,\"more\":1"), false},
        {"near", "{\"rule\":\"a\",\"category\":\"other\"}", false},
        {"errors", "[7]", false},
        {"errors", "[{\"rule\":7,\"kind\":\"k\",\"message\":\"m\"}]", false},
        {"errors", "[{\"rule\":\"a\\nb\",\"kind\":\"k\",\"message\":\"m\"}]", false},
        {"errors", "[{\"rule\":null,\"kind\":\"k\"}]", false},
        {"errors", "[{\"rule\":null,\"kind\":{},\"message\":\"m\"}]", false},
        {"errors", "[{\"kind\":\"k\",\"message\":\"m\"}]", false},
        {"actions", "[7]", false},
        {"actions", "[{}]", false},
        {"actions", "[[\"action\",\"args\"]]", false},
        {"actions", "[{\"action\":\"forward\"}]", false},
        {"actions", "[{\"action\":\"forward\",\"args\":[]}]", false},
        {"actions", "[{\"action\":\"forward\",\"args\":{},\"actor\":\"custom\"}]", false},
        {"actions", "[{\"action\":\"../x\",\"args\":{}}]", false},
        {"actions", "[{\"action\":\"\",\"args\":{}}]", false},
        {"actions", "[{\"action\":null,\"args\":{}}]", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (accepts(decision_check, sound_decision, cases[i].key, read_text(cases[i].value)) != cases[i].want)
            fail_msg("%s as %s", cases[i].key, cases[i].value);
    static const char *const names[] = {"{}", "{\"name\":\"\"}", "{\"name\":7,\"address\":\"\"}",
                                        "{\"name\":\"\",\"address\":[]}"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_false(accepts(decision_check_context, sound_context, "from", read_text(names[i])));
}

static json_t *nested(int depth)
{
    json_t *value = json_string("x");
    for (int i = 0; i < depth; i++)
        value = i % 2 == 0 ? json_pack("[o]", value) : json_pack("{s:o}", "k", value);
    return json_pack("{s:o}", "k", value);
}

static json_t *list_of(size_t count, const char *text)
{
    json_t *list = json_array();
    while (count-- > 0)
        json_array_append_new(list, read_text(text));
    return list;
}

static void sizes_are_bounded(void **state)
{
    for (int more = 0; more < 2; more++) {
        bool want = more == 0;
        assert_int_equal(accepts(decision_check, sound_decision, "found", nested(22 + more)), want);
        assert_int_equal(
            accepts(decision_check, sound_decision, "subject", text_of((64 << 10) + (size_t)more)), want);
        assert_int_equal(
            accepts(decision_check_context, sound_context, "text", text_of((256 << 10) + (size_t)more)),
            want);
        assert_int_equal(
            accepts(decision_check, sound_decision, "tags", list_of(1000 + (size_t)more, "\"a\"")), want);
        assert_int_equal(accepts(decision_check, sound_decision, "actions",
                                 list_of(50 + (size_t)more, "{\"action\":\"a\",\"args\":{}}")),
                         want);
        assert_int_equal(accepts(decision_check, sound_decision, "near",
                                 near_with(list_of(10 + (size_t)more, "\"a\""), json_null())),
                         want);
        assert_int_equal(accepts(decision_check, sound_decision, "near",
                                 near_with(json_pack("[o]", text_of(2000 + (size_t)more)), json_null())),
                         want);
        assert_int_equal(accepts(decision_check, sound_decision, "near",
                                 near_with(json_array(), text_of(2000 + (size_t)more))),
                         want);
        g_autofree char *key = g_strnfill(200 + (gsize)more, 'k');
        assert_int_equal(accepts(decision_check, sound_decision, "found", json_pack("{s:s}", key, "x")),
                         want);
        json_t *many = json_object();
        for (int i = 0; i < 1000 + more; i++) {
            g_autofree char *name = g_strdup_printf("%d", i);
            json_object_set_new(many, name, json_true());
        }
        assert_int_equal(accepts(decision_check, sound_decision, "found", many), want);
        assert_int_equal(
            accepts(decision_check_context, sound_context, "deduping_id", text_of(200 + (size_t)more)), want);
    }
    assert_false(accepts(decision_check, sound_decision, "auth",
                         json_pack("{s:s, s:o}", "verdict", "proven", "server", text_of(65 << 10))));
    assert_false(accepts(decision_check, sound_decision, "actions",
                         json_pack("[{s:s, s:{s:o}}]", "action", "a", "args", "text", text_of(65 << 10))));
    assert_false(accepts(decision_check, sound_decision, "found", nested(2000)));
}

static void names_are_plain(void **state)
{
    g_autofree char *longest = g_strnfill(100, 'a'), *longer = g_strnfill(101, 'a');
    const struct {
        const char *name;
        bool want;
    } cases[] = {
        {"a", true},     {"ec2.instance-retirement", true},
        {"a_b-9", true}, {"-", true},
        {"9", true},     {longest, true},
        {longer, false}, {NULL, false},
        {"", false},     {".", false},
        {"..", false},   {".a", false},
        {"a/b", false},  {"a b", false},
        {"a\n", false},  {"A", false},
        {"é", false},    {"a:b", false},
        {"a\\b", false}, {"a%s", false},
        {"a..b", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(name_is_valid(cases[i].name), cases[i].want);
}

static void priorities_are_ranked(void **state)
{
    static const struct {
        const char *name;
        int want;
    } cases[] = {{"urgent", 0}, {"high", 1}, {"normal", 2}, {"low", 3}, {"", -1}, {"URGENT", -1}, {NULL, -1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(priority_rank(cases[i].name), cases[i].want);
}

static void verdicts_are_ranked_by_how_well_they_prove(void **state)
{
    static const char *const names[] = {"forged", "stranger", "unproven", "proven"};
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++)
        assert_int_equal(verdict_rank(names[i]), i);
    assert_int_equal(verdict_rank("trusted"), -1);
    assert_int_equal(verdict_rank(NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sound_ones_are_accepted),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(each_field_must_be_there_and_no_other),
        cmocka_unit_test(each_field_takes_its_type_alone),
        cmocka_unit_test(shadows_are_rules_and_categories),
        cmocka_unit_test(a_notice_says_nothing_else),
        cmocka_unit_test(each_value_is_looked_at),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(names_are_plain),
        cmocka_unit_test(priorities_are_ranked),
        cmocka_unit_test(verdicts_are_ranked_by_how_well_they_prove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
