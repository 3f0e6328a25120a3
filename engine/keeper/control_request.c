/* Parsing a request. A colleague may talk to the socket by hand, so what is wrong is said in words. */
#include "keeper/control_request.h"
#include "base/error.h"
#include "base/json.h"
#include "keeper/handling.h"
#include "keeper/silencing.h"
#include "wire/decision.h"

#include <string.h>

enum { BY_LONGEST = 200, NOTE_LONGEST = 4000 };

static bool refuse(GError **error, const char *what)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_USAGE, "%s", what);
    return false;
}

static bool read_ids(const json_t *object, struct control_request *request, GError **error)
{
    json_t *ids = json_object_get(object, "ids"), *id;
    size_t index;
    if (!json_is_array(ids))
        return refuse(error, "ids is missing, a list of numbers");
    json_array_foreach(ids, index, id)
        if (!json_is_integer(id) || json_integer_value(id) <= 0)
            return refuse(error, "an id is a number above zero");
    request->ids = json_incref(ids);
    return true;
}

static bool read_decide(const json_t *object, struct control_request *request, GError **error)
{
    const char *as = json_text(object, "as");
    if (!read_ids(object, request, error))
        return false;
    if (as != NULL && !name_is_valid(as))
        return refuse(error, "as is no name of a category");
    request->as = g_strdup(as);
    request->by = g_strdup(json_text(object, "by"));
    request->dry_run = json_flag(object, "dry_run");
    request->release = json_flag(object, "release");
    return !request->release || as != NULL || refuse(error, "release needs as, the name of a category");
}

static bool is_account(const char *text)
{
    return text != NULL && strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

static bool read_drill(const json_t *object, struct control_request *request, GError **error)
{
    const char *rule = json_text(object, "rule"), *account = json_text(object, "account");
    if (rule == NULL)
        return refuse(error, "drill needs rule, the name of one");
    if (!is_account(account))
        return refuse(error, "drill needs account, 12 digits");
    request->drill =
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:o}", "rule", rule, "account", account, "by",
                  json_text_or(object, "by", "a person"), "operators", (int)json_flag(object, "operators"),
                  "power", (int)json_flag(object, "power"), "mail", json_text_new(json_text(object, "mail")));
    return true;
}

static bool read_reload(const json_t *object, struct control_request *request, GError **error)
{
    request->force = json_flag(object, "force");
    return true;
}

static bool read_ack(const json_t *object, struct control_request *request, GError **error)
{
    const char *by = json_text(object, "by"), *note = json_text(object, "note");
    if (by == NULL || by[0] == '\0' || strlen(by) > BY_LONGEST)
        return refuse(error, "by is missing or too long, the name of who acknowledges");
    if (note != NULL && strlen(note) > NOTE_LONGEST)
        return refuse(error, "the note is too long");
    request->by = g_strdup(by);
    request->note = g_strdup(note);
    return read_ids(object, request, error);
}

static bool read_silence(const json_t *object, struct control_request *request, GError **error)
{
    g_autofree char *fault = silencing_fault(object);
    if (fault != NULL)
        return refuse(error, fault);
    request->silence = json_deep_copy(object);
    return true;
}

static bool read_handling(const json_t *object, struct control_request *request, GError **error)
{
    g_autofree char *fault = handling_fault(object);
    if (fault != NULL)
        return refuse(error, fault);
    request->handling = json_deep_copy(object);
    return true;
}

static const struct {
    const char *name;
    enum control_command command;
    bool (*read)(const json_t *object, struct control_request *request,
                 GError **error); /* NULL: no more to it */
} commands[] = {
    {"status", CONTROL_STATUS, NULL},          {"reload", CONTROL_RELOAD, read_reload},
    {"decide", CONTROL_DECIDE, read_decide},   {"ack", CONTROL_ACK, read_ack},
    {"drill", CONTROL_DRILL, read_drill},      {"silence", CONTROL_SILENCE, read_silence},
    {"retry", CONTROL_HANDLE, read_handling},  {"drop", CONTROL_HANDLE, read_handling},
    {"resend", CONTROL_HANDLE, read_handling},
};

static bool refuse_unknown(GError **error)
{
    g_autoptr(GString) text = g_string_new("the command is none of ");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", commands[i].name);
    return refuse(error, text->str);
}

bool control_request_parse(const char *line, size_t length, struct control_request *request, GError **error)
{
    *request = (struct control_request){0};
    g_autoptr(json_t) object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object))
        return refuse(error, "a request is one JSON object on one line");
    const char *name = json_text_or(object, "command", "");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        request->command = commands[i].command;
        return commands[i].read == NULL || commands[i].read(object, request, error);
    }
    return refuse_unknown(error);
}

void control_request_clear(struct control_request *request)
{
    json_decref(request->ids);
    json_decref(request->drill);
    json_decref(request->silence);
    json_decref(request->handling);
    g_free(request->as);
    g_free(request->by);
    g_free(request->note);
    *request = (struct control_request){0};
}
