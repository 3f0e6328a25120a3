/* awsift show: one mail's whole story. */
#include "commands/options.h"
#include "commands/near_text.h"
#include "commands/owed_text.h"
#include "base/json.h"
#include "base/rule_path.h"
#include "mail/text.h"

#include <stdio.h>
#include <string.h>

static void print_line(const char *label, const char *value)
{
    g_autofree char *line = text_one_line(value);
    printf("%-10s %s\n", label, line);
    output_check();
}

/* What it is told with, or what it tells. */
static void print_gathering(const json_t *action)
{
    const json_t *into = json_object_get(action, "gathered_into"),
                 *gathers = json_object_get(action, "gathers");
    size_t index;
    json_t *mail;
    if (json_is_object(into))
        printf("    gathered into action %d of mail %d, %s%s%s\n", (int)json_number(into, "action", 0),
               (int)json_number(into, "mail", 0), json_text_or(into, "state", "?"),
               strcmp(json_text_or(into, "state", ""), "waiting") == 0 ? " until " : "",
               strcmp(json_text_or(into, "state", ""), "waiting") == 0 ? json_text_or(into, "due", "?") : "");
    if (json_array_size(gathers) > 0)
        printf("    tells %zu mails at once, with", json_array_size(gathers) + 1);
    json_array_foreach((json_t *)gathers, index, mail)
        printf("%s %" G_GINT64_FORMAT, index > 0 ? "," : "", (int64_t)json_integer_value(mail));
    if (json_array_size(gathers) > 0)
        printf("\n");
}

static void print_actions(const json_t *decision)
{
    size_t index, i;
    json_t *action, *attempt;
    json_array_foreach(json_object_get(decision, "actions"), index, action) {
        g_autofree char *args = json_canonical(json_object_get(action, "args")), *line = text_one_line(args);
        bool unknown = g_strcmp0(json_text(action, "outcome"), "unknown") == 0;
        printf("  a%d %s %s: %s%s%s%s\n", (int)json_number(action, "id", 0),
               json_text_or(action, "action", ""), line, json_text_or(action, "state", ""),
               unknown ? " (it may have happened)" : "",
               json_text_or(action, "reason", "")[0] != '\0' ? ", " : "", json_text_or(action, "reason", ""));
        if (json_number(action, "resent", 0) != 0)
            printf("    does a%d once more\n", (int)json_number(action, "resent", 0));
        if (json_text(action, "waits") != NULL)
            printf("    waits %s\n", json_text(action, "waits"));
        print_gathering(action);
        json_array_foreach(json_object_get(action, "attempts"), i, attempt) {
            g_autofree char *detail = text_one_line(json_text_or(attempt, "detail", ""));
            const char *failure = json_text(attempt, "failure");
            printf("    attempt %d %s: %s%s%s%s %s %s\n", (int)json_number(attempt, "number", 0),
                   json_text_or(attempt, "started", ""), json_text_or(attempt, "outcome", "running"),
                   failure != NULL ? " (" : "", failure != NULL ? failure : "", failure != NULL ? ")" : "",
                   json_text_or(attempt, "reason", ""), detail);
            output_check();
        }
    }
}

static void print_errors(const json_t *decision)
{
    size_t index;
    json_t *error;
    json_array_foreach(json_object_get(decision, "errors"), index, error) {
        g_autofree char *message = text_one_line(json_text_or(error, "message", ""));
        printf("  ! %s: %s\n", json_text_or(error, "rule", "-"), message);
        output_check();
    }
}

static void print_shadows(const json_t *decision)
{
    size_t index;
    json_t *shadow;
    json_array_foreach(json_object_get(decision, "shadow"), index, shadow) {
        printf("  in shadow: %s would have made it %s, which %s\n", json_text_or(shadow, "rule", ""),
               json_text_or(shadow, "category", ""), json_flag(shadow, "agrees") ? "agrees" : "differs");
        output_check();
    }
}

static void print_near(const json_t *decision)
{
    const json_t *near = json_object_get(decision, "near");
    g_autofree char *text = near_text(near), *paste = near_paste(near);
    if (text != NULL)
        print_line("  near", text);
    if (paste != NULL)
        print_line("", paste);
}

static void print_list(const char *label, const json_t *list)
{
    size_t index;
    json_t *text;
    json_array_foreach((json_t *)list, index, text) {
        g_autofree char *line = text_one_line(json_string_value(text));
        printf("%s%s", index > 0 ? ", " : label, line);
    }
}

static void print_changes(const json_t *changes)
{
    size_t index;
    json_t *change;
    json_array_foreach((json_t *)changes, index, change) {
        const char *what = json_text_or(change, "what", ""), *from = json_text(change, "from");
        printf("      %s:", what);
        if (from != NULL)
            printf(" %s -> %s", from, json_text_or(change, "to", ""));
        print_list(" added ", json_object_get(change, "added"));
        print_list(" removed ", json_object_get(change, "removed"));
        printf("\n");
        output_check();
    }
}

static void print_thread(const json_t *thread)
{
    size_t index;
    json_t *entry;
    if (json_array_size(thread) < 2)
        return;
    if (json_array_size(thread) < LEDGER_THREAD_SHOWN_MOST)
        printf("\nthread of %zu mails about this notice\n", json_array_size(thread));
    else
        printf("\nthe newest %d mails about this notice; awsift list --thread %d lists all\n",
               LEDGER_THREAD_SHOWN_MOST, (int)json_number(json_array_get(thread, 0), "id", 0));
    json_array_foreach((json_t *)thread, index, entry) {
        g_autofree char *subject = text_one_line(json_text_or(entry, "subject", ""));
        printf("  %d  %s  %s  %s\n", (int)json_number(entry, "id", 0), json_text_or(entry, "arrived", ""),
               json_text_or(entry, "relation", ""), subject);
        print_changes(json_object_get(entry, "changes"));
    }
}

static void name_for_people(const struct config *config, json_t *story)
{
    size_t index, inner;
    json_t *entry, *error;
    json_array_foreach(json_object_get(story, "decisions"), index, entry)
        json_array_foreach(json_object_get(json_object_get(entry, "decision"), "errors"), inner, error)
            rule_problem_for_people(config, error);
}

static void print_owed(const json_t *owed)
{
    size_t index;
    json_t *row;
    json_array_foreach((json_t *)owed, index, row) {
        g_autofree char *line = owed_line(row);
        if (json_text(row, "ended") == NULL && g_strcmp0(json_text(row, "kind"), "page") != 0)
            print_line("owed", line);
    }
}

static void print_human(const json_t *story)
{
    const json_t *message = json_object_get(story, "message");
    static const char *const keys[] = {"subject", "from",   "date",   "arrived", "spool",
                                       "state",   "folder", "reason", "sha256"};
    size_t index;
    json_t *entry;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (json_text(message, keys[i]) != NULL)
            print_line(keys[i], json_text(message, keys[i]));
    print_owed(json_object_get(story, "owed"));
    json_array_foreach(json_object_get(story, "decisions"), index, entry) {
        g_autofree char *found = json_canonical(json_object_get(json_object_get(entry, "decision"), "found"));
        printf("\ndecided %s: %s by %s (%s, %s), revision %.8s\n", json_text_or(entry, "decided", ""),
               json_text_or(entry, "category", ""), json_text_or(entry, "rule", "no rule"),
               json_text_or(entry, "certainty", ""), json_text_or(entry, "verdict", ""),
               json_text_or(entry, "revision", ""));
        print_line("  found", found);
        print_near(json_object_get(entry, "decision"));
        print_shadows(entry);
        print_errors(json_object_get(entry, "decision"));
        print_actions(entry);
    }
    print_thread(json_object_get(story, "thread"));
    printf("\n");
    json_array_foreach(json_object_get(story, "timeline"), index, entry) {
        g_autofree char *what = text_one_line(json_text_or(entry, "what", ""));
        printf("%s  %s\n", json_text_or(entry, "time", ""), what);
        output_check();
    }
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    char **rest;
    if (!options_parse(&command_show, argc, argv, &common, NULL, &rest))
        return EXIT_USAGE;
    gint64 id = 0;
    if (!g_ascii_string_to_signed(rest[0], 10, 1, G_MAXINT64, &id, NULL)) {
        options_fail("show", "name the mail by its number; 'awsift list' shows them");
        return EXIT_USAGE;
    }
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("show", config);
    g_autoptr(json_t) story = ledger != NULL ? ledger_show(ledger, id, &error) : NULL;
    name_for_people(config, story);
    config_free(config);
    if (story == NULL) {
        if (error != NULL)
            options_fail("show", error->message);
        return EXIT_NO;
    }
    if (common.json)
        print_json_line(story);
    else
        print_human(story);
    return EXIT_DONE;
}

const struct command command_show = {
    .name = "show",
    .arguments = "ID",
    .summary = "Show all of one mail: decisions, actions, attempts, timeline",
    .help = "Example: awsift show 12",
    .least = 1,
    .most = 1,
    .wanted = "the number of a mail, as 'awsift list' shows it",
    .run = run,
};
