/* The rules' own tests. A test's mail is a fixture of the snapshot, or is made of subject, from, body and
 * headers. Fixtures are judged with the server mx.example.jp trusted; a mail made of parts gets a passing
 * result of that server for its From domain unless the test says auth = "none". Expectations are subsets:
 * what a test does not name may be anything. */
#include "decider/rule_tests.h"
#include "rules/decide.h"
#include "rules/lua_json.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

#define TRUSTED_SERVER "mx.example.jp"

static char *fixture_name(const char *test_file, const char *mail)
{
    g_autofree char *folder = g_path_get_dirname(test_file);
    return g_strconcat(folder, "/", mail, NULL);
}

static GBytes *made_mail(const json_t *test)
{
    g_autoptr(GString) mail = g_string_new(NULL);
    const char *from = json_text_or(test, "from", "no-reply-aws@amazon.com"), *key;
    const char *at = strrchr(from, '@');
    g_autofree char *domain = g_strndup(at != NULL ? at + 1 : "", at != NULL ? strcspn(at + 1, ">") : 0);
    json_t *value;
    if (g_strcmp0(json_text(test, "auth"), "none") != 0)
        g_string_append_printf(mail,
                               "Authentication-Results: " TRUSTED_SERVER
                               "; dkim=pass header.d=%s; dmarc=pass header.from=%s\n",
                               domain, domain);
    g_string_append_printf(mail, "From: %s\nTo: aws@example.jp\nDate: Mon, 23 Nov 2026 09:00:00 +0900\n",
                           from);
    g_string_append_printf(mail, "Message-ID: <test@example.com>\nSubject: %s\n",
                           json_text_or(test, "subject", ""));
    json_object_foreach(json_object_get(test, "headers"), key, value)
        g_string_append_printf(mail, "%s: %s\n", key, json_is_string(value) ? json_string_value(value) : "");
    g_string_append_printf(
        mail,
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n%s\n",
        json_text_or(test, "body", ""));
    return g_bytes_new(mail->str, mail->len);
}

static GBytes *test_mail(const struct snapshot *snapshot, const json_t *test, char **problem)
{
    const char *mail = json_text(test, "mail");
    if (mail == NULL)
        return made_mail(test);
    g_autofree char *name = fixture_name(json_text_or(test, "file", ""), mail);
    struct snapshot_file file = snapshot_find(snapshot, name);
    if (file.bytes == NULL) {
        *problem = g_strdup_printf("the fixture %s is missing", mail);
        return NULL;
    }
    return g_bytes_new(file.bytes, file.size);
}

/* Whether got has all that wanted has; else *difference says where. Lists must have a matching element for
 * each wanted one. */
static bool holds(const json_t *wanted, const json_t *got, const char *path, char **difference)
{
    const char *key;
    size_t index, candidate;
    json_t *entry, *other;
    if (json_is_object(wanted) && (json_is_object(got) || json_object_size(wanted) > 0)) {
        json_object_foreach((json_t *)wanted, key, entry) {
            g_autofree char *inner = g_strdup_printf("%s%s%s", path, path[0] != '\0' ? "." : "", key);
            if (!holds(entry, json_object_get(got, key), inner, difference))
                return false;
        }
        return true;
    }
    if (json_is_object(wanted) && json_is_array(got) && json_array_size(got) == 0)
        return true; /* an empty table is an empty list too */
    if (json_is_array(wanted) && json_is_array(got)) {
        json_array_foreach((json_t *)wanted, index, entry) {
            bool any = false;
            g_autofree char *ignored = NULL;
            json_array_foreach((json_t *)got, candidate, other) {
                g_clear_pointer(&ignored, g_free);
                any = any || holds(entry, other, path, &ignored);
            }
            if (!any) {
                g_autofree char *want = json_canonical(entry), *have = json_canonical(got);
                *difference = g_strdup_printf("%s: expected %s among %.500s", path, want, have);
                return false;
            }
        }
        return true;
    }
    if (json_equal(wanted, got))
        return true;
    g_autofree char *want = json_canonical(wanted),
                    *have = got != NULL ? json_canonical(got) : g_strdup("nothing");
    g_free(*difference);
    *difference = g_strdup_printf("%s: expected %s, got %.500s", path, want, have);
    return false;
}

static char *run_one(const struct rule_set *set, const struct snapshot *snapshot, const struct limits *limits,
                     const json_t *test)
{
    const struct auth_trust trust = {
        .servers = (char *[]){TRUSTED_SERVER, NULL}, .lists = (char *[]){NULL}, .sealers = (char *[]){NULL}};
    char *problem = NULL;
    g_autoptr(GBytes) raw = test_mail(snapshot, test, &problem);
    if (raw == NULL)
        return problem;
    g_autoptr(message) message = message_new(raw, limits);
    struct decide_request request = {.trust = &trust, .every_account = true};
    if (!message_date(message, &request.arrival))
        time_parse("2026-11-23T00:00:00Z", &request.arrival);
    struct decided decided = {0};
    rule_set_decide(set, message, &request, &decided);
    holds(json_object_get(test, "expect"), decided.decision, "", &problem);
    if (problem == NULL && json_array_size(json_object_get(decided.decision, "errors")) > 0 &&
        json_object_get(json_object_get(test, "expect"), "errors") == NULL) {
        g_autofree char *errors = json_canonical(json_object_get(decided.decision, "errors"));
        problem = g_strdup_printf("deciding had errors: %.500s", errors);
    }
    decided_clear(&decided);
    return problem;
}

/* The shipped tests are about the shipped rules alone: rules of one's own may well decide their mail first.
 */
static bool is_of_shipped(const json_t *test, int shipped)
{
    g_autofree char *prefix = g_strdup_printf("rules/%d/", shipped);
    return shipped >= 0 && g_str_has_prefix(json_text_or(test, "file", ""), prefix);
}

static json_t *declared_tests(struct sandbox *sandbox)
{
    lua_State *lua = sandbox_state(sandbox);
    sandbox_push_declarations(sandbox);
    lua_getfield(lua, -1, "tests");
    json_t *tests = lua_json_read(lua, -1);
    lua_pop(lua, 2);
    return tests;
}

static json_t *complaint(const json_t *test, const char *message)
{
    return json_pack("{s:s, s:I, s:s, s:o}", "file", json_text_or(test, "file", "?"), "line",
                     (json_int_t)json_number(test, "line", 1), "name", json_text_or(test, "name", "?"),
                     "message", json_text_new(message));
}

json_t *rule_tests_missing(const struct rule_set *set, const struct snapshot *snapshot)
{
    g_autoptr(json_t) tests = declared_tests(set->sandbox);
    json_t *missing = json_array(), *test;
    size_t index;
    json_array_foreach(tests, index, test) {
        char *problem = NULL;
        GBytes *raw = test_mail(snapshot, test, &problem);
        if (raw != NULL)
            g_bytes_unref(raw);
        else
            json_array_append_new(missing, complaint(test, problem));
        g_free(problem);
    }
    return missing;
}

static size_t file_index(const struct snapshot *snapshot, const char *name)
{
    for (size_t i = 0; i < snapshot_count(snapshot); i++)
        if (strcmp(snapshot_get(snapshot, i).name, name) == 0)
            return i;
    return SANDBOX_LOADED;
}

json_t *rule_tests_run(const struct rule_set *set, const struct snapshot *snapshot,
                       const struct limits *limits, int shipped, void (*running)(size_t index, void *data))
{
    g_autoptr(json_t) tests = declared_tests(set->sandbox);
    json_t *failed = json_array(), *test;
    size_t index;
    int passed = 0;
    json_array_foreach(tests, index, test) {
        if (is_of_shipped(test, shipped))
            continue;
        running(file_index(snapshot, json_text_or(test, "file", "")), NULL);
        g_autofree char *problem = run_one(set, snapshot, limits, test);
        if (problem == NULL)
            passed++;
        else
            json_array_append_new(failed, complaint(test, problem));
    }
    running(SANDBOX_LOADED, NULL);
    return json_pack("{s:i, s:o}", "passed", passed, "failed", failed);
}
