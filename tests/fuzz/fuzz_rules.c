/* Rules over mail from bytes: with and without the pattern index the same decision, and with the mail read
 * anew the same again. The last byte picks the rules: an even one, such as the line end that closes a real
 * mail, the shipped ones; an odd one random rules, the same for the same byte. */
#include "fuzz.h"
#include "../unit/random_rules.h"
#include "base/json.h"
#include "base/limits.h"
#include "rules/decide.h"

#include <stdio.h>
#include <glib/gstdio.h>

static const struct limits limits = LIMITS_DEFAULT;
static const struct auth_trust trust = {
    .servers = (char *[]){"mx.example.jp", NULL}, .lists = (char *[]){NULL}, .sealers = (char *[]){NULL}};

static struct rule_set *load(const char *folder)
{
    GError *error = NULL;
    const char *folders[] = {folder, NULL};
    struct snapshot *snapshot = snapshot_take("scripts/awsift", folders, &error);
    must(snapshot != NULL, "fuzzers run in the repository's root");
    struct sandbox_options options = {.memory = 64 << 20};
    struct sandbox *sandbox = sandbox_new(snapshot, &options, &error);
    must(sandbox != NULL && sandbox_load(sandbox, &error), "the shipped scripts load");
    struct rule_set *set = rule_set_new(sandbox);
    must(json_array_size(set->errors) == 0, "the rules are sound");
    return set;
}

static struct rule_set *load_random(unsigned number)
{
    g_autofree char *folder = g_dir_make_tmp("awsift-fuzz-XXXXXX", NULL),
                    *file = g_build_filename(folder, "10-random.lua", NULL);
    GRand *random = g_rand_new_with_seed(number);
    g_autofree char *text = random_rules(random, 30);
    must(g_file_set_contents(file, text, -1, NULL), "the rules can be written");
    struct rule_set *set = load(folder);
    g_remove(file);
    g_rmdir(folder);
    g_rand_free(random);
    return set;
}

static const struct rule_set *rules_of(uint8_t byte)
{
    static struct rule_set *sets[128];
    unsigned number = byte % 2 == 1 ? 1 + byte / 4 : 0;
    if (sets[number] == NULL)
        sets[number] = number == 0 ? load("rules.d") : load_random(number);
    return sets[number];
}

static json_t *decide(const struct rule_set *set, struct message *message, bool every_rule)
{
    struct decide_request request = {.trust = &trust, .arrival = 1800000000000, .every_rule = every_rule};
    struct decided decided = {0};
    rule_set_decide(set, message, &request, &decided);
    json_t *decision = json_incref(decided.decision);
    decided_clear(&decided);
    return decision;
}

/* A pattern that takes too many steps is an error where it is tried; where its text is not there, it is not.
 */
static void forget_steps(json_t *decision)
{
    json_t *errors = json_object_get(decision, "errors");
    for (size_t i = json_array_size(errors); i > 0; i--)
        if (g_strcmp0(json_text(json_array_get(errors, i - 1), "kind"), "steps") == 0)
            json_array_remove(errors, i - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rule_set *set = rules_of(size > 0 ? data[size - 1] : 0);
    g_autoptr(GBytes) raw = g_bytes_new(data, size);
    g_autoptr(message) once = message_new(raw, &limits), again = message_new(raw, &limits);
    g_autoptr(json_t) with = decide(set, once, false), same = decide(set, again, false);
    must(json_equal(with, same), "the same mail, the same decision");
    g_autoptr(message) third = message_new(raw, &limits);
    g_autoptr(json_t) without = decide(set, third, true);
    forget_steps(with);
    forget_steps(without);
    json_object_del(with, "defects"); /* they grow as more of the mail is read */
    json_object_del(without, "defects");
    must(json_equal(with, without), "the index changes no decision");
    return 0;
}
