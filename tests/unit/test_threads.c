/* Which mails are linked to which, as what, and which never are. */
#include "ledger_book.h"

#include <stdio.h>

#define A "123456789012"
#define B "210987654321"
#define DAY (24 * HOUR)

/* A notice as the builder makes one; each argument a JSON value, NULL for null or []. */
struct notice {
    const char *title, *type, *resources, *regions, *accounts, *starts, *ends, *deadline, *status, *case_id,
        *abuse_id;
    bool reminder;
};

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *list_of(const char *words)
{
    json_t *list = json_array();
    g_auto(GStrv) parts = g_strsplit(or (words, ""), " ", -1);
    for (char **part = parts; *part != NULL; part++)
        if (**part != '\0')
            json_array_append_new(list, json_string(*part));
    return list;
}

static char *notice_text(const struct notice *notice)
{
    g_autoptr(json_t) json =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "title",
                  or (notice->title, "Retirement"), "event_type", text_or_null(notice->type), "resources",
                  list_of(notice->resources), "regions", list_of(notice->regions), "accounts",
                  list_of(notice->accounts), "starts", text_or_null(notice->starts), "ends",
                  text_or_null(notice->ends), "deadline", text_or_null(notice->deadline), "status",
                  text_or_null(notice->status), "case", text_or_null(notice->case_id), "abuse_id",
                  text_or_null(notice->abuse_id), "reminder", notice->reminder);
    return json_canonical(json);
}

/* One mail that comes so many hours after the first. */
struct coming {
    int hours;
    struct notice notice;
    const char *want; /* "RELATION of N", or "first" */
    const char *changes;
    const char *account; /* A; "" for none */
    const char *verdict, *message_id, *deduping_id;
};

static int number;

static struct ledger_recorded come(const struct coming *coming, int64_t again)
{
    g_autofree char *notice = notice_text(&coming->notice),
                    *name = g_strdup_printf("mail %d", again != 0 ? (int)again : ++number),
                    *own = g_strdup_printf("%s@example.com", name);
    const char *account = or (coming->account, A);
    const struct mail mail = {.name = name,
                              .account = *account != '\0' ? account : NULL,
                              .verdict = coming->verdict,
                              .notice = notice,
                              .message_id = or (coming->message_id, own),
                              .deduping_id = coming->deduping_id,
                              .arrived = NOON + coming->hours * HOUR};
    return decide(&mail, again, "rules");
}

static bool keep_row(json_t *row, void *data)
{
    *(json_t **)data = json_incref(row);
    return false;
}

static json_t *entry_of(int64_t message)
{
    size_t index;
    json_t *entry;
    g_autoptr(json_t) story = show(message);
    json_array_foreach((json_t *)at(story, "thread", NULL), index, entry)
        if (json_number(entry, "id", 0) == message)
            return json_incref(entry);
    return NULL;
}

static char *link_of(int64_t message)
{
    g_autoptr(json_t) entry = entry_of(message), story = show(message);
    const char *relation = json_text(entry, "relation");
    if (entry == NULL || strcmp(relation, "first") == 0)
        return g_strdup(or (relation, "none"));
    return g_strdup_printf("%s of %d", relation, (int)json_number(at(story, "thread", "0", NULL), "id", 0));
}

static void assert_link(int64_t message, const char *want, const char *about)
{
    g_autofree char *found = link_of(message);
    if (strcmp(found, want) != 0)
        fail_msg("%s: mail %d is %s, not %s", about, (int)message, found, want);
}

/* Into an empty ledger, which is empty again at the end. */
static void follow(const char *about, const struct coming *mails, size_t count)
{
    number = 0;
    assert_true(ledger_begin(book, NULL));
    for (size_t i = 0; i < count && mails[i].want != NULL; i++) {
        struct ledger_recorded recorded = come(&mails[i], 0);
        assert_link(recorded.message, mails[i].want, about);
        g_autoptr(json_t) entry = entry_of(recorded.message);
        g_autofree char *changes =
            entry != NULL ? json_canonical(json_object_get(entry, "changes")) : g_strdup("[]");
        if (strcmp(changes, or (mails[i].changes, "[]")) != 0)
            fail_msg("%s: mail %d changes %s", about, (int)recorded.message, changes);
    }
    ledger_rollback(book);
}

#define EC2 "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED"
#define DX "AWS_DIRECTCONNECT_MAINTENANCE_SCHEDULED"
#define EOL "AWS_LAMBDA_PLANNED_LIFECYCLE_EVENT"
#define DEC7 "2026-12-07T00:00:00Z"
#define DEC9 "2026-12-09T00:00:00Z"
#define I1 "i-0123456789abcdef0"
#define I2 "i-0fedcba9876543210"
#define FROM7TO9 "{\"from\":\"" DEC7 "\",\"to\":\"" DEC9 "\",\"what\":\"starts\"}"
#define ONE                                                                                                  \
    {                                                                                                        \
        .type = EC2, .resources = I1, .regions = "ap-northeast-1", .starts = DEC7                            \
    }

#define STATUS(from, to) "{\"from\":\"" from "\",\"to\":\"" to "\",\"what\":\"status\"}"

static void mails_about_one_notice_are_linked(void **state)
{
    static const struct {
        const char *about;
        struct coming mails[5];
    } cases[] = {
        {"a copy in another mailbox has another Message-ID",
         {{.notice = ONE, .want = "first"}, {.hours = 1, .notice = ONE, .want = "duplicate of 1"}}},
        {"the same Message-ID, whatever else is known",
         {{.message_id = "m", .account = "", .want = "first"},
          {.hours = 400, .message_id = "m", .account = "", .want = "duplicate of 1"}}},
        {"the sender's own mark",
         {{.deduping_id = "d", .account = "", .notice = {.title = "A"}, .want = "first"},
          {.hours = 1,
           .deduping_id = "d",
           .account = "",
           .notice = {.title = "B"},
           .want = "duplicate of 1"}}},
        {"one of both says that it is planned, the other nothing, and meanwhile it was called off",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = EC2, .resources = I1, .starts = DEC7, .status = "cancelled"},
           .want = "cancelled of 1",
           .changes = "[" STATUS("scheduled", "cancelled") "]"},
          {.hours = 2,
           .notice = {.type = EC2,
                      .resources = I1,
                      .regions = "ap-northeast-1",
                      .starts = DEC7,
                      .status = "scheduled"},
           .want = "duplicate of 1"}}},
        {"the same said again days later",
         {{.notice = ONE, .want = "first"}, {.hours = 48, .notice = ONE, .want = "reminder of 1"}}},
        {"a reminder, and one more",
         {{.notice = ONE, .want = "first"},
          {.hours = 2,
           .notice = {.type = EC2, .resources = I1, .starts = DEC7, .reminder = true},
           .want = "reminder of 1"},
          {.hours = 99,
           .notice = {.type = EC2, .resources = I1, .starts = DEC7, .reminder = true},
           .want = "reminder of 1"}}},
        {"other times",
         {{.notice = ONE, .want = "first"},
          {.hours = 30,
           .notice = {.type = EC2, .resources = I1, .starts = DEC9},
           .want = "update of 1",
           .changes = "[" FROM7TO9 "]"},
          {.hours = 31, .notice = {.type = EC2, .resources = I1, .starts = DEC9}, .want = "duplicate of 1"}}},
        {"what changed is what changed since the last one",
         {{.notice = ONE, .want = "first"},
          {.hours = 30, .notice = {.type = EC2, .resources = I1, .reminder = true}, .want = "reminder of 1"},
          {.hours = 60,
           .notice = {.type = EC2, .resources = I1, .starts = DEC9},
           .want = "update of 1",
           .changes = "[" FROM7TO9 "]"}}},
        {"resources come and go",
         {{.notice = ONE, .want = "first"},
          {.hours = 30,
           .notice = {.type = EC2, .resources = I1 " " I2, .starts = DEC7},
           .want = "update of 1",
           .changes = "[{\"added\":[\"" I2 "\"],\"removed\":[],\"what\":\"resources\"}]"},
          {.hours = 60,
           .notice = {.type = EC2, .resources = I2, .starts = DEC7, .reminder = true},
           .want = "reminder of 1",
           .changes = "[{\"added\":[],\"removed\":[\"" I1 "\"],\"what\":\"resources\"}]"}}},
        {"called off, under the same subject",
         {{.notice = {.title = "Planned Maintenance", .type = DX, .resources = "dxcon-1", .starts = DEC7},
           .want = "first"},
          {.hours = 30,
           .notice = {.title = "Planned Maintenance",
                      .type = DX,
                      .resources = "dxcon-1",
                      .starts = DEC7,
                      .status = "cancelled"},
           .want = "cancelled of 1",
           .changes = "[" STATUS("scheduled", "cancelled") "]"},
          {.hours = 31,
           .notice = {.title = "Planned Maintenance",
                      .type = DX,
                      .resources = "dxcon-1",
                      .starts = DEC7,
                      .status = "cancelled"},
           .want = "duplicate of 1"},
          {.hours = 32, /* a copy of the first that was under way for long is no new plan */
           .notice = {.title = "Planned Maintenance", .type = DX, .resources = "dxcon-1", .starts = DEC7},
           .want = "first"}}},
        {"a late copy of the first, within a day",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = EC2, .resources = I1, .starts = DEC7, .status = "cancelled"},
           .want = "cancelled of 1",
           .changes = "[" STATUS("scheduled", "cancelled") "]"},
          {.hours = 2, .notice = ONE, .want = "duplicate of 1"}}},
        {"done, under another title and another stage of the event",
         {{.notice = {.title = "Planned Maintenance", .type = DX, .resources = "dxcon-1", .starts = DEC7},
           .want = "first"},
          {.hours = 330,
           .notice = {.title = "Maintenance Complete",
                      .type = "AWS_DIRECTCONNECT_MAINTENANCE_COMPLETED",
                      .resources = "dxcon-1",
                      .status = "completed"},
           .want = "completed of 1",
           .changes = "[" STATUS("scheduled", "completed") "]"}}},
        {"an emergency",
         {{.notice = {.type = DX, .resources = "dxcon-1", .starts = DEC7}, .want = "first"},
          {.hours = 3,
           .notice = {.type = "AWS_DIRECTCONNECT_EMERGENCY_MAINTENANCE_SCHEDULED",
                      .resources = "dxcon-1",
                      .starts = DEC7,
                      .status = "emergency"},
           .want = "emergency of 1",
           .changes = "[" STATUS("scheduled", "emergency") "]"}}},
        {"put off again after it was called off, when the mail says so",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = EC2, .resources = I1, .starts = DEC7, .status = "cancelled"},
           .want = "cancelled of 1",
           .changes = "[" STATUS("scheduled", "cancelled") "]"},
          {.hours = 30,
           .notice = {.type = EC2, .resources = I1, .starts = DEC9, .status = "updated"},
           .want = "update of 1",
           .changes = "[" FROM7TO9 "," STATUS("cancelled", "scheduled") "]"}}},
        {"both forms of one notice, one of which names no resource",
         {{.notice = {.type = EOL, .resources = "fn", .deadline = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.type = EOL, .deadline = DEC7}, .want = "duplicate of 1"}}},
        {"sooner than announced",
         {{.notice = ONE, .want = "first"},
          {.hours = 30,
           .notice = {.type = "AWS_EC2_INSTANCE_RETIREMENT_EXPEDITED", .resources = I1, .starts = DEC9},
           .want = "update of 1",
           .changes = "[" FROM7TO9 "]"}}},
        {"no event type, but title and time",
         {{.notice = {.deadline = DEC7}, .want = "first"},
          {.hours = 50, .notice = {.deadline = DEC7}, .want = "reminder of 1"}}},
        {"a reminder of the only notice of that title, which names neither resource nor time",
         {{.notice = {.type = EOL, .regions = "eu-west-1"}, .want = "first"},
          {.hours = 50,
           .notice = {.type = EOL, .regions = "eu-west-1", .reminder = true},
           .want = "reminder of 1"}}},
        {"a change of the deadline of the only notice of that title",
         {{.notice = {.type = EOL, .deadline = DEC7}, .want = "first"},
          {.hours = 50,
           .notice = {.type = EOL, .deadline = DEC9, .status = "updated"},
           .want = "update of 1",
           .changes = "[{\"from\":\"" DEC7 "\",\"to\":\"" DEC9 "\",\"what\":\"deadline\"}]"}}},
        {"better proven ones join, and from then on only such",
         {{.verdict = "unproven", .notice = ONE, .want = "first"},
          {.hours = 1, .notice = ONE, .want = "duplicate of 1"},
          {.hours = 2, .verdict = "unproven", .notice = ONE, .want = "first"}}},
        {"of two threads the one with more in common",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = EC2, .resources = I2 " i-00000000000000003", .starts = DEC9},
           .want = "first"},
          {.hours = 60,
           .notice = {.type = EC2, .resources = I1 " " I2 " i-00000000000000003", .reminder = true},
           .want = "update of 2",
           .changes = "[{\"added\":[\"" I1 "\"],\"removed\":[],\"what\":\"resources\"}]"}}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        follow(cases[i].about, cases[i].mails, G_N_ELEMENTS(cases[i].mails));
}

static void mails_about_other_things_are_not_linked(void **state)
{
    static const struct {
        const char *about;
        struct coming mails[5];
    } cases[] = {
        {"another instance, at the same time",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = EC2, .resources = I2, .regions = "ap-northeast-1", .starts = DEC7},
           .want = "first"},
          {.hours = 2,
           .notice = {.type = EC2,
                      .resources = I2,
                      .regions = "ap-northeast-1",
                      .starts = DEC7,
                      .status = "cancelled"},
           .want = "cancelled of 2",
           .changes = "[" STATUS("scheduled", "cancelled") "]"}}},
        {"another instance, under one title, at the same time",
         {{.notice = {.resources = I1, .starts = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.resources = I2, .starts = DEC7}, .want = "first"}}},
        {"another kind of event under one title, at the same time",
         {{.notice = {.type = EC2, .starts = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.type = DX, .starts = DEC7}, .want = "first"}}},
        {"other accounts, several of them each, by an id that both have",
         {{.deduping_id = "d", .account = "", .notice = {.accounts = A " " B}, .want = "first"},
          {.hours = 1,
           .deduping_id = "d",
           .account = "",
           .notice = {.accounts = B " 333333333333"},
           .want = "first"}}},
        {"better proven mail that comes late counts all the same",
         {{.hours = 50, .verdict = "unproven", .notice = ONE, .want = "first"},
          {.hours = 49, .notice = ONE, .want = "duplicate of 1"},
          {.hours = 51, .verdict = "unproven", .notice = ONE, .want = "first"}}},
        {"another account",
         {{.notice = ONE, .want = "first"}, {.hours = 1, .account = B, .notice = ONE, .want = "first"}}},
        {"another account, by an id that both have",
         {{.message_id = "m", .deduping_id = "d", .notice = ONE, .want = "first"},
          {.hours = 1, .message_id = "m", .deduping_id = "d", .account = B, .notice = ONE, .want = "first"},
          {.hours = 2,
           .message_id = "m",
           .deduping_id = "d",
           .account = "",
           .notice = ONE,
           .want = "first"}}},
        {"another region",
         {{.notice = {.type = EOL, .regions = "eu-west-1", .deadline = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.type = EOL, .regions = "us-east-1", .deadline = DEC7}, .want = "first"},
          {.hours = 50,
           .notice = {.type = EOL, .regions = "us-east-1", .deadline = DEC7, .reminder = true},
           .want = "reminder of 2"}}},
        {"a database of the same name in another region",
         {{.notice = {.type = "AWS_RDS_MAINTENANCE_SCHEDULED",
                      .resources = "db",
                      .regions = "eu-west-1",
                      .starts = DEC7},
           .want = "first"},
          {.hours = 1,
           .notice = {.type = "AWS_RDS_MAINTENANCE_SCHEDULED",
                      .resources = "db",
                      .regions = "us-east-1",
                      .starts = DEC7},
           .want = "first"}}},
        {"another kind of event about the same resource",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED",
                      .resources = I1,
                      .starts = DEC7},
           .want = "first"}}},
        {"another version in the title",
         {{.notice = {.title = "End of support for 3.8", .deadline = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.title = "End of support for 3.9", .deadline = DEC7}, .want = "first"}}},
        {"another version in the title, on the same day, under the service's code for whatever ends",
         {{.notice = {.title = "End of support for 3.8", .type = EOL, .deadline = DEC7}, .want = "first"},
          {.hours = 1,
           .notice = {.title = "End of support for 3.9", .type = EOL, .deadline = DEC7},
           .want = "first"}}},
        {"another end that concerns the same resource",
         {{.notice = {.title = "Certificates expire", .type = EOL, .resources = "db", .deadline = DEC7},
           .want = "first"},
          {.hours = 50,
           .notice = {.title = "End of version 12", .type = EOL, .resources = "db", .deadline = DEC9},
           .want = "first"}}},
        {"work that names no resource, at another time",
         {{.notice = {.type = DX, .starts = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.type = DX, .starts = DEC9}, .want = "first"},
          {.hours = 2,
           .notice = {.type = DX, .starts = "2026-12-30T00:00:00Z", .status = "cancelled"},
           .want = "first"}}},
        {"one more alarm about the same resource",
         {{.notice = {.type = "AWS_RISK_CREDENTIALS_EXPOSED", .resources = "AKIAIOSFODNN7EXAMPLE"},
           .want = "first"},
          {.hours = 1,
           .notice = {.type = "AWS_RISK_CREDENTIALS_EXPOSED", .resources = "AKIAIOSFODNN7EXAMPLE"},
           .want = "first"},
          {.hours = 30,
           .notice = {.type = "AWS_RISK_CREDENTIALS_EXPOSED", .resources = "AKIAIOSFODNN7EXAMPLE"},
           .want = "first"}}},
        {"another abuse report about the same resource",
         {{.notice = {.title = "Abuse", .resources = I1, .deadline = DEC7, .abuse_id = "1"}, .want = "first"},
          {.hours = 1,
           .notice = {.title = "Abuse", .resources = I1, .deadline = DEC7, .abuse_id = "2"},
           .want = "first"},
          {.hours = 50,
           .notice = {.title = "Abuse", .resources = I1, .abuse_id = "1", .reminder = true},
           .want = "reminder of 1"}}},
        {"what is said in one support case",
         {{.notice = {.title = "Help", .resources = I1, .deadline = DEC7, .case_id = "1"}, .want = "first"},
          {.hours = 1,
           .notice = {.title = "Help", .resources = I1, .deadline = DEC7, .case_id = "1"},
           .want = "first"}}},
        {"neither resource nor time",
         {{.notice = {.type = EC2}, .want = "first"},
          {.hours = 1, .notice = {.type = EC2}, .want = "first"},
          {.hours = 2, .notice = {.title = "Other", .status = "cancelled"}, .want = "first"},
          {.hours = 3, .notice = {.title = "Other", .status = "cancelled"}, .want = "first"}}},
        {"a reminder that could be of either",
         {{.notice = {.type = EOL, .deadline = DEC7}, .want = "first"},
          {.hours = 1, .notice = {.type = EOL, .deadline = DEC9}, .want = "first"},
          {.hours = 60, .notice = {.type = EOL, .reminder = true}, .want = "first"}}},
        {"other work on the same circuit is called off",
         {{.notice = {.type = DX, .resources = "dxcon-1", .starts = DEC7}, .want = "first"},
          {.hours = 1,
           .notice = {.type = DX, .resources = "dxcon-1", .starts = DEC9, .status = "cancelled"},
           .want = "first"}}},
        {"one of two works on the same circuit is called off, nobody knows which",
         {{.notice = {.type = DX, .resources = "dxcon-1", .starts = DEC7}, .want = "first"},
          {.hours = 1,
           .notice = {.type = DX, .resources = "dxcon-1", .starts = DEC9},
           .want = "update of 1",
           .changes = "[" FROM7TO9 "]"},
          {.hours = 2,
           .notice = {.type = DX, .resources = "dxcon-1", .status = "cancelled"},
           .want = "first"},
          {.hours = 3,
           .notice = {.type = DX, .resources = "dxcon-1", .starts = DEC9, .status = "completed"},
           .want = "first"}}},
        {"work on the same circuit after the first is over",
         {{.notice = {.type = DX, .resources = "dxcon-1", .starts = DEC7, .ends = DEC7}, .want = "first"},
          {.hours = 24 * 20,
           .notice = {.type = DX, .resources = "dxcon-1", .starts = "2026-12-30T00:00:00Z"},
           .want = "first"}}},
        {"a new plan after the first was called off",
         {{.notice = ONE, .want = "first"},
          {.hours = 1,
           .notice = {.type = EC2, .resources = I1, .starts = DEC7, .status = "cancelled"},
           .want = "cancelled of 1",
           .changes = "[" STATUS("scheduled", "cancelled") "]"},
          {.hours = 50, .notice = {.type = EC2, .resources = I1, .starts = DEC9}, .want = "first"}}},
        {"long after", /* the window is 90 days */
         {{.notice = ONE, .want = "first"}, {.hours = 24 * 90 + 1, .notice = ONE, .want = "first"}}},
        {"what came before the last one changes nothing",
         {{.hours = 50, .notice = ONE, .want = "first"},
          {.hours = 1, .notice = {.type = EC2, .resources = I1, .starts = DEC9}, .want = "first"}}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        follow(cases[i].about, cases[i].mails, G_N_ELEMENTS(cases[i].mails));
}

/* Each verdict after each: a mail joins nothing that is better proven, and one that is proven not at all or
 * forged joins nothing. */
static void what_is_less_proven_ends_nothing(void **state)
{
    static const char *const verdicts[] = {"forged", "stranger", "unproven", "proven"};
    for (size_t first = 0; first < G_N_ELEMENTS(verdicts); first++)
        for (size_t later = 0; later < G_N_ELEMENTS(verdicts); later++) {
            bool joins = first >= 2 && later >= first;
            const struct coming mails[] = {
                {.verdict = verdicts[first],
                 .message_id = "m",
                 .notice = ONE,
                 .want = first < 2 ? "none" : "first"},
                {.hours = 1,
                 .verdict = verdicts[later],
                 .notice = {.type = EC2, .resources = I1, .starts = DEC7, .status = "cancelled"},
                 .want = joins       ? "cancelled of 1"
                         : later < 2 ? "none"
                                     : "first",
                 .changes = joins ? "[" STATUS("scheduled", "cancelled") "]" : NULL},
                {.hours = 2,
                 .verdict = verdicts[later],
                 .message_id = "m",
                 .notice = {.title = "other"},
                 .want = joins       ? "duplicate of 1"
                         : later < 2 ? "none"
                                     : "first"},
            };
            g_autofree char *about = g_strdup_printf("%s, then %s", verdicts[first], verdicts[later]);
            follow(about, mails, G_N_ELEMENTS(mails));
        }
}

static void the_window_is_the_configurations(void **state)
{
    number = 0;
    ledger_set_thread_window(book, 2 * DAY);
    const struct coming mails[] = {
        {.notice = ONE}, {.hours = 47, .notice = ONE}, {.hours = 96, .notice = ONE}};
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++)
        come(&mails[i], 0);
    assert_link(2, "reminder of 1", "within");
    assert_link(3, "first", "49 hours after the last");
}

/* What actors get stands in the decision's context; the decision itself knows no other mail. */
static void actors_get_to_know_the_thread(void **state)
{
    number = 0;
    const char *actions = "[{\"action\": \"forward\", \"actor\": \"courier\", \"args\": {}, \"key\": \"k\"}]";
    const struct coming first = {.notice = ONE};
    come(&first, 0);
    g_autofree char *notice = notice_text(&(struct notice){.type = EC2, .resources = I1, .starts = DEC9});
    record(&(struct mail){.name = "later",
                          .account = A,
                          .notice = notice,
                          .message_id = "later",
                          .actions = actions,
                          .arrived = NOON + HOUR});
    const struct ledger_wish wish = {
        .actor = "courier", .now = NOON * 2, .most = 9};
    g_autoptr(GPtrArray) due = ledger_due(book, &wish, NULL);
    assert_int_equal(due->len, 1);
    const struct ledger_action *action = due->pdata[0];
    assert_json(json_object_get(action->context, "thread"),
                "{\"changes\":[" FROM7TO9 "],\"first\":{\"arrived\":\"2026-11-24T12:00:00Z\",\"id\":1,"
                "\"subject\":\"mail 1\"},\"relation\":\"update\"}");
    g_autoptr(json_t) story = show(2);
    assert_null(at(story, "decisions", "0", "decision", "thread", NULL));
}

static void a_list_shows_one_thread(void **state)
{
    number = 0;
    const struct coming mails[] = {{.notice = ONE},
                                   {.hours = 1, .notice = {.type = EC2, .resources = I2, .starts = DEC9}},
                                   {.hours = 2, .notice = ONE},
                                   {.hours = 3, .notice = ONE, .verdict = "forged"}};
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++)
        come(&mails[i], 0);
    g_autoptr(json_t) last = NULL, other = NULL, forged = NULL;
    assert_true(ledger_list(book, &(struct ledger_filter){.thread = 1}, keep_row, &last, NULL));
    assert_int_equal(json_number(last, "id", 0), 3);
    assert_int_equal(json_number(last, "thread", 0), 1);
    assert_string_equal(json_text(last, "relation"), "duplicate");
    assert_true(ledger_list(book, &(struct ledger_filter){.thread = 2}, keep_row, &other, NULL));
    assert_int_equal(json_number(other, "id", 0), 2);
    assert_true(ledger_list(book, &(struct ledger_filter){.thread = 4}, keep_row, &forged, NULL));
    assert_int_equal(json_number(forged, "id", 0), 4);
    assert_json(json_object_get(forged, "thread"), "null");
}

static void of_a_long_thread_the_newest_are_shown(void **state)
{
    number = 0;
    assert_true(ledger_begin(book, NULL));
    const struct coming copy = {.notice = ONE};
    for (int i = 0; i < LEDGER_THREAD_SHOWN_MOST + 2; i++)
        come(&copy, 0);
    g_autoptr(json_t) story = show(1);
    const json_t *thread = at(story, "thread", NULL);
    assert_int_equal(json_array_size(thread), LEDGER_THREAD_SHOWN_MOST);
    assert_int_equal(json_number(json_array_get(thread, 0), "id", 0), 3);
    assert_int_equal(json_number(json_array_get(thread, LEDGER_THREAD_SHOWN_MOST - 1), "id", 0),
                     LEDGER_THREAD_SHOWN_MOST + 2);
    ledger_rollback(book);
}

static void what_is_decided_again_keeps_its_place(void **state)
{
    number = 0;
    const struct coming mails[] = {{.notice = ONE},
                                   {.hours = 1, .notice = ONE},
                                   {.hours = 30, .notice = {.type = EC2, .resources = I1, .starts = DEC9}}};
    for (int64_t i = 0; i < (int64_t)G_N_ELEMENTS(mails); i++)
        come(&mails[i], 0);
    for (int64_t i = 0; i < (int64_t)G_N_ELEMENTS(mails); i++)
        come(&mails[i], i + 1);
    assert_link(1, "first", "again");
    assert_link(2, "duplicate of 1", "again");
    assert_link(3, "update of 1", "again");
}

/* The first mail of a thread turns out to be about something else, and later to be about it after all. */
static void a_thread_outlives_its_first_mail(void **state)
{
    number = 0;
    const struct coming mails[] = {{.notice = ONE},
                                   {.hours = 1, .notice = ONE},
                                   {.hours = 30, .notice = {.type = EC2, .resources = I1, .starts = DEC9}}};
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++)
        come(&mails[i], 0);
    const struct coming forged = {.notice = ONE, .verdict = "forged"},
                        other = {.notice = {.type = EC2, .resources = I2, .starts = DEC7}};
    come(&forged, 1);
    assert_link(1, "none", "forged");
    assert_link(2, "first", "the first is forged");
    assert_link(3, "update of 2", "the first is forged");
    come(&other, 1);
    assert_link(1, "first", "of another instance");
    assert_link(3, "update of 2", "of another instance");
    come(&mails[0], 1);
    assert_link(1, "first", "as at first"); /* the later ones have a thread, and stay in it */
    come(&mails[1], 3);
    assert_link(2, "duplicate of 1", "the thread is made anew"); /* now that the first is back */
    assert_link(3, "reminder of 1", "the thread is made anew");
}

static void a_rollback_takes_the_thread_back(void **state)
{
    number = 0;
    const struct coming mail = {.notice = ONE}, again = {.hours = 1, .notice = ONE};
    come(&mail, 0);
    assert_true(ledger_begin(book, NULL));
    come(&again, 0);
    assert_link(2, "duplicate of 1", "before the end");
    ledger_rollback(book);
    g_autoptr(json_t) story = show(1);
    assert_int_equal(json_array_size(at(story, "thread", NULL)), 1);
    number = 1;
    come(&again, 0);
    assert_link(2, "duplicate of 1", "once more");
}

/* A better proven copy of the file itself gets a new decision, and with it its place. */
static void a_better_proven_copy_of_a_mail_gets_its_place(void **state)
{
    number = 0;
    g_autofree char *notice = notice_text(&(struct notice)ONE);
    const struct coming first = {.notice = ONE};
    come(&first, 0);
    struct mail mail = {.name = "x", .account = A, .notice = notice, .message_id = "x", .verdict = "forged"};
    record(&mail);
    assert_link(2, "none", "forged");
    mail.verdict = "proven", mail.file = "copy";
    record(&mail);
    assert_link(2, "duplicate of 1", "proven");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(mails_about_one_notice_are_linked),
        TEST(mails_about_other_things_are_not_linked),
        TEST(what_is_less_proven_ends_nothing),
        TEST(the_window_is_the_configurations),
        TEST(actors_get_to_know_the_thread),
        TEST(a_list_shows_one_thread),
        TEST(of_a_long_thread_the_newest_are_shown),
        TEST(what_is_decided_again_keeps_its_place),
        TEST(a_thread_outlives_its_first_mail),
        TEST(a_rollback_takes_the_thread_back),
        TEST(a_better_proven_copy_of_a_mail_gets_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
