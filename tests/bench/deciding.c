/* How long deciding takes, without reading and parsing: every mail is parsed and its text decoded before the
 * clock starts. For each set (a folder with rules/ and mails/) a line of JSON: with the pattern index, and
 * without it as the peer; besides, what of it goes to mails that a rule decides and to those that none does
 * (near misses are looked for there), and what reading the notice alone takes. All sets take turns within a
 * pass, so that what else the machine does hits all.
 *
 * usage: deciding PASSES SET… */
#include "rules/decide.h"
#include "rules/notice.h"
#include "rules/pattern_index.h"
#include "base/json.h"
#include "base/limits.h"
#include "mail/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct set {
    const char *path;
    struct snapshot *snapshot;
    struct sandbox *sandbox;
    struct rule_set *rules;
    GPtrArray *mails;                      /* of struct message */
    GArray *with, *without;                /* of double: ns a mail, a pass each */
    GArray *decided, *undecided, *notices; /* the same */
    unsigned matched;
    double loading; /* ms */
};

enum { NAIVE_MOST = 5000 }; /* rules; with more, the peer takes minutes */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void die(const GError *error)
{
    fprintf(stderr, "deciding: %s\n", error->message);
    exit(1);
}

static void free_message(void *data)
{
    message_free(data);
}

static void load_mails(struct set *set)
{
    static const struct limits limits = LIMITS_DEFAULT;
    g_autofree char *folder = g_build_filename(set->path, "mails", NULL);
    g_autoptr(GDir) directory = g_dir_open(folder, 0, NULL);
    const char *name;
    set->mails = g_ptr_array_new_with_free_func(free_message);
    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL), *content = NULL;
        size_t length;
        if (!g_file_get_contents(path, &content, &length, NULL))
            continue;
        g_autoptr(GBytes) raw = g_bytes_new(content, length);
        struct message *message = message_new(raw, &limits);
        message_subject(message);
        message_text(message);
        g_ptr_array_add(set->mails, message);
    }
}

static void load(struct set *set)
{
    g_autofree char *scripts = g_build_filename(g_getenv("AWSIFT_SOURCE"), "scripts", "awsift", NULL),
                    *folder = g_build_filename(set->path, "rules", NULL);
    const char *folders[] = {folder, NULL};
    GError *error = NULL;
    double start = now();
    set->snapshot = snapshot_take(scripts, folders, &error);
    struct sandbox_options options = {.memory = (size_t)1 << 30};
    if (set->snapshot == NULL || (set->sandbox = sandbox_new(set->snapshot, &options, &error)) == NULL ||
        !sandbox_load(set->sandbox, &error))
        die(error);
    set->rules = rule_set_new(set->sandbox);
    set->loading = (now() - start) / 1e6;
    if (json_array_size(set->rules->errors) > 0) {
        g_autofree char *first = json_canonical(json_array_get(set->rules->errors, 0));
        fprintf(stderr, "deciding: %s: %s\n", set->path, first);
        exit(1);
    }
    GArray **const times[] = {&set->with, &set->without, &set->decided, &set->undecided, &set->notices};
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        *times[i] = g_array_new(FALSE, FALSE, sizeof(double));
    load_mails(set);
}

static const struct auth_trust trust = {
    .servers = (char *[]){"mx.example.jp", NULL}, .lists = (char *[]){NULL}, .sealers = (char *[]){NULL}};

static void add_mean(GArray *array, double sum, unsigned count)
{
    double each = count > 0 ? sum / count : 0;
    g_array_append_val(array, each);
}

static void pass(struct set *set, bool every_rule)
{
    struct decide_request request = {.trust = &trust, .arrival = 1800000000000, .every_rule = every_rule};
    double took[2] = {0, 0}; /* of those that no rule decides, and of the others */
    set->matched = 0;
    for (guint i = 0; i < set->mails->len; i++) {
        struct decided decided = {0};
        double start = now();
        rule_set_decide(set->rules, set->mails->pdata[i], &request, &decided);
        bool matched = json_text(decided.decision, "rule") != NULL;
        decided_clear(&decided);
        took[matched] += now() - start;
        set->matched += matched;
    }
    add_mean(every_rule ? set->without : set->with, took[0] + took[1], set->mails->len);
    if (every_rule)
        return;
    add_mean(set->undecided, took[0], set->mails->len - set->matched);
    add_mean(set->decided, took[1], set->matched);
}

static void pass_notices(struct set *set)
{
    double start = now();
    for (guint i = 0; i < set->mails->len; i++) {
        struct reading reading;
        reading_start(&reading, set->rules, set->mails->pdata[i]);
        reading.arrival = 1800000000000;
        notice_of(&reading, true);
        reading_clear(&reading);
    }
    add_mean(set->notices, now() - start, set->mails->len);
}

static json_t *numbers(const GArray *array)
{
    json_t *list = json_array();
    for (guint i = 0; i < array->len; i++)
        json_array_append_new(list, json_real(g_array_index(array, double, i)));
    return list;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: deciding PASSES SET…\n");
        return 2;
    }
    int passes = atoi(argv[1]), count = argc - 2;
    g_autofree struct set *sets = g_new0(struct set, count);
    mail_start();
    for (int i = 0; i < count; i++) {
        sets[i].path = argv[i + 2];
        load(&sets[i]);
        pass(&sets[i], false); /* patterns are compiled when first used */
        GArray *const first[] = {sets[i].with, sets[i].decided, sets[i].undecided};
        for (size_t k = 0; k < G_N_ELEMENTS(first); k++)
            g_array_set_size(first[k], 0);
    }
    for (int p = 0; p < passes; p++)
        for (int i = 0; i < count; i++) {
            pass(&sets[i], false);
            pass_notices(&sets[i]);
            if (sets[i].rules->rules->len <= NAIVE_MOST)
                pass(&sets[i], true);
        }
    for (int i = 0; i < count; i++) {
        g_autoptr(json_t) line = json_pack(
            "{s:s, s:i, s:i, s:i, s:f, s:I, s:o, s:o, s:o, s:o, s:o}", "set", sets[i].path, "rules",
            (int)sets[i].rules->rules->len, "mails", (int)sets[i].mails->len, "matched", (int)sets[i].matched,
            "loading", sets[i].loading, "lua_bytes", (json_int_t)sandbox_memory(sets[i].sandbox), "with",
            numbers(sets[i].with), "without", numbers(sets[i].without), "decided", numbers(sets[i].decided),
            "undecided", numbers(sets[i].undecided), "notices", numbers(sets[i].notices));
        g_autofree char *text = json_canonical(line);
        printf("%s\n", text);
    }
    return 0;
}
