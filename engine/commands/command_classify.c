/* awsift classify: decides, without recording or acting. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "commands/near_text.h"
#include "commands/told_text.h"
#include "base/json.h"
#include "mail/text.h"

#include <stdio.h>
#include <unistd.h>

static void print_near(const json_t *near)
{
    g_autofree char *text = near_text(near), *paste = near_paste(near);
    if (text != NULL)
        printf("  ~ near %s\n", text);
    if (paste != NULL)
        printf("    %s\n", paste);
}

static void print_told(const json_t *context)
{
    g_autofree char *group = told_group_text(context), *silence = told_silence_text(context);
    if (group != NULL)
        printf("  = told with others %s\n", group);
    if (silence != NULL)
        printf("  = kept quiet by %s\n", silence);
}

static void print_human(const char *file, const json_t *decision, const json_t *context)
{
    g_autofree char *subject = text_one_line(json_text_or(decision, "subject", ""));
    printf("%s\n  %s\n  %s%s%s (%s, %s)%s%s\n", file, subject, json_text(decision, "category"),
           json_text(decision, "rule") != NULL ? " by " : "", json_text_or(decision, "rule", ""),
           json_text(decision, "certainty"), json_text(json_object_get(decision, "auth"), "verdict"),
           json_text(decision, "account") != NULL ? ", account " : "", json_text_or(decision, "account", ""));
    size_t index;
    json_t *action;
    print_near(json_object_get(decision, "near"));
    json_array_foreach(json_object_get(decision, "actions"), index, action) {
        g_autofree char *args = json_canonical(json_object_get(action, "args"));
        g_autofree char *line = text_one_line(args);
        printf("  -> %s %s\n", json_text(action, "action"), line);
    }
    print_told(context);
    json_array_foreach(json_object_get(decision, "errors"), index, action)
        printf("  ! %s: %s\n", json_text_or(action, "rule", "-"), json_text_or(action, "message", ""));
}

static void print_one(const char *file, json_t *answer, const GError *error, void *data)
{
    const struct common_options *common = data;
    if (answer == NULL) {
        fprintf(stderr, "%s: %s\n", file, error->message);
        return;
    }
    g_autoptr(json_t) decision = json_incref(json_object_get(answer, "decision"));
    json_object_set_new(decision, "file", json_text_new(file));
    g_autofree char *line = json_canonical(decision);
    if (common->json)
        printf("%s\n", line);
    else
        print_human(file, decision, json_object_get(answer, "context"));
    fflush(stdout);
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct deciding deciding;
    char **mails;
    if (!options_parse(&command_classify, argc, argv, &common, NULL, &mails))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    bool started = deciding_start(&deciding, config, false);
    bool sound = started && json_array_size(json_object_get(deciding.ready, "errors")) == 0;
    if (started)
        deciding_print_problems(&deciding, json_object_get(deciding.ready, "errors"), "");
    g_autoptr(json_t) request = json_object();
    unsigned unread = sound ? deciding_each(&deciding, mails, request, print_one, &common) : 1;
    deciding_stop(&deciding);
    return unread == 0 ? EXIT_DONE : EXIT_NO;
}

const struct command command_classify = {
    .name = "classify",
    .arguments = "MAIL…",
    .summary = "Decide mails, without recording or acting",
    .help =
        "MAIL is a file, a folder, a Maildir, an mbox, or - for standard input.\nExit status 0 whatever the category, 1 when a mail "
        "could not be read.\n\nExample: awsift classify --json mail.eml",
    .least = 1,
    .most = G_MAXUINT,
    .wanted = "a mail: a file, a folder, a Maildir, an mbox, or - for standard input",
    .run = run,
};
