/* awsift inspect: the mail as rules see it. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "base/json.h"
#include "mail/text.h"

#include <stdio.h>

static void print_human(const json_t *inspected)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(inspected, "headers"), index, entry) {
        g_autofree char *value = text_one_line(json_text_or(entry, "value", ""));
        printf("%s: %s\n", json_text_or(entry, "name", ""), value);
    }
    json_array_foreach(json_object_get(inspected, "parts"), index, entry)
        printf("\n[part %zu: %s, %d bytes%s%s]", index + 1, json_text_or(entry, "type", ""),
               (int)json_number(entry, "size", 0), json_text(entry, "filename") != NULL ? ", " : "",
               json_text_or(entry, "filename", ""));
    g_autofree char *text = text_normalize(json_text_or(inspected, "text", ""), false);
    g_autofree char *auth = json_canonical(json_object_get(inspected, "auth"));
    g_autofree char *defects = json_canonical(json_object_get(inspected, "defects"));
    printf("\n\n%s\n\nauth: %s\ndefects: %s\n", text, auth, defects);
}

static void print_one(const char *file, json_t *answer, const GError *error, void *data)
{
    const struct common_options *common = data;
    if (answer == NULL) {
        fprintf(stderr, "%s: %s\n", file, error->message);
        return;
    }
    json_t *inspected = json_object_get(answer, "inspect");
    json_object_set(inspected, "auth", json_object_get(json_object_get(answer, "decision"), "auth"));
    g_autofree char *line = json_canonical(inspected);
    if (common->json)
        printf("%s\n", line);
    else
        print_human(inspected);
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct deciding deciding;
    char **mails;
    if (!options_parse(&command_inspect, argc, argv, &common, NULL, &mails))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    g_autoptr(json_t) request = json_pack("{s:b}", "inspect", 1);
    unsigned unread = deciding_start(&deciding, config, false)
                          ? deciding_each(&deciding, mails, request, print_one, &common)
                          : 1;
    deciding_stop(&deciding);
    return unread == 0 ? EXIT_DONE : EXIT_NO;
}

const struct command command_inspect = {
    .name = "inspect",
    .arguments = "MAIL…",
    .summary = "Show a mail as rules see it: headers, parts, text, who speaks",
    .help =
        "MAIL is a file, a folder, a Maildir, an mbox, or - for standard input.\n\nExample: awsift inspect --json mail.eml",
    .least = 1,
    .most = G_MAXUINT,
    .wanted = "a mail: a file, a folder, a Maildir, an mbox, or - for standard input",
    .run = run,
};
