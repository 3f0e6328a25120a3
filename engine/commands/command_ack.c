/* awsift ack: what rings is acknowledged, and rings no longer. The running daemon writes it down; where none
 * runs, the ledger is opened here, so that what was rung before is not rung again by the next start. */
#include "commands/options.h"
#include "commands/daemon.h"
#include "commands/owed_text.h"
#include "base/json.h"
#include "base/times.h"
#include "ledger/owed.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE 15000
enum { IDS_MOST = 1000, BY_LONGEST = 200, NOTE_LONGEST = 4000 };

struct wish {
    char *by, *note;
    json_t *ids;
};

static bool read_ids(char **rest, json_t *ids)
{
    for (; *rest != NULL; rest++) {
        gint64 id;
        if (!g_ascii_string_to_signed(*rest, 10, 1, G_MAXINT64, &id, NULL)) {
            g_autofree char *text = g_strdup_printf(
                "'%s' is no number of a mail; awsift ack without one lists what waits", *rest);
            options_fail("ack", text);
            return false;
        }
        json_array_append_new(ids, json_integer(id));
    }
    return true;
}

static json_t *write_down(struct ledger *ledger, const json_t *request, GError **error)
{
    g_autoptr(json_t) results = json_array();
    const char *by = json_text(request, "by"), *note = json_text(request, "note");
    size_t index;
    json_t *id, *result;
    json_array_foreach(json_object_get(request, "ids"), index, id) {
        const struct owed_ack ack = {.message = json_integer_value(id), .by = by, .note = note};
        if (!owed_acknowledge(ledger, &ack, time_now(), &result, error))
            return NULL;
        json_array_append_new(results, result);
    }
    return json_pack("{s:b, s:O}", "ok", 1, "results", results);
}

static void print_ended(const json_t *result, const struct wish *wish)
{
    size_t index;
    json_t *entry;
    printf("%d  acknowledged by %s:", (int)json_number(result, "id", 0), wish->by);
    json_array_foreach(json_object_get(result, "ended"), index, entry) {
        const char *kind = json_text_or(entry, "kind", ""), *until = json_text(entry, "until");
        printf("%s %s %s%s", index > 0 ? "," : "", kind,
               until != NULL ? "owed until " : json_text_or(entry, "name", ""), until != NULL ? until : "");
    }
    int dropped = (int)json_number(result, "dropped", 0);
    if (dropped > 0)
        printf("; %d that waited will not happen", dropped);
    printf("\n");
}

static int print_results(const json_t *results, const struct wish *wish, bool as_json)
{
    size_t index;
    json_t *result;
    int status = EXIT_DONE;
    json_array_foreach((json_t *)results, index, result) {
        if (!json_flag(result, "ok"))
            status = EXIT_NO;
        if (as_json)
            print_json_line(result);
        else if (json_flag(result, "ok"))
            print_ended(result, wish);
        else
            fprintf(stderr, "awsift ack: mail %d: %s\n", (int)json_number(result, "id", 0),
                    json_text_or(result, "error", ""));
    }
    return status;
}

static int act(const struct config *config, const struct wish *wish, bool as_json)
{
    int status = EXIT_NO;
    if (json_array_size(wish->ids) == 0)
        return owed_print_all("ack", config, as_json) ? EXIT_DONE : EXIT_NO;
    g_autoptr(json_t) request = json_pack("{s:s, s:O, s:s, s:o}", "command", "ack", "ids", wish->ids, "by",
                                          wish->by, "note", json_text_new(wish->note));
    g_autoptr(json_t) answer = daemon_write_down("ack", config, request, PATIENCE, write_down, &status);
    return answer != NULL ? print_results(json_object_get(answer, "results"), wish, as_json) : status;
}

/* NULL, or what is wrong with what was asked. */
static const char *fault_of(const struct wish *wish, bool named)
{
    if (json_array_size(wish->ids) == 0 && named)
        return "--by and --note need the number of a mail; awsift ack without one lists what waits";
    if (json_array_size(wish->ids) > IDS_MOST)
        return "at most 1000 mails at a time";
    if (wish->by[0] == '\0' || strlen(wish->by) > BY_LONGEST || !g_utf8_validate(wish->by, -1, NULL))
        return "--by is a name of at most 200 bytes";
    if (wish->note != NULL && (strlen(wish->note) > NOTE_LONGEST || !g_utf8_validate(wish->note, -1, NULL)))
        return "--note is a text of at most 4000 bytes";
    return NULL;
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    g_autofree char *by = NULL, *note = NULL;
    char **rest;
    const GOptionEntry own[] = {
        {"by", 0, 0, G_OPTION_ARG_STRING, &by, "who acknowledges (default: the user)", "NAME"},
        {"note", 0, 0, G_OPTION_ARG_STRING, &note, "what is to be remembered of it", "TEXT"},
        {NULL},
    };
    if (!options_parse(&command_ack, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    bool named = by != NULL || note != NULL;
    if (by == NULL)
        by = g_strdup(g_get_user_name());
    g_autoptr(json_t) ids = json_array();
    const struct wish wish = {.by = by, .note = note, .ids = ids};
    if (!read_ids(rest, ids))
        return EXIT_USAGE;
    if (fault_of(&wish, named) != NULL) {
        options_fail("ack", fault_of(&wish, named));
        return EXIT_USAGE;
    }
    struct config *config = options_config(&common);
    if (config == NULL)
        return EXIT_USAGE;
    int status = act(config, &wish, common.json);
    config_free(config);
    return status;
}

const struct command command_ack = {
    .name = "ack",
    .arguments = "[ID…]",
    .summary = "Acknowledge what rings or is owed; without ID, list it",
    .help =
        "Nothing further of it is rung, paged or reminded of, and pages are acknowledged at their service.\n"
        "Exit status 1 when nothing of a mail waits to be acknowledged, with the reason; 75 when the\n"
        "ledger cannot be written now.\n\n"
        "Example: awsift ack 12 --by hana --note \"keys are rotated\"",
    .most = G_MAXUINT,
    .run = run,
};
