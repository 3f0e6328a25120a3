/* The child that reads mail: from descriptor to decision, one mail at a time, in a jail that is closed before
 * the first line of rule Lua runs. It is a plain blocking loop: a decider has nothing else to do. Whatever
 * goes wrong in here is the keeper's to notice: it keeps the clock, reads the page that says which rule runs,
 * and replaces a decider that dies. */
#include "decider/decider.h"
#include "decider/drill_mail.h"
#include "decider/jail.h"
#include "decider/rule_list.h"
#include "decider/rehearsal.h"
#include "decider/rule_tests.h"
#include "rules/decide.h"
#include "rules/drilling.h"
#include "review/review.h"
#include "mail/message.h"
#include "wire/progress.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/times.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* CPU time. The keeper's own limits are of wall time and shorter, so that it can say which rule ran. */
enum { LOAD_TIME = 70000, SPARE_TIME = 5000 };

struct decider {
    json_t *config;
    bool list;          /* what READY says of the rules is for people: with the number of their tests */
    bool shipped_tests; /* they are loaded: to be counted, or to be run, which they are where the shipped
                           rules stand alone: rules of one's own may well decide their mail first */
    int64_t time;       /* ms that a mail may take */
    struct snapshot *snapshot;
    struct progress *progress;
    struct sandbox *sandbox;
    struct rule_set *set;
    struct limits limits;
    GHashTable *trust; /* spool name -> struct auth_trust, or NULL */
};

static struct progress *shared_page;

/* How long each rule has worked on the mail in hand, by its number. */
static struct {
    uint64_t sequence, time; /* of which mail; us */
} * spent;
static size_t spent_size;

static void show_step(uint32_t rule)
{
    uint64_t now = (uint64_t)g_get_monotonic_time(), sequence = atomic_load(&shared_page->sequence);
    uint32_t left = atomic_load(&shared_page->rule);
    size_t needed = MAX(left, rule) + (size_t)1;
    if (needed > spent_size) {
        spent = g_realloc_n(spent, needed * 2, sizeof *spent);
        memset(spent + spent_size, 0, (needed * 2 - spent_size) * sizeof *spent);
        spent_size = needed * 2;
    }
    spent[left].sequence = sequence;
    spent[left].time = progress_spent(shared_page, now);
    progress_enter(shared_page, rule, spent[rule].sequence == sequence ? spent[rule].time : 0, now);
    atomic_fetch_add(&shared_page->heartbeat, 1);
}

static void show_loading(size_t index, void *data)
{
    atomic_store(&shared_page->loading, index == SANDBOX_LOADED ? 0 : (uint32_t)index + 1);
    atomic_fetch_add(&shared_page->heartbeat, 1);
}

static struct limits limits_of(const json_t *config)
{
    struct limits limits = LIMITS_DEFAULT;
    const json_t *given = json_object_get(config, "limits");
    limits.bytes = (size_t)json_number(given, "bytes", (int64_t)limits.bytes);
    limits.header_block = (size_t)json_number(given, "header_block", (int64_t)limits.header_block);
    limits.header_field = (size_t)json_number(given, "header_field", (int64_t)limits.header_field);
    limits.colons = (size_t)json_number(given, "colons", (int64_t)limits.colons);
    limits.headers = (size_t)json_number(given, "headers", (int64_t)limits.headers);
    limits.parts = (size_t)json_number(given, "parts", (int64_t)limits.parts);
    limits.depth = (size_t)json_number(given, "depth", (int64_t)limits.depth);
    limits.text = (size_t)json_number(given, "text", (int64_t)limits.text);
    return limits;
}

static void free_trust(void *trust)
{
    auth_trust_free(trust);
}

static void read_trust(struct decider *decider)
{
    decider->trust = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_trust);
    size_t index;
    json_t *spool;
    json_array_foreach(json_object_get(decider->config, "spools"), index, spool)
        g_hash_table_insert(decider->trust, g_strdup(json_text_or(spool, "name", "")),
                            auth_trust_new(json_object_get(spool, "trust")));
}

static size_t lua_heap(const struct decider *decider)
{
    return (size_t)json_number(json_object_get(decider->config, "deciders"), "memory", 256 << 20) / 2;
}

/* tests: of HELLO. Rules that no test reaches are warnings, or errors where their folder requires tests. */
static void run_tests(struct decider *decider, const json_t *tests, json_t *ready)
{
    g_autoptr(json_t) performed = json_object();
    struct rule_tests run = {
        .memory = lua_heap(decider),
        .performed = performed,
        .set = decider->set,
        .snapshot = decider->snapshot,
        .limits = &decider->limits,
        .results = json_flag(tests, "results"),
        .running = show_loading,
    };
    if (json_array_size(decider->set->errors) > 0) {
        json_object_set_new(ready, "tests",
                            json_pack("{s:i, s:o}", "passed", 0, "failed", rule_tests_missing(&run)));
        return;
    }
    g_autofree unsigned char *reached = g_malloc0(decider->set->numbers);
    int shipped = decider->shipped_tests ? -1 : (int)json_number(decider->config, "shipped_rules", -1);
    struct coverage coverage = {decider->set, reached, shipped, performed};
    json_object_set_new(ready, "tests", rule_tests_run(&run, reached));
    coverage_complain(&coverage, json_object_get(decider->config, "require_tests"),
                      json_object_get(ready, "errors"), json_object_get(ready, "warnings"));
    if (json_flag(tests, "review") && json_array_size(json_object_get(ready, "errors")) == 0)
        review_rules(decider->set, shipped, json_object_get(ready, "warnings"));
    if (json_flag(tests, "coverage"))
        json_object_set_new(ready, "coverage", coverage_report(&coverage));
}

/* As many as a person reads: a frame holds no tens of thousands, nor a few that repeat what is as long as a
 * file may be, nor does anybody mend them in one go. Those that may be errors of `check` are not crowded out
 * by the others. Takes and returns the list. */
static json_t *most_of(json_t *problems, const char *what)
{
    enum { MOST = 3000, MOST_BYTES = 1 << 20 };
    size_t index, counts[2] = {0}, bytes[2] = {0}, left = 0;
    json_t *kept = json_array(), *problem, *first = NULL;
    rule_set_sort(problems);
    json_array_foreach(problems, index, problem) {
        bool kind = json_flag(problem, "unknown_name");
        bytes[kind] += json_string_length(json_object_get(problem, "message"));
        if (++counts[kind] <= MOST && bytes[kind] <= MOST_BYTES) {
            json_array_append(kept, problem);
        } else {
            first = first != NULL ? first : problem;
            left++;
        }
    }
    if (left > 0) {
        g_autofree char *message = g_strdup_printf("from here on there are %zu more %s", left, what);
        json_array_append_new(kept,
                              json_pack("{s:O?, s:O?, s:o}", "file", json_object_get(first, "file"), "line",
                                        json_object_get(first, "line"), "message", json_text_new(message)));
    }
    json_decref(problems);
    return kept;
}

static json_t *ready_body(struct decider *decider, const json_t *tests)
{
    const struct rule_set *set = decider->set;
    json_t *ready = json_object();
    json_object_set_new(ready, "rules", rule_list(set, decider->list));
    json_object_set_new(ready, "disabled", rule_list_disabled(set));
    json_object_set(ready, "actions", set->actions);
    json_object_set(ready, "retries", set->retries);
    json_object_set_new(ready, "categories", json_keys(set->categories));
    json_object_set_new(ready, "errors", json_copy(set->errors));
    json_object_set_new(ready, "warnings", json_copy(set->warnings));
    json_object_set_new(ready, "contacts", json_integer((json_int_t)json_object_size(set->contacts)));
    json_object_set(ready, "time_zones", set->time_zones); /* a decider cannot look for them */
    json_object_set_new(ready, "jit", json_boolean(pattern_jit_works()));
    if (json_is_true(tests) || json_is_object(tests))
        run_tests(decider, tests, ready);
    json_object_set_new(ready, "errors", most_of(json_incref(json_object_get(ready, "errors")), "errors"));
    json_object_set_new(ready, "warnings",
                        most_of(json_incref(json_object_get(ready, "warnings")), "warnings"));
    return ready;
}

static bool load(struct decider *decider, GError **error)
{
    struct sandbox_options options = {
        .memory = lua_heap(decider),
        .names = decider->config,
        .shipped_tests = decider->shipped_tests,
        .loading = show_loading,
    };
    decider->sandbox = sandbox_new(decider->snapshot, &options, error);
    if (decider->sandbox == NULL || !sandbox_load(decider->sandbox, error))
        return false;
    decider->set = rule_set_new(decider->sandbox);
    /* what is wrong with a rule is said first: it may be why they fill too much, and none decides then */
    return json_array_size(decider->set->errors) > 0 || sandbox_settle(decider->sandbox, error);
}

/* Where what earlier mails left in the state could have spared a rule some of its budget, the mail is decided
 * again as the first one after loading: every decider comes to the same decision. */
static void decide(struct decider *decider, struct message *message, const struct decide_request *request,
                   struct decided *decided)
{
    g_autoptr(GError) error = NULL;
    rule_set_decide(decider->set, message, request, decided);
    if (!sandbox_doubtful(decider->sandbox))
        return;
    decided_clear(decided);
    *decided = (struct decided){0};
    g_clear_pointer(&decider->set, rule_set_free);
    g_clear_pointer(&decider->sandbox, sandbox_free);
    jail_allow_time(LOAD_TIME);
    if (!load(decider, &error)) {
        log_error("the rules that were loaded cannot be loaded again: %s", error->message);
        _exit(1);
    }
    jail_allow_time(decider->time + SPARE_TIME);
    rule_set_decide(decider->set, message, request, decided);
}

static GStrv rule_ids(const json_t *request, const char *key)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    size_t index;
    json_t *id;
    json_array_foreach(json_object_get(request, key), index, id)
        if (json_is_string(id))
            g_ptr_array_add(list, g_strdup(json_string_value(id)));
    g_ptr_array_add(list, NULL);
    return (GStrv)g_ptr_array_steal(list, NULL);
}

/* Reads up to `limit` bytes for parsing, and hashes all of the file. */
static GBytes *read_mail(int descriptor, size_t limit, char **sha256, int64_t *size)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    static unsigned char buffer[65536];
    ssize_t got;
    *size = 0;
    while ((got = pread(descriptor, buffer, sizeof buffer, *size)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return NULL;
        g_checksum_update(checksum, buffer, got);
        size_t room =
            bytes->len < limit + 1 ? limit + 1 - bytes->len : 0; /* one more: so that the limit is seen */
        g_byte_array_append(bytes, buffer, (guint)MIN((size_t)got, room));
        *size += got;
    }
    *sha256 = g_strdup(g_checksum_get_string(checksum));
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}

/* Of what follows the headers, up to the first empty line; NULL where not all of it was read. */
static char *hash_body(GBytes *raw, int64_t size)
{
    size_t length, at = 0;
    const unsigned char *bytes = g_bytes_get_data(raw, &length);
    if (size != (int64_t)length)
        return NULL;
    for (; at < length; at++) {
        bool begins = at == 0 || bytes[at - 1] == '\n';
        if (begins && (bytes[at] == '\n' || (bytes[at] == '\r' && at + 1 < length && bytes[at + 1] == '\n')))
            break;
    }
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes + at, length - at);
}

/* A drill's first question, for its mail. */
static json_t *make_drill(const struct decider *decider, const json_t *make, GBytes *given)
{
    const struct drill_wish wish = {
        .set = decider->set,
        .snapshot = decider->snapshot,
        .limits = &decider->limits,
        .rule = json_text_or(make, "rule", ""),
        .account = json_text(make, "account"),
        .id = json_text_or(make, "id", ""),
        .now = json_number(make, "now", 0),
        .given = given,
    };
    return drill_make(&wish);
}

/* For `awsift act`, which asks once. */
static json_t *act(const struct decider *decider, const json_t *request, const struct decided *decided)
{
    g_autoptr(GError) error = NULL;
    jail_allow_time(LOAD_TIME);
    g_autoptr(rehearsal) rehearsal = rehearsal_new(decider->snapshot, lua_heap(decider), &error);
    if (rehearsal == NULL)
        return json_pack("{s:s}", "complaint", error->message);
    return rehearsal_act(rehearsal, json_object_get(request, "act"), decided->decision, decided->context,
                         json_number(request, "arrival", 0));
}

static struct decide_drill drill_of(const json_t *drill)
{
    return (struct decide_drill){
        .by = json_text_or(drill, "by", "?"),
        .account = json_text(drill, "account"),
        .operators = json_flag(drill, "operators"),
        .power = json_flag(drill, "power"),
    };
}

/* What commands ask for besides the decision. */
static void add_asked(const struct decider *decider, const json_t *request, struct message *message,
                      const struct decided *decided, json_t *body)
{
    if (decided->explain != NULL)
        json_object_set(body, "explain", decided->explain);
    if (json_object_get(request, "act") != NULL)
        json_object_set_new(body, "act", act(decider, request, decided));
    if (json_flag(request, "inspect"))
        json_object_set_new(body, "inspect", message_inspect(message));
}

static json_t *answer(struct decider *decider, const json_t *request, int descriptor)
{
    g_autofree char *sha256 = NULL;
    int64_t since = g_get_monotonic_time(), size = 0, sequence = json_number(request, "sequence", 0);
    g_autoptr(GBytes) raw = read_mail(descriptor, decider->limits.bytes, &sha256, &size);
    if (raw == NULL)
        return json_pack("{s:I, s:b, s:s+}", "sequence", (json_int_t)sequence, "unread", 1, "failed",
                         "cannot read the file: ", g_strerror(errno));
    fault_point("mail-read");
    const char *category = json_text(request, "as");
    if (category != NULL && json_object_get(decider->set->categories, category) == NULL)
        return json_pack("{s:I, s:s}", "sequence", (json_int_t)sequence, "failed",
                         "there is no such category");
    g_auto(GStrv) skip = rule_ids(request, "skip"), asked = rule_ids(request, "asked");
    struct decide_request request_of_mail = {
        .trust = g_hash_table_lookup(decider->trust, json_text_or(request, "spool", "")),
        .spool = json_text(request, "spool"),
        .file = json_text(request, "file"),
        .recipient = json_text(request, "recipient"),
        .arrival = json_number(request, "arrival", 0),
        .skip = (const char *const *)skip,
        .category = category,
        .explain = json_flag(request, "explain"),
        .since = since,
        .asked = (const char *const *)asked,
    };
    const json_t *drill = json_object_get(request, "drill"), *make = json_object_get(drill, "make");
    const struct decide_drill drilled = drill_of(drill);
    if (drill != NULL && make == NULL)
        request_of_mail.drill = &drilled;
    struct decided decided = {0};
    g_autoptr(message) message = message_new(raw, &decider->limits);
    decide(decider, message, &request_of_mail, &decided);
    fault_point("mail-decided");
    g_autofree char *body_sha256 = hash_body(raw, size);
    json_t *body =
        json_pack("{s:I, s:s, s:o, s:I, s:o, s:O, s:O}", "sequence", (json_int_t)sequence, "sha256", sha256,
                  "body_sha256", json_text_new(body_sha256), "size", (json_int_t)size, "recipient",
                  json_text_new(decided.recipient), "decision", decided.decision, "context", decided.context);
    if (make != NULL)
        json_object_set_new(body, "drill", make_drill(decider, make, raw));
    add_asked(decider, request, message, &decided, body);
    decided_clear(&decided);
    return body;
}

/* A decision that no frame can hold must not pass for a decider that hangs. */
static bool send_decision(const json_t *request, const json_t *body, GError **error)
{
    g_autoptr(GError) failure = NULL;
    if (frame_send(CHILD_CHANNEL, FRAME_DECISION, body, -1, &failure))
        return true;
    g_autoptr(json_t) instead =
        json_pack("{s:I, s:s}", "sequence", (json_int_t)json_number(request, "sequence", 0), "failed",
                  failure->message);
    return frame_send(CHILD_CHANNEL, FRAME_DECISION, instead, -1, error);
}

static void serve(struct decider *decider)
{
    struct frame frame;
    while (frame_receive(CHILD_CHANNEL, -1, &frame, NULL)) {
        if (frame.type == FRAME_DECIDE && frame.descriptor >= 0) {
            jail_allow_time(decider->time + SPARE_TIME);
            progress_begin(shared_page, (uint64_t)json_number(frame.body, "sequence", 0),
                           (uint64_t)g_get_monotonic_time());
            g_autoptr(json_t) body = answer(decider, frame.body, frame.descriptor);
            atomic_store(&shared_page->rule, 0);
            atomic_store(&shared_page->sequence, 0);
            g_autoptr(GError) error = NULL;
            fault_point("before-answer");
            if (!send_decision(frame.body, body, &error))
                log_error("cannot answer: %s", error->message);
            fault_point("after-answer");
        }
        frame_clear(&frame);
    }
}

static bool start(struct decider *decider, GError **error)
{
    struct frame hello = {.descriptor = -1};
    setenv("TZ", "UTC", 1);
    fault_point("decider-started");
    shared_page = decider->progress = progress_map(CHILD_PROGRESS, error);
    if (decider->progress == NULL || !frame_receive(CHILD_CHANNEL, 10000, &hello, error))
        return false;
    g_autofree char *who = g_strdup_printf("decider %d", (int)json_number(hello.body, "number", 0));
    g_autoptr(json_t) tests = json_incref(json_object_get(hello.body, "tests"));
    decider->list = json_flag(hello.body, "list");
    log_open(who);
    decider->config = json_incref(json_object_get(hello.body, "config"));
    /* Doubts about rules are told by the first of a generation, and by those of check and test. */
    json_object_set_new(decider->config, "reviewed",
                        json_boolean(json_is_true(tests) || json_is_object(tests)));
    decider->shipped_tests =
        decider->list || (json_is_object(tests) && json_object_get(decider->config, "shipped") == NULL);
    decider->limits = limits_of(decider->config);
    read_trust(decider);
    frame_clear(&hello);
    mail_start();
    time_zone_keep(json_text(decider->config, "timezone")); /* for actions that are rehearsed */
    time_zone_keep("Asia/Tokyo");                           /* that of tests (rehearsal.lua) */
    decide_on_step(show_step);
    const json_t *deciders = json_object_get(decider->config, "deciders");
    size_t memory = (size_t)json_number(deciders, "memory", 256 << 20);
    decider->time = json_number(deciders, "time", 5000);
    decider->snapshot = snapshot_open(CHILD_SNAPSHOT, error);
    if (decider->snapshot == NULL)
        return false;
    rehearsal_keep_zones(decider->snapshot);
    if (!jail_close(memory, error))
        return false;
    jail_allow_time(LOAD_TIME);
    if (!load(decider, error))
        return false;
    g_autoptr(json_t) ready = ready_body(decider, tests);
    fault_point("decider-ready");
    return frame_send(CHILD_CHANNEL, FRAME_READY, ready, -1, error);
}

int decider_main(void)
{
    static struct decider decider;
    g_autoptr(GError) error = NULL;
    log_open("decider");
    if (!jail_tie(&error) || !start(&decider, &error)) {
        log_error("%s", error->message);
        _exit(1);
    }
    serve(&decider);
    _exit(0); /* the keeper is gone or has closed the channel; nothing of ours needs an orderly end */
}
