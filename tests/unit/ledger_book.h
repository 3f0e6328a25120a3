/* What the tests of the ledger share: a fresh ledger for each test, and mails to record in it. */
#pragma once
#include "base/error.h"
#include "base/json.h"
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */
#define HOUR INT64_C(3600000)

static char *home, *path;
static struct ledger *book;

struct mail {
    const char *name;                                           /* its content, for all the ledger knows */
    const char *recipient, *spool, *file;                       /* "", "in", name */
    const char *category, *rule, *account, *priority, *verdict; /* "other", null, null, "normal", "proven" */
    const char *actions, *shadow, *notice;                      /* JSON text; "[]", none, "{}" */
    const char *owed;                                           /* JSON text; none */
    const char *message_id, *deduping_id;                       /* "id@example.com", null */
    const char *contact, *people;                               /* null; JSON text, none */
    int64_t arrived;                                            /* NOON */
};

static inline const char * or (const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

static inline int set_up(void **state)
{
    home = g_dir_make_tmp("awsift-ledger-XXXXXX", NULL);
    path = g_build_filename(home, "ledger.db", NULL);
    book = ledger_open(path, LEDGER_WRITE, NULL);
    return book != NULL ? 0 : -1;
}

static inline int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", home, NULL};
    ledger_close(book);
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(home);
    g_free(path);
    return 0;
}

/* For what must go well: shows why it did not. */
static inline void good(bool result, const GError *error)
{
    if (!result)
        fail_msg("%s", error != NULL ? error->message : "failed without an error");
}

static inline void assert_error(const GError *error, enum awsift_error code, const char *word)
{
    assert_non_null(error);
    if (!g_error_matches(error, AWSIFT_ERROR, (int)code) || strstr(error->message, word) == NULL ||
        strchr(error->message, '\n') != NULL)
        fail_msg("code %d, not %d with \"%s\": %s", error->code, (int)code, word, error->message);
}

static inline json_t *json_of(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static inline char *sha_of(const char *name)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, name, -1);
}

static inline json_t *decision_of(const struct mail *mail)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:s?, s:o, s:{s:s}}", "message_id",
                     or (mail->message_id, "id@example.com"), "subject", mail->name, "from",
                     "sender@example.com", "date", "2026-11-24T11:00:00Z", "category",
                     or (mail->category, "other"), "rule", mail->rule, "certainty", "exact", "priority",
                     or (mail->priority, "normal"), "account", mail->account, "notice",
                     json_of(or (mail->notice, "{}")), "auth", "verdict", or (mail->verdict, "proven"));
}

static inline struct ledger_arrival arrival_of(const struct mail *mail, const char *sha256)
{
    return (struct ledger_arrival){
        .spool = or (mail->spool, "in"),
        .file = or (mail->file, mail->name),
        .sha256 = sha256,
        .recipient = or (mail->recipient, ""),
        .size = (int64_t)strlen(mail->name),
        .arrived = mail->arrived != 0 ? mail->arrived : NOON,
        .seen = NOON + 1000,
    };
}

static inline struct ledger_recorded decide(const struct mail *mail, int64_t again, const char *by)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(json_t) decision = decision_of(mail);
    g_autoptr(json_t) context = json_pack("{s:s}", "category", or (mail->category, "other"));
    if (mail->deduping_id != NULL)
        json_object_set_new(context, "deduping_id", json_string(mail->deduping_id));
    if (mail->contact != NULL)
        json_object_set_new(context, "contact", json_string(mail->contact));
    if (mail->people != NULL)
        json_object_set_new(context, "people", json_of(mail->people));
    if (mail->shadow != NULL)
        json_object_set_new(context, "shadow", json_of(mail->shadow));
    g_autoptr(json_t) actions = json_of(or (mail->actions, "[]"));
    g_autoptr(json_t) owed = mail->owed != NULL ? json_of(mail->owed) : NULL;
    g_autofree char *sha256 = sha_of(mail->name);
    const struct ledger_arrival arrival = arrival_of(mail, sha256);
    const struct ledger_decision decided = {
        .decision = decision,
        .context = context,
        .actions = actions,
        .owed = owed,
        .revision = "0123456789abcdef",
        .generation = 1,
        .decided = NOON + 2000,
        .by = by,
    };
    struct ledger_recorded recorded;
    good(again != 0 ? ledger_redecide(book, again, &decided, &recorded, &error)
                    : ledger_record(book, &arrival, &decided, &recorded, &error),
         error);
    return recorded;
}

static inline struct ledger_recorded record(const struct mail *mail)
{
    return decide(mail, 0, "rules");
}

static inline struct ledger_recorded redecide(int64_t message, const struct mail *mail)
{
    return decide(mail, message, "rules");
}

static inline struct ledger_recorded record_unreadable(const struct mail *mail)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sha256 = sha_of(mail->name);
    const struct ledger_arrival arrival = arrival_of(mail, sha256);
    struct ledger_recorded recorded;
    good(ledger_record_unreadable(book, &arrival, "a decider crashed", &recorded, &error), error);
    return recorded;
}

static inline void set_filed(int64_t message, const char *folder)
{
    g_autoptr(GError) error = NULL;
    good(ledger_set_filed(book, message, folder, &error), error);
}

/* Whether it was told. */
static inline bool set_missing(int64_t message)
{
    g_autoptr(GError) error = NULL;
    bool fresh;
    good(ledger_set_missing(book, message, "the file is nowhere", NOON, &fresh, &error), error);
    return fresh;
}

/* "filed" in the folder of its category, or "missing"; nothing for "decided". */
static inline void set_state(int64_t message, const char *name)
{
    struct ledger_filing *filing = ledger_find_filing(book, message, NULL);
    assert_non_null(filing);
    if (strcmp(name, "filed") == 0)
        set_filed(message, filing->category);
    else if (strcmp(name, "missing") == 0)
        set_missing(message);
    ledger_filing_free(filing);
}

static inline json_t *show(int64_t message)
{
    g_autoptr(GError) error = NULL;
    json_t *story = ledger_show(book, message, &error);
    good(story != NULL, error);
    return story;
}

/* The member at the end of the keys, array places as digits: at(story, "decisions", "0", "actions", NULL). */
static inline const json_t *at(const json_t *value, ...)
{
    va_list keys;
    const char *key;
    va_start(keys, value);
    while ((key = va_arg(keys, const char *)) != NULL)
        value = json_is_array(value) ? json_array_get(value, (size_t)g_ascii_strtoull(key, NULL, 10))
                                     : json_object_get(value, key);
    va_end(keys);
    return value;
}

static inline void assert_json(const json_t *value, const char *want)
{
    g_autofree char *found = value != NULL ? json_canonical(value) : g_strdup("nothing");
    assert_string_equal(found, want);
}
