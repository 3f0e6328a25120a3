/* awsift status: how the running daemon is. */
#include "commands/options.h"
#include "commands/daemon.h"
#include "commands/owed_text.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "base/times.h"
#include "keeper/backlog.h"
#include "keeper/recovery.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE 15000 /* ms */
enum { CHANGES_SHOWN = 10, SHOWN_MOST = 20 };

static void print_counts(const char *title, const json_t *counts)
{
    const char *state;
    json_t *count;
    bool any = false;
    printf("%-10s", title);
    json_object_foreach((json_t *)counts, state, count) {
        printf("%s%d %s", any ? ", " : "", (int)json_integer_value(count), state);
        any = true;
    }
    printf("%s\n", any ? "" : "none");
}

static void print_workers(const char *title, const json_t *workers)
{
    size_t index;
    json_t *worker;
    printf("%-10s", title);
    json_array_foreach((json_t *)workers, index, worker)
        printf("%s%s%s%s (pid %d)", index > 0 ? ", " : "", json_text_or(worker, "role", ""),
               json_text(worker, "role") != NULL ? " " : "", json_text_or(worker, "state", "?"),
               (int)json_number(worker, "pid", 0));
    printf("\n");
}

/*           more than 10000 files lie in it, the oldest that was looked at since … */
static void print_backlog(const json_t *spool)
{
    int waiting = (int)json_number(spool, "waiting", 0);
    bool more = json_flag(spool, "waiting_more");
    const char *oldest = json_text(spool, "oldest");
    if (waiting == 0)
        return;
    printf("%-10s%s%d file%s in it", "", more ? "more than " : "", waiting, waiting == 1 ? " lies" : "s lie");
    if (oldest != NULL)
        printf(", the oldest%s since %s", waiting > BACKLOG_LOOKED_AT_MOST ? " that was looked at" : "",
               oldest);
    printf("\n");
}

static void print_spools(const json_t *spools)
{
    size_t index, left;
    json_t *spool, *name;
    json_array_foreach((json_t *)spools, index, spool) {
        printf("%-10s%s, %d in hand%s%s\n", "spool", json_text_or(spool, "path", "?"),
               (int)json_number(spool, "in_hand", 0),
               json_text(spool, "trouble") != NULL ? ", in trouble: " : "",
               json_text_or(spool, "trouble", ""));
        print_backlog(spool);
        json_array_foreach(json_object_get(spool, "reported"), left, name)
            printf("%-10sleft lying: %s\n", "", json_string_value(name));
    }
}

static void print_changes(const json_t *changes)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)changes, index, entry) {
        if (json_text(entry, "file") != NULL)
            printf("%-10s%s: %s\n", "", json_text_or(entry, "change", "?"), json_text(entry, "file"));
        else
            printf("%-10sand %d more files\n", "", (int)json_number(entry, "more", 0));
        if (index + 1 == CHANGES_SHOWN && index + 1 < json_array_size(changes)) {
            printf("%-10sand more; --json names them\n", "");
            return;
        }
    }
}

/* Names that live rules use and the configuration lacks: what names them is dead once it happens. */
static void print_unknown_names(const json_t *warnings)
{
    size_t index, shown = 0;
    json_t *entry;
    json_array_foreach((json_t *)warnings, index, entry) {
        if (!json_flag(entry, "unknown_name"))
            continue;
        if (shown++ == CHANGES_SHOWN) {
            printf("%-10sand more; awsift check names them\n", "");
            return;
        }
        g_autofree char *text = rule_problem_text(entry, "warning: ");
        printf("%-10s%s\n", "", text);
    }
}

static void print_reload(const json_t *reload)
{
    const char *state = json_text_or(reload, "state", "?"),
               *old = json_text(json_object_get(reload, "before"), "revision");
    const json_t *waiting = json_object_get(reload, "waiting");
    bool over = strcmp(state, "loading") != 0, changed = json_flag(reload, "changed");
    size_t index;
    json_t *entry;
    printf("%-10s%s%s %s (%s)", "reload", state, over ? " at" : " since", json_text_or(reload, "at", "-"),
           json_text_or(reload, "cause", "never asked for"));
    if (over)
        printf(", took %d ms", (int)json_number(reload, "duration", 0));
    if (changed && old != NULL)
        printf(", revision %.8s before", old);
    printf("%s\n", over && !changed && strcmp(state, "ok") == 0 ? ", nothing changed" : "");
    print_changes(json_object_get(reload, "changes"));
    json_array_foreach(json_object_get(reload, "errors"), index, entry) {
        g_autofree char *text = rule_problem_text(entry, "");
        printf("%-10s%s\n", "", text);
    }
    print_unknown_names(json_object_get(reload, "warnings"));
    if (json_is_object(waiting))
        printf("%-10schanged since %s, waits for %s\n", "", json_text_or(waiting, "since", "?"),
               json_text_or(waiting, "for", "?"));
}

static void print_alert(const json_t *alert)
{
    int count = (int)json_number(alert, "count", 1);
    g_autofree char *often = count == 1 ? g_strdup("once") : g_strdup_printf("%d times", count);
    printf("%-10s%s %s: %s (%s)\n", "alert", json_text_or(alert, "raised", "?"),
           json_text_or(alert, "kind", "?"), json_text_or(alert, "text", "?"), often);
}

static void print_owed(const json_t *owed)
{
    size_t index;
    json_t *row;
    json_array_foreach(json_object_get(owed, "first"), index, row) {
        g_autofree char *line = owed_line(row);
        printf("%-10s%s\n", "owed", line);
    }
    int64_t more = json_number(owed, "count", 0) - (int64_t)json_array_size(json_object_get(owed, "first"));
    if (more > 0)
        printf("%-10sand %" G_GINT64_FORMAT " more; awsift ack lists all\n", "", more);
}

/* outbox    channel aws-ops: 12 wait, 3 of them due, since …; paused until …: it asked …; 2 dead. Of many no
 * more are counted than the ledger counts. */
static void print_destinations(const json_t *destinations)
{
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)destinations, index, entry) {
        const char *name = json_text_or(entry, "destination", ""), *until = json_text(entry, "until");
        int waiting = (int)json_number(entry, "waiting", 0), dead = (int)json_number(entry, "dead", 0);
        const char *over = json_flag(entry, "more") ? "at least " : "";
        if (index == SHOWN_MOST) {
            printf("%-10s%zu more, which --json shows\n", "", json_array_size(destinations) - index);
            return;
        }
        printf("%-10s%s: %s%d wait", "outbox", name[0] != '\0' ? name : "this machine", over, waiting);
        if (waiting > 0)
            printf(", %d of them due, since %s", (int)json_number(entry, "due", 0),
                   json_text_or(entry, "oldest", "?"));
        if (until != NULL)
            printf("; %s until %s: %s", json_flag(entry, "paused") ? "paused" : "slowed", until,
                   json_text_or(entry, "why", "?"));
        if (dead > 0)
            printf("; %s%d dead, which awsift list --dead names", over, dead);
        printf("\n");
    }
}

/* silence   3 of taro until 2026-12-01T00:00:00Z (rule ec2.*), 12 mails kept quiet: planned work */
static void print_silences(const json_t *silences)
{
    size_t index, shown = 0;
    json_t *silence;
    json_array_foreach((json_t *)silences, index, silence) {
        const char *reason = json_text_or(silence, "reason", "");
        if (strcmp(json_text_or(silence, "state", ""), "keeps quiet") != 0)
            continue;
        if (shown++ == SHOWN_MOST) {
            printf("%-10sand more, which awsift silence lists\n", "");
            return;
        }
        printf("%-10s%d of %s until %s (%s), %d mails kept quiet%s%s%s\n", "silence",
               (int)json_number(silence, "id", 0), json_text_or(silence, "by", "?"),
               json_text_or(silence, "ends", "?"), json_text_or(silence, "of", "?"),
               (int)json_number(silence, "kept", 0), reason[0] != '\0' ? ": " : "", reason,
               json_flag(silence, "forgotten") ? "; nothing came for 30 days: is it forgotten?" : "");
    }
}

/* erring    rule abuse.report: 3 raised, 1 time; at 2026-11-23T00:10:00Z: what */
static void print_erring(const json_t *erring)
{
    size_t index;
    json_t *entry, *count;
    const char *kind;
    json_array_foreach((json_t *)erring, index, entry) {
        if (index == SHOWN_MOST) {
            printf("%-10s%zu more, which --json shows\n", "", json_array_size(erring) - index);
            break;
        }
        const char *rule = json_text(entry, "rule"), *separator = ": ";
        printf("%-10s%s %s", "erring", rule != NULL ? "rule" : "action",
               rule != NULL ? rule : json_text_or(entry, "action", "?"));
        json_object_foreach(json_object_get(entry, "errors"), kind, count) {
            printf("%s%d %s", separator, (int)json_integer_value(count), kind);
            separator = ", ";
        }
        printf("; at %s: %s\n", json_text_or(entry, "at", "?"), json_text_or(entry, "message", "?"));
    }
}

/* stands    spool since 2026-11-23T00:10:00Z: what */
static void print_standing(const json_t *entry)
{
    const char *since = json_text(entry, "since");
    printf("%-10s%s%s%s: %s\n", "stands", json_text_or(entry, "kind", "?"), since != NULL ? " since " : "",
           since != NULL ? since : "", json_text_or(entry, "text", "?"));
}

/* keep      400d: 1200 mails (14.2 MB) removed, the last at …; the oldest goes at …; 3 older ones stay: not
 * finished, or the newest */
static void print_retention(const json_t *retention)
{
    if (!json_is_object(retention))
        return;
    g_autofree char *keep = duration_format(json_number(retention, "keep", 0));
    const char *last = json_text(retention, "last"), *next = json_text(retention, "next");
    int waiting = (int)json_number(retention, "waiting", 0);
    printf("%-10s%s: %d mails (%.1f MB) removed", "keep", keep, (int)json_number(retention, "removed", 0),
           (double)json_number(retention, "bytes", 0) / 1e6);
    if (last != NULL)
        printf(", the last at %s", last);
    if (next != NULL)
        printf("; the oldest is due at %s", next);
    if (waiting > 0)
        printf("; %d older ones stay: not finished, or the newest", waiting);
    printf("\n");
}

/* mended    at the start of 2026-11-23T00:10:00Z: 3 mails were filed now; … */
static void print_recovery(const json_t *recovery)
{
    g_autofree char *words = recovery_words(json_object_get(recovery, "found"));
    if (json_is_object(recovery))
        printf("%-10sat the start of %s: %s\n", "mended", json_text_or(recovery, "at", "?"), words);
}

static void print_status(const json_t *status)
{
    const json_t *generation = json_object_get(status, "generation"),
                 *counts = json_object_get(status, "ledger");
    size_t index;
    json_t *entry;
    printf("%-10sawsift %s, pid %d, since %s\n", "running", json_text_or(status, "version", "?"),
           (int)json_number(status, "pid", 0), json_text_or(status, "since", "?"));
    if (json_is_object(generation))
        printf("%-10sgeneration %d, revision %.8s, %d rules, %d tests, since %s\n", "rules",
               (int)json_number(generation, "number", 0), json_text_or(generation, "revision", "?"),
               (int)json_number(generation, "rules", 0), (int)json_number(generation, "tests", 0),
               json_text_or(generation, "since", "?"));
    print_reload(json_object_get(status, "reload"));
    print_workers("deciders", json_object_get(status, "deciders"));
    print_workers("actors", json_object_get(status, "actors"));
    print_spools(json_object_get(status, "spools"));
    if (json_text(counts, "error") != NULL) {
        printf("%-10sthe ledger cannot be read now: %s\n", "ledger", json_text(counts, "error"));
    } else {
        print_counts("mail", json_object_get(counts, "messages"));
        printf("%-10s%d mails in the last minute\n", "", (int)json_number(status, "last_minute", 0));
        print_counts("actions", json_object_get(counts, "actions"));
        print_destinations(json_object_get(counts, "destinations"));
        print_silences(json_object_get(counts, "silences"));
    }
    print_retention(json_object_get(status, "retention"));
    print_owed(json_object_get(counts, "owed"));
    print_recovery(json_object_get(status, "recovery"));
    json_array_foreach(json_object_get(status, "standing"), index, entry)
        print_standing(entry);
    print_erring(json_object_get(status, "erring"));
    json_array_foreach(json_object_get(status, "warnings"), index, entry)
        printf("%-10s%s\n", "warning", json_string_value(entry));
    json_array_foreach(json_object_get(counts, "recent_alerts"), index, entry)
        print_alert(entry);
}

/* For a monitor: says what needs people, and nothing else. */
static int check(const json_t *status)
{
    const json_t *ledger = json_object_get(status, "ledger"), *standing = json_object_get(status, "standing");
    bool live = json_is_object(json_object_get(status, "generation"));
    const char *trouble = json_text(ledger, "error");
    size_t index;
    json_t *entry;
    json_array_foreach((json_t *)standing, index, entry)
        print_standing(entry);
    json_array_foreach(json_object_get(status, "disk"), index, entry)
        printf("%-10sdisk of the %s since %s: %s\n", "stands", json_text_or(entry, "place", "?"),
               json_text_or(entry, "since", "?"), json_text_or(entry, "why", "?"));
    if (trouble != NULL)
        printf("%-10sthe ledger cannot be read now: %s\n", "stands", trouble);
    if (!live)
        printf("%-10sno rules are live: no mail is taken\n", "stands");
    if (json_array_size(standing) > 0 || json_array_size(json_object_get(status, "disk")) > 0 ||
        trouble != NULL || !live)
        return EXIT_NO;
    printf("awsift is well\n");
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    gboolean checks = FALSE;
    char **rest;
    const GOptionEntry own[] = {
        {"check", 0, 0, G_OPTION_ARG_NONE, &checks, "exit 1 when something needs people, and say what", NULL},
        {NULL},
    };
    g_autoptr(GError) error = NULL;
    if (!options_parse(&command_status, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(json_t) request = json_pack("{s:s}", "command", "status");
    g_autoptr(json_t) answer = daemon_ask(config, request, PATIENCE, &error);
    config_free(config);
    if (answer == NULL) {
        options_fail("status", error->message);
        return EXIT_NO;
    }
    if (checks && json_flag(answer, "ok"))
        return check(answer);
    if (common.json) {
        print_json_line(answer);
    } else if (json_flag(answer, "ok")) {
        print_status(answer);
    } else {
        options_fail("status", json_text_or(answer, "error", "no answer"));
    }
    return json_flag(answer, "ok") ? EXIT_DONE : EXIT_NO;
}

const struct command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "Show how the running daemon is",
    .help =
        "Exits 1 when no daemon runs on the configured store; with --check also when something needs\n"
        "people: a trouble that stands, no rules, a ledger that cannot be read, operators who cannot be told.",
    .run = run,
};
