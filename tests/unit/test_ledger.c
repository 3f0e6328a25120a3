/* Recording: mails, copies of them, what could not be read, new decisions, where files lie; transactions. */
#include "ledger_book.h"

#define FORWARD                                                                                              \
    "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {\"to\": \"technical\"}, \"key\": \"k1\"}]"

static char *state_of(int64_t message)
{
    g_autoptr(json_t) story = show(message);
    return g_strdup(json_text(json_object_get(story, "message"), "state"));
}

static void assert_state(int64_t message, const char *want)
{
    g_autofree char *found = state_of(message);
    assert_string_equal(found, want);
}

static size_t count_unfiled(void)
{
    g_autoptr(GPtrArray) list = ledger_unfiled(book, 0, 100, NULL);
    assert_non_null(list);
    return list->len;
}

static int64_t count_actions(const char *state)
{
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    return json_number(json_object_get(counts, "actions"), state, 0);
}

static void a_mail_is_recorded_with_its_decision_and_actions(void **state)
{
    const struct mail mail = {.name = "a", .category = "maintenance", .rule = "r", .actions = FORWARD};
    struct ledger_recorded recorded = record(&mail);
    g_autofree char *sha = sha_of("a");
    assert_int_equal(recorded.message, 1);
    assert_int_equal(recorded.decision, 1);
    assert_int_equal(recorded.actions, 1);
    assert_false(recorded.duplicate || recorded.filed || recorded.missing || recorded.was_unreadable);
    assert_string_equal(recorded.category, "maintenance");
    assert_string_equal(recorded.sha256, sha);
    g_autoptr(json_t) story = show(1);
    assert_json(at(story, "message", "state", NULL), "\"decided\"");
    assert_json(at(story, "message", "subject", NULL), "\"a\"");
    assert_json(at(story, "message", "arrived", NULL), "\"2026-11-24T12:00:00Z\"");
    assert_json(at(story, "decisions", "0", "rule", NULL), "\"r\"");
    assert_json(at(story, "decisions", "0", "previous", NULL), "null");
    assert_json(at(story, "decisions", "0", "actions", "0", "args", NULL), "{\"to\":\"technical\"}");
    assert_int_equal(json_array_size(at(story, "arrivals", NULL)), 1);
}

static void a_copy_is_one_more_arrival_and_nothing_else(void **state)
{
    const struct mail mail = {.name = "a", .category = "maintenance", .actions = FORWARD};
    const struct mail other = {.name = "a", .file = "b", .category = "maintenance", .actions = FORWARD};
    struct ledger_recorded first = record(&mail), copy = record(&other);
    assert_true(copy.duplicate);
    assert_false(copy.more_proven);
    assert_int_equal(copy.message, first.message);
    assert_int_equal(copy.actions, 0);
    g_autoptr(json_t) story = show(1);
    assert_int_equal(json_array_size(at(story, "arrivals", NULL)), 2);
    assert_int_equal(json_array_size(at(story, "decisions", NULL)), 1);
    assert_int_equal(count_actions("waiting"), 1);
}

static void a_file_that_is_offered_again_did_not_arrive_again(void **state)
{
    const struct mail mail = {.name = "a"};
    record(&mail);
    assert_true(record(&mail).duplicate);
    g_autoptr(json_t) waits = show(1);
    assert_int_equal(json_array_size(at(waits, "arrivals", NULL)), 1);
    set_state(1, "filed");
    assert_true(record(&mail).duplicate);
    g_autoptr(json_t) filed = show(1);
    assert_int_equal(json_array_size(at(filed, "arrivals", NULL)), 2);
}

/* For each verdict of the first one, the copies that make a new decision. */
static void a_copy_that_is_proven_better_is_decided_anew(void **state)
{
    static const char *const verdicts[] = {"forged", "stranger", "unproven", "proven"};
    for (size_t first = 0; first < G_N_ELEMENTS(verdicts); first++) {
        for (size_t later = 0; later < G_N_ELEMENTS(verdicts); later++) {
            g_autofree char *name = g_strconcat(verdicts[first], verdicts[later], NULL);
            const struct mail mail = {.name = name, .verdict = verdicts[first], .category = "suspicious"};
            const struct mail copy = {.name = name,
                                      .verdict = verdicts[later],
                                      .category = "maintenance",
                                      .spool = "trusted",
                                      .file = "copy",
                                      .arrived = NOON + 1};
            struct ledger_recorded before = record(&mail), after = record(&copy);
            bool better = later > first;
            assert_true(after.duplicate);
            assert_int_equal(after.message, before.message);
            assert_int_equal(after.more_proven, better);
            assert_string_equal(after.category, better ? "maintenance" : "suspicious");
            g_autoptr(json_t) story = show(after.message);
            assert_int_equal(json_array_size(at(story, "arrivals", NULL)), 2);
            assert_int_equal(json_array_size(at(story, "decisions", NULL)), better ? 2 : 1);
            assert_json(at(story, "message", "spool", NULL), better ? "\"trusted\"" : "\"in\"");
        }
    }
}

static void what_a_person_decided_stays(void **state)
{
    const struct mail mail = {.name = "a", .verdict = "unproven", .category = "billing"};
    const struct mail copy = {.name = "a", .verdict = "proven", .category = "maintenance", .file = "copy"};
    record(&mail);
    decide(&mail, 1, "kim");
    struct ledger_recorded recorded = record(&copy);
    assert_true(recorded.duplicate);
    assert_false(recorded.more_proven);
    assert_string_equal(recorded.category, "billing");
}

static void a_better_proven_copy_names_the_old_decision_and_queues_what_is_not_done(void **state)
{
    static const char actions[] =
        "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {}, \"key\": \"k1\"},"
        " {\"action\": \"chat\", \"actor\": \"courier\", \"args\": {}, \"key\": \"k2\"}]";
    const struct mail mail = {.name = "a", .verdict = "forged", .category = "suspicious", .actions = FORWARD};
    const struct mail copy = {.name = "a", .category = "abuse", .actions = actions, .file = "copy"};
    record(&mail);
    set_state(1, "filed");
    struct ledger_recorded recorded = record(&copy);
    assert_int_equal(recorded.actions, 1);
    assert_false(recorded.filed);
    assert_string_equal(recorded.category, "abuse");
    assert_string_equal(recorded.folder, "suspicious");
    g_autoptr(json_t) story = show(1);
    assert_json(at(story, "decisions", "1", "previous", NULL), "1");
    assert_json(at(story, "message", "state", NULL), "\"decided\"");
    assert_json(at(story, "message", "arrived", NULL), "\"2026-11-24T12:00:00Z\"");
    assert_false(record(&copy).more_proven);
}

static void a_better_proven_copy_of_the_same_category_leaves_it_filed(void **state)
{
    const struct mail mail = {.name = "a", .verdict = "unproven", .category = "other"};
    const struct mail copy = {.name = "a", .category = "other", .file = "copy"};
    record(&mail);
    set_state(1, "filed");
    assert_true(record(&copy).filed);
    assert_state(1, "filed");
}

static void the_same_bytes_for_another_recipient_are_another_mail(void **state)
{
    const struct mail one = {.name = "a", .recipient = "one@example.com"};
    const struct mail other = {.name = "a", .recipient = "other@example.com"};
    assert_int_equal(record(&one).message, 1);
    assert_int_equal(record(&other).message, 2);
}

/* What the archive holds decides what may become of a copy. */
static void a_copy_knows_where_the_first_one_is(void **state)
{
    static const struct {
        const char *name, *folder, *state; /* afterwards */
        bool filed, missing;
    } cases[] = {
        {"decided", "", "decided", false, false},
        {"filed", "maintenance", "filed", true, false},
        {"missing", "", "decided", false, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct mail mail = {.name = cases[i].name, .category = "maintenance"};
        int64_t message = record(&mail).message;
        set_state(message, cases[i].name);
        struct ledger_recorded copy = record(&mail);
        assert_true(copy.duplicate);
        assert_int_equal(copy.filed, cases[i].filed);
        assert_int_equal(copy.missing, cases[i].missing);
        assert_string_equal(copy.category, "maintenance");
        assert_string_equal(copy.folder, cases[i].folder);
        assert_state(message, cases[i].state);
    }
}

static void the_copy_of_a_missing_mail_takes_its_place(void **state)
{
    const struct mail mail = {.name = "a", .category = "maintenance"};
    const struct mail later = {.name = "a", .spool = "other", .file = "b"};
    record(&mail);
    for (int unreadable = 0; unreadable < 2; unreadable++) {
        set_state(1, "missing");
        struct ledger_recorded copy = unreadable == 1 ? record_unreadable(&later) : record(&later);
        assert_true(copy.duplicate && copy.missing && !copy.filed);
        g_autoptr(GPtrArray) unfiled = ledger_unfiled(book, 0, 10, NULL);
        assert_int_equal(unfiled->len, 1);
        const struct ledger_filing *filing = unfiled->pdata[0];
        assert_string_equal(filing->spool, "other");
        assert_string_equal(filing->file, "b");
        assert_string_equal(filing->category, "maintenance");
    }
    set_state(1, "filed");
    assert_true(record(&mail).filed);
}

static void what_cannot_be_read_is_recorded_with_its_reason(void **state)
{
    const struct mail mail = {.name = "a"};
    assert_false(record_unreadable(&mail).duplicate);
    struct ledger_recorded copy = record_unreadable(&mail);
    assert_true(copy.duplicate);
    assert_false(copy.filed || copy.missing);
    assert_string_equal(copy.category, "");
    g_autoptr(json_t) story = show(1);
    assert_json(at(story, "message", "state", NULL), "\"unreadable\"");
    assert_json(at(story, "message", "reason", NULL), "\"a decider crashed\"");
    assert_int_equal(json_array_size(at(story, "arrivals", NULL)), 2);
    assert_int_equal(count_unfiled(), 0);
}

/* The recipient stands in the mail, so it is known only once the mail can be read. */
static void what_was_unreadable_is_decided_when_it_can_be_read(void **state)
{
    const struct mail blind = {.name = "a", .file = "first"};
    const struct mail seen = {.name = "a",
                              .file = "second",
                              .recipient = "root@example.com",
                              .category = "maintenance",
                              .actions = FORWARD};
    record_unreadable(&blind);
    struct ledger_recorded recorded = record(&seen);
    assert_int_equal(recorded.message, 1);
    assert_true(recorded.was_unreadable);
    assert_false(recorded.duplicate || recorded.filed);
    assert_int_equal(recorded.actions, 1);
    assert_string_equal(recorded.category, "maintenance");
    g_autoptr(json_t) story = show(1);
    assert_json(at(story, "message", "state", NULL), "\"decided\"");
    assert_json(at(story, "message", "reason", NULL), "null");
    assert_json(at(story, "message", "subject", NULL), "\"a\"");
    assert_json(at(story, "message", "recipient", NULL), "\"root@example.com\"");
    assert_json(at(story, "message", "file", NULL), "\"second\"");
    assert_int_equal(json_array_size(at(story, "arrivals", NULL)), 2);
    assert_int_equal(json_array_size(at(story, "decisions", NULL)), 1);
    assert_int_equal(count_unfiled(), 1);
    assert_true(record(&seen).duplicate);
}

static void what_is_unreadable_in_another_spool_stays_so(void **state)
{
    const struct mail blind = {.name = "a", .spool = "one"};
    const struct mail seen = {.name = "a", .spool = "other", .recipient = "root@example.com"};
    record_unreadable(&blind);
    assert_int_equal(record(&seen).message, 2);
    assert_state(1, "unreadable");
}

static void a_new_decision_names_the_old(void **state)
{
    const struct mail mail = {.name = "a", .category = "unmatched"};
    const struct mail again = {.name = "a", .category = "billing"};
    record(&mail);
    struct ledger_recorded recorded = decide(&again, 1, "Alice");
    assert_int_equal(recorded.decision, 2);
    assert_string_equal(recorded.category, "billing");
    g_autoptr(json_t) story = show(1);
    assert_json(at(story, "decisions", "1", "previous", NULL), "1");
    assert_json(at(story, "decisions", "1", "by", NULL), "\"Alice\"");
    assert_int_equal(json_array_size(at(story, "arrivals", NULL)), 1);
}

static void an_action_is_queued_again_only_when_it_will_never_happen(void **state)
{
    static const struct {
        const char *outcome;
        unsigned queued;
    } cases[] = {{"retry", 0}, {"unknown", 0}, {"done", 0}, {"dead", 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *actions = g_strdup_printf(
            "[{\"action\": \"forward\", \"args\": {}, \"actor\": \"courier\", \"key\": \"k%u\","
            " \"due\": 1}]",
            (unsigned)i);
        const struct mail mail = {.name = cases[i].outcome, .actions = actions};
        int64_t message = record(&mail).message, action = (int64_t)i + 1;
        assert_true(ledger_attempt_start(book, action, NOON, NULL));
        assert_true(ledger_attempt_end(book, action, cases[i].outcome, "", "", NOON, NOON, NULL));
        assert_int_equal(redecide(message, &mail).actions, cases[i].queued);
    }
}

/* Letters: a and b decide again for the folder a or b; F, M: filed where it shall lie, missing; A, B: filed
 * in a or b, whatever was decided meanwhile. It begins decided for a. */
static void a_new_decision_keeps_where_the_file_lies(void **state)
{
    static const struct {
        const char *steps, *from, *category, *state;
    } cases[] = {
        {"F", "a", "a", "filed"},     {"Fa", "a", "a", "filed"},     {"Fb", "a", "b", "decided"},
        {"FbF", "b", "b", "filed"},   {"FbFa", "b", "a", "decided"}, {"FbFaF", "a", "a", "filed"},
        {"Fba", "a", "a", "decided"}, {"FbaF", "a", "a", "filed"},   {"b", "a", "b", "decided"},
        {"ba", "a", "a", "decided"},  {"Mb", "a", "b", "decided"},   {"FMa", "a", "a", "decided"},
        {"bA", "a", "b", "decided"},  {"bAB", "b", "b", "filed"},    {"FbaB", "b", "a", "decided"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct mail mail = {.name = cases[i].steps, .category = "a"};
        const struct mail other = {.name = cases[i].steps, .category = "b"};
        int64_t message = record(&mail).message;
        for (const char *step = cases[i].steps; *step != '\0'; step++) {
            if (*step == 'A' || *step == 'B')
                set_filed(message, *step == 'A' ? "a" : "b");
            else if (g_ascii_isupper(*step))
                set_state(message, *step == 'F' ? "filed" : "missing");
            else
                redecide(message, *step == 'a' ? &mail : &other);
        }
        struct ledger_filing *filing = ledger_find_filing(book, message, NULL);
        g_autofree char *found = g_strdup_printf("%s: %s %s %s", cases[i].steps, or (filing->from, "nowhere"),
                                                 filing->category, filing->state);
        g_autofree char *want =
            g_strdup_printf("%s: %s %s %s", cases[i].steps, cases[i].from, cases[i].category, cases[i].state);
        ledger_filing_free(filing);
        assert_string_equal(found, want);
    }
}

static void a_mail_that_is_missing_is_told_once(void **state)
{
    record(&(struct mail){.name = "a"});
    assert_true(set_missing(1));
    assert_false(set_missing(1));
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_int_equal(json_number(counts, "alerts", 0), 1);
    assert_json(at(counts, "recent_alerts", "0", "kind", NULL), "\"missing\"");
    assert_json(at(counts, "recent_alerts", "0", "count", NULL), "1");
    set_state(1, "filed");
    assert_true(set_missing(1));
}

static void what_is_not_there_is_gone(void **state)
{
    g_autoptr(GError) filing = NULL, redecided = NULL;
    g_autoptr(json_t) empty = json_object();
    const struct ledger_decision decision = {.decision = empty, .revision = "", .by = "rules"};
    struct ledger_recorded recorded;
    assert_null(ledger_find_filing(book, 7, &filing));
    assert_error(filing, AWSIFT_ERROR_GONE, "7");
    assert_false(ledger_redecide(book, 7, &decision, &recorded, &redecided));
    assert_error(redecided, AWSIFT_ERROR_GONE, "7");
}

static void unfiled_mails_come_by_id_in_portions(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        record(&(struct mail){.name = names[i]});
    set_state(2, "filed");
    g_autoptr(GPtrArray) first = ledger_unfiled(book, 0, 2, NULL), second = ledger_unfiled(book, 3, 2, NULL);
    assert_int_equal(first->len, 2);
    assert_int_equal(((struct ledger_filing *)first->pdata[1])->message, 3);
    assert_int_equal(second->len, 1);
    assert_null(((struct ledger_filing *)second->pdata[0])->from);
}

static void a_rollback_leaves_nothing(void **state)
{
    const struct mail mail = {.name = "a", .actions = FORWARD};
    assert_true(ledger_begin(book, NULL));
    record(&mail);
    record_unreadable(&(struct mail){.name = "b"});
    ledger_rollback(book);
    g_autoptr(json_t) counts = ledger_counts(book, NULL);
    assert_json(json_object_get(counts, "messages"), "{}");
    assert_json(json_object_get(counts, "actions"), "{}");
    assert_false(record(&mail).duplicate);
    ledger_rollback(book); /* outside of a transaction: nothing */
    assert_state(1, "decided");
}

static void what_is_committed_is_seen_by_others_and_not_before(void **state)
{
    g_autoptr(ledger) reader = ledger_open(path, LEDGER_READ, NULL);
    assert_true(ledger_begin(book, NULL));
    record(&(struct mail){.name = "a"});
    assert_null(ledger_show(reader, 1, NULL));
    assert_true(ledger_commit(book, NULL));
    g_autoptr(json_t) story = ledger_show(reader, 1, NULL);
    assert_non_null(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mail_is_recorded_with_its_decision_and_actions),
        TEST(a_copy_is_one_more_arrival_and_nothing_else),
        TEST(a_file_that_is_offered_again_did_not_arrive_again),
        TEST(a_copy_that_is_proven_better_is_decided_anew),
        TEST(what_a_person_decided_stays),
        TEST(a_better_proven_copy_names_the_old_decision_and_queues_what_is_not_done),
        TEST(a_better_proven_copy_of_the_same_category_leaves_it_filed),
        TEST(the_same_bytes_for_another_recipient_are_another_mail),
        TEST(a_copy_knows_where_the_first_one_is),
        TEST(the_copy_of_a_missing_mail_takes_its_place),
        TEST(what_cannot_be_read_is_recorded_with_its_reason),
        TEST(what_was_unreadable_is_decided_when_it_can_be_read),
        TEST(what_is_unreadable_in_another_spool_stays_so),
        TEST(a_new_decision_names_the_old),
        TEST(an_action_is_queued_again_only_when_it_will_never_happen),
        TEST(a_new_decision_keeps_where_the_file_lies),
        TEST(a_mail_that_is_missing_is_told_once),
        TEST(what_is_not_there_is_gone),
        TEST(unfiled_mails_come_by_id_in_portions),
        TEST(a_rollback_leaves_nothing),
        TEST(what_is_committed_is_seen_by_others_and_not_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
