/* awsift explain: every rule that was considered, and what each condition saw. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "base/json.h"

#include <stdio.h>

static void print_one(const char *file, json_t *answer, const GError *error, void *data)
{
    const struct common_options *common = data;
    if (answer == NULL) {
        fprintf(stderr, "%s: %s\n", file, error->message);
        return;
    }
    if (common->json) {
        print_json_line(answer);
        return;
    }
    const json_t *decision = json_object_get(answer, "decision");
    printf("%s\n%s", file, json_text_or(answer, "explain", ""));
    static const char *const keys[] = {"account", "certainty", "priority", "found",   "notice",
                                       "auth",    "tags",      "actions",  "defects", "errors"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *value = json_canonical(json_object_get(decision, keys[i]));
        printf("%-10s %s\n", keys[i], value);
    }
}

static int run(int argc, char **argv)
{
    struct common_options common = {0};
    struct deciding deciding;
    char **mails;
    if (!options_parse(&command_explain, argc, argv, &common, NULL, &mails))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(json_t) request = json_pack("{s:b}", "explain", 1);
    unsigned unread = 1;
    if (deciding_start(&deciding, config, false)) {
        deciding_print_problems(&deciding, json_object_get(deciding.ready, "errors"), "");
        unread = deciding_each(&deciding, mails, request, print_one, &common);
    }
    deciding_stop(&deciding);
    return unread == 0 ? EXIT_DONE : EXIT_NO;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "MAIL",
    .summary = "Show every rule that was considered for a mail, and what each condition saw",
    .help = "A line beginning with + held, with - did not.\n\nExample: awsift explain mail.eml",
    .least = 1,
    .most = G_MAXUINT,
    .wanted = "a mail: a file, or - for standard input",
    .run = run,
};
