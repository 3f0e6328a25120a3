/* awsift silence: keeping quiet for a while. The running daemon writes it down, and warns of names that it
 * does not know; where none runs, the ledger is written here, and the next start tells of it. */
#include "commands/options.h"
#include "commands/daemon.h"
#include "commands/table.h"
#include "keeper/silencing.h"
#include "ledger/silences.h"
#include "base/json.h"
#include "base/times.h"

#include <stdio.h>
#include <string.h>

#define PATIENCE 15000 /* ms */

static bool fail(const char *what)
{
    options_fail("silence", what);
    return false;
}

static void add_texts(json_t *what, const char *key, char **texts)
{
    json_t *list = json_array();
    for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
        json_array_append_new(list, json_text_new(texts[i]));
    if (json_array_size(list) > 0)
        json_object_set(what, key, list);
    json_decref(list);
}

/* "2026-12-01T09:00:00+09:00", or how long from then on. */
static bool moment_of(const char *option, const char *text, int64_t from, int64_t *moment)
{
    int64_t duration;
    if (time_parse(text, moment))
        return true;
    if (duration_parse(text, &duration) && duration <= SILENCE_LONGEST) {
        *moment = from + duration;
        return true;
    }
    g_autofree char *what =
        g_strdup_printf("%s: '%s' is neither a time such as 2026-12-01T09:00:00+09:00 nor a "
                        "duration of up to 366d such as 2h",
                        option, text);
    return fail(what);
}

struct wish {
    char *until, *lasts, *from, *reason, *by;
    gint64 end;
    json_t *what;
};

/* The request of a new silence, or of the end of one; NULL after the error was printed. */
static json_t *request_of(const struct wish *wish)
{
    int64_t starts = time_now(), ends = 0;
    const char *by = wish->by != NULL ? wish->by : g_get_user_name();
    if (wish->end != 0)
        return json_pack("{s:s, s:I, s:o}", "command", "silence", "end", (json_int_t)wish->end, "by",
                         json_text_new(by));
    if (wish->from != NULL && !moment_of("--from", wish->from, starts, &starts))
        return NULL;
    if ((wish->until == NULL) == (wish->lasts == NULL)) {
        fail("needs an end: either --until TIME or --for 2h");
        return NULL;
    }
    if (!moment_of(wish->until != NULL ? "--until" : "--for", wish->until != NULL ? wish->until : wish->lasts,
                   starts, &ends))
        return NULL;
    return json_pack("{s:s, s:O, s:I, s:I, s:o, s:o}", "command", "silence", "what", wish->what, "starts",
                     (json_int_t)starts, "ends", (json_int_t)ends, "reason",
                     json_text_new(wish->reason != NULL ? wish->reason : ""), "by", json_text_new(by));
}

static json_t *write_down(struct ledger *ledger, const json_t *request, GError **error)
{
    int64_t id = 0;
    return silencing_write(ledger, request, &id, error)
               ? json_pack("{s:b, s:I, s:[]}", "ok", 1, "id", (json_int_t)id, "warnings")
               : NULL;
}

static int say(const json_t *request, const json_t *answer, bool as_json)
{
    size_t index;
    json_t *warning;
    if (as_json) {
        print_json_line(answer);
        return EXIT_DONE;
    }
    g_autofree char *ends = time_format(json_number(request, "ends", 0));
    if (json_object_get(request, "end") != NULL)
        printf("silence %d has ended\n", (int)json_number(answer, "id", 0));
    else
        printf("silence %d keeps quiet until %s; awsift silence --end %d ends it\n",
               (int)json_number(answer, "id", 0), ends, (int)json_number(answer, "id", 0));
    json_array_foreach(json_object_get(answer, "warnings"), index, warning)
        fprintf(stderr, "awsift silence: warning: %s\n", json_string_value(warning));
    return EXIT_DONE;
}

static int ask(const struct config *config, const json_t *request, bool as_json)
{
    int status = EXIT_NO;
    g_autoptr(json_t) answer = daemon_write_down("silence", config, request, PATIENCE, write_down, &status);
    return answer != NULL ? say(request, answer, as_json) : status;
}

static void print_table(const json_t *list)
{
    static const char *const titles[] = {"ID", "STATE", "UNTIL", "BY", "KEPT", "OF", "REASON", NULL};
    struct table *table = table_new(titles);
    size_t index;
    json_t *row;
    json_array_foreach((json_t *)list, index, row) {
        g_autofree char *id = g_strdup_printf("%d", (int)json_number(row, "id", 0)),
                        *kept = g_strdup_printf("%d", (int)json_number(row, "kept", 0));
        const char *state = json_flag(row, "forgotten") ? "forgotten?" : json_text_or(row, "state", "?");
        const char *cells[] = {id,
                               state,
                               json_text_or(row, strcmp(state, "begins") == 0 ? "starts" : "ends", "?"),
                               json_text_or(row, "by", "?"),
                               kept,
                               json_text_or(row, "of", "?"),
                               json_text_or(row, "reason", ""),
                               NULL};
        table_add(table, cells);
    }
    table_print(table);
}

static int list(const struct config *config, bool as_json)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("silence", config);
    g_autoptr(json_t) rows = ledger != NULL ? silences_list(ledger, time_now(), &error) : NULL;
    size_t index;
    json_t *row;
    if (rows == NULL) {
        if (error != NULL)
            fail(error->message);
        return EXIT_NO;
    }
    json_array_foreach(rows, index, row)
        if (as_json)
            print_json_line(row);
    if (!as_json && json_array_size(rows) == 0)
        printf("nothing is kept quiet, and nothing was within a week\n");
    else if (!as_json)
        print_table(rows);
    return EXIT_DONE;
}

/* What the options ask for: a list, the end of one, or a new one. */
static int run_wish(const struct config *config, const struct wish *wish, bool as_json)
{
    bool timed = wish->until != NULL || wish->lasts != NULL || wish->from != NULL || wish->reason != NULL;
    if (wish->end == 0 && json_object_size(wish->what) == 0 && !timed)
        return list(config, as_json);
    if (wish->end != 0 && (json_object_size(wish->what) > 0 || timed)) {
        fail("--end needs the number of a silence, and nothing else but --by");
        return EXIT_USAGE;
    }
    g_autoptr(json_t) request = request_of(wish);
    g_autofree char *fault = request != NULL ? silencing_fault(request) : NULL;
    if (fault != NULL)
        fail(fault);
    return request == NULL || fault != NULL ? EXIT_USAGE : ask(config, request, as_json);
}

static int run(int argc, char **argv)
{
    g_auto(common_options) common = {0};
    g_auto(GStrv) rules = NULL, categories = NULL, accounts = NULL, contacts = NULL, services = NULL;
    struct wish wish = {0};
    char **rest;
    const GOptionEntry own[] = {
        {"rule", 0, 0, G_OPTION_ARG_STRING_ARRAY, &rules, "what these rules decide; ec2.* for several",
         "RULE"},
        {"category", 0, 0, G_OPTION_ARG_STRING_ARRAY, &categories, "what is of this category", "CATEGORY"},
        {"account", 0, 0, G_OPTION_ARG_STRING_ARRAY, &accounts, "what is about this account", "ACCOUNT"},
        {"contact", 0, 0, G_OPTION_ARG_STRING_ARRAY, &contacts,
         "what goes to this contact; @NAME for a group", "CONTACT"},
        {"service", 0, 0, G_OPTION_ARG_STRING_ARRAY, &services, "what is about this service", "SERVICE"},
        {"until", 0, 0, G_OPTION_ARG_STRING, &wish.until, "it ends then", "TIME"},
        {"for", 0, 0, G_OPTION_ARG_STRING, &wish.lasts, "it ends after so long", "2h"},
        {"from", 0, 0, G_OPTION_ARG_STRING, &wish.from, "it begins then, or after so long (default: now)",
         "TIME"},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &wish.reason, "why, for those who wonder", "TEXT"},
        {"by", 0, 0, G_OPTION_ARG_STRING, &wish.by, "who asks (default: who you are here)", "NAME"},
        {"end", 0, 0, G_OPTION_ARG_INT64, &wish.end, "end the silence of that number", "ID"},
        {NULL},
    };
    if (!options_parse(&command_silence, argc, argv, &common, own, &rest))
        return EXIT_USAGE;
    g_autoptr(json_t) what = wish.what = json_object();
    add_texts(what, "rule", rules);
    add_texts(what, "category", categories);
    add_texts(what, "account", accounts);
    add_texts(what, "contact", contacts);
    add_texts(what, "service", services);
    struct config *config = options_config(&common);
    int status = config != NULL ? run_wish(config, &wish, common.json) : EXIT_USAGE;
    config_free(config);
    g_free(wish.until);
    g_free(wish.lasts);
    g_free(wish.from);
    g_free(wish.reason);
    g_free(wish.by);
    return status;
}

const struct command command_silence = {
    .name = "silence",
    .arguments = "",
    .summary = "Keep quiet for a while, end that, or list what is kept quiet",
    .help =
        "Mail is recorded and filed as ever; nobody is told, posted to or rung. Options of one kind are\n"
        "alternatives, those of different kinds must all hold. What is urgent, suspicious or unmatched, or\n"
        "has to be answered, is kept quiet only where its --rule or --category is named in full. Without\n"
        "options: the list.\n\n"
        "Example: awsift silence --rule 'ec2.*' --account 123456789012 --for 2h --reason 'planned work'",
    .run = run,
};
