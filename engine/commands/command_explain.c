/* awsift explain: one decision with everything that led to it. */
#include "commands/options.h"
#include "commands/decide_file.h"
#include "commands/explain_text.h"
#include "base/nearest.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

struct explaining {
    bool json;
    unsigned printed;
    struct explain_view view;
};

static void print_one(const char *file, json_t *answer, const GError *error, void *data)
{
    struct explaining *explaining = data;
    if (answer == NULL) {
        fprintf(stderr, "%s: %s\n", file, error->message);
    } else if (explaining->json) {
        json_object_set_new(answer, "file", json_text_new(file));
        print_json_line(answer);
    } else {
        printf("%s", explaining->printed++ > 0 ? "\n" : "");
        explain_print(file, answer, &explaining->view);
    }
}

static bool is_among(const json_t *rules, const char *id)
{
    size_t index;
    json_t *rule;
    json_array_foreach((json_t *)rules, index, rule)
        if (g_strcmp0(json_text(rule, "id"), id) == 0)
            return true;
    return false;
}

static bool are_known(const json_t *ready, char *const *ids)
{
    const json_t *rules = json_object_get(ready, "rules");
    bool good = true;
    for (; ids != NULL && *ids != NULL; ids++) {
        bool known = is_among(rules, *ids), off = is_among(json_object_get(ready, "disabled"), *ids);
        const char *near = known ? NULL : nearest_name(rules, "id", *ids);
        g_autofree char *what =
            off ? g_strdup_printf("rule '%s' is switched off (enabled = false): no mail reaches it", *ids)
                : g_strdup_printf("there is no rule '%s'%s%s%s; 'awsift rules' lists them", *ids,
                                  near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
                                  near != NULL ? "'?)" : "");
        if (!known)
            options_fail("explain", what);
        good = good && known;
    }
    return good;
}

static json_t *request_new(char *const *rules, bool all)
{
    json_t *request = json_pack("{s:b}", "explain", 1), *asked = json_array();
    if (all)
        json_array_append_new(asked, json_string("*"));
    for (; rules != NULL && *rules != NULL; rules++)
        json_array_append_new(asked, json_text_new(*rules));
    json_object_set_new(request, "asked", asked);
    return request;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    struct deciding deciding;
    gboolean all = FALSE, whole = FALSE;
    g_auto(GStrv) rules = NULL;
    char **mails;
    const GOptionEntry own[] = {
        {"rule", 0, 0, G_OPTION_ARG_STRING_ARRAY, &rules,
         "show all of this rule, also where it was not its turn; may be given again", "ID"},
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "show all of every rule, also of those that had no turn",
         NULL},
        {"long", 0, 0, G_OPTION_ARG_NONE, &whole, "cut no text", NULL},
        {NULL},
    };
    if (!options_parse(&command_explain, argc, argv, &common, own, &mails))
        return EXIT_USAGE;
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    struct explaining explaining = {common.json, 0, {all, whole, (const char *const *)rules}};
    g_autoptr(json_t) request = request_new(rules, all);
    int status = EXIT_NO;
    if (deciding_start(&deciding, config, false)) {
        const json_t *errors = json_object_get(deciding.ready, "errors");
        deciding_print_problems(&deciding, errors, "");
        /* Rules with mistakes never go live: what they would decide without them, nobody ever decides. */
        if (json_array_size(errors) > 0)
            status = EXIT_NO;
        else if (!are_known(deciding.ready, rules))
            status = EXIT_USAGE;
        else if (deciding_each(&deciding, mails, request, print_one, &explaining) == 0)
            status = EXIT_DONE;
    }
    deciding_stop(&deciding);
    return status;
}

const struct command command_explain = {
    .name = "explain",
    .arguments = "MAIL…",
    .summary = "Show what a mail is taken for and why: rules, conditions, actions, times",
    .help =
        "In front of a rule or a condition, + says that it held, - that it did not, and . that it was not tried.\n\n"
        "Example: awsift explain mail.eml\n"
        "         awsift explain --rule ec2.instance-retirement mail.eml",
    .least = 1,
    .most = G_MAXUINT,
    .wanted = "a mail: a file, or - for standard input",
    .run = run,
};
