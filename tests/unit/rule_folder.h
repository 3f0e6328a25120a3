/* For the tests of the rules floor: a throw-away rule folder, loaded as deciders load it, and mail made of
 * subject and body. */
#pragma once
#include "base/json.h"
#include "base/times.h"
#include "rules/decide.h"
#include "rules/lua_globals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#define ARRIVAL "2026-11-23T00:10:00Z"

struct rule_folder {
    char *path;
    struct snapshot *snapshot;
    struct sandbox *sandbox;
    struct rule_set *set;
};

/* text: the one rule file, 10-test.lua; contacts and categories come with it as it says. */
static inline void rule_folder_open(struct rule_folder *folder, const char *text, size_t memory,
                                    const json_t *names)
{
    g_autofree char *scripts = g_build_filename(g_getenv("AWSIFT_SOURCE"), "scripts", "awsift", NULL);
    GError *error = NULL;
    folder->path = g_dir_make_tmp("awsift-rules-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder->path, "10-test.lua", NULL);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    const char *folders[] = {folder->path, NULL};
    folder->snapshot = snapshot_take(scripts, folders, &error);
    assert_non_null(folder->snapshot);
    struct sandbox_options options = {.memory = memory > 0 ? memory : 64 << 20, .names = names};
    folder->sandbox = sandbox_new(folder->snapshot, &options, &error);
    assert_non_null(folder->sandbox);
    if (!sandbox_load(folder->sandbox, &error))
        fail_msg("%s", error->message);
    folder->set = rule_set_new(folder->sandbox);
    g_remove(file);
    g_rmdir(folder->path);
}

static inline void rule_folder_close(struct rule_folder *folder)
{
    rule_set_free(folder->set);
    sandbox_free(folder->sandbox);
    snapshot_free(folder->snapshot);
    g_free(folder->path);
}

/* Opens a folder whose rules have no error. */
static inline void rule_folder_sound(struct rule_folder *folder, const char *text)
{
    rule_folder_open(folder, text, 0, NULL);
    if (json_array_size(folder->set->errors) > 0) {
        g_autofree char *errors = json_canonical(folder->set->errors);
        fail_msg("%s", errors);
    }
}

/* headers: further lines, each with its line end, or "". */
static inline struct message *mail_made(const char *headers, const char *subject, const char *body)
{
    static const struct limits limits = LIMITS_DEFAULT;
    mail_start();
    g_autofree char *text = g_strdup_printf(
        "%sAuthentication-Results: mx.example.jp; dkim=pass header.d=amazon.com; dmarc=pass "
        "header.from=amazon.com\nFrom: no-reply-aws@amazon.com\nDate: Mon, 23 Nov 2026 00:00:00 +0000\n"
        "Message-ID: <1@example.com>\nSubject: %s\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\n%s",
        headers, subject, body);
    g_autoptr(GBytes) raw = g_bytes_new(text, strlen(text));
    return message_new(raw, &limits);
}

static const struct auth_trust mx_trust = {
    .servers = (char *[]){"mx.example.jp", NULL}, .lists = (char *[]){NULL}, .sealers = (char *[]){NULL}};

/* The decision on a mail, proven to come from AWS. The caller owns it. */
static inline json_t *rule_folder_decide(const struct rule_folder *folder, const char *headers,
                                         const char *subject, const char *body)
{
    struct decide_request request = {.trust = &mx_trust};
    struct decided decided = {0};
    g_autoptr(message) message = mail_made(headers, subject, body);
    time_parse(ARRIVAL, &request.arrival);
    rule_set_decide(folder->set, message, &request, &decided);
    json_t *decision = json_incref(decided.decision);
    decided_clear(&decided);
    return decision;
}

/* Asserts what a part of a decision is, as canonical JSON. */
static inline void assert_part(const json_t *decision, const char *key, const char *want)
{
    g_autofree char *got = json_canonical(json_object_get(decision, key));
    assert_string_equal(got, want);
}
