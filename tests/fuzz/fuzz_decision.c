/* What a child may send to the keeper: bytes to frames, a frame's body to a decision, a context or a result.
 */
#include "fuzz.h"
#include "wire/action.h"
#include "wire/decision.h"
#include "wire/frame.h"
#include "wire/silence.h"
#include "base/json.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void check_actions(const json_t *decision)
{
    const json_t *actions = json_object_get(decision, "actions");
    must(json_array_size(actions) <= 50, "actions are within their limit");
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i), *args = json_object_get(action, "args");
        const char *name = json_string_value(json_object_get(action, "action"));
        must(name_is_valid(name), "an action has a name");
        g_autofree char *key = action_key("0000", NULL, name, args, (unsigned)i);
        must(strlen(key) == 64, "an action has a key");
    }
}

static void check_decision(const json_t *decision)
{
    g_autoptr(GError) error = NULL;
    bool fine = decision_check(decision, &error);
    must(fine == (error == NULL), "an error is set where a decision is refused");
    if (!fine) {
        must_be_text(error->message);
        return;
    }
    const char *account = json_string_value(json_object_get(decision, "account"));
    must(json_object_size(decision) == 18, "a decision has its keys and no other");
    must(name_is_valid(json_string_value(json_object_get(decision, "category"))), "a category is a name");
    must(account == NULL || strspn(account, "0123456789") == 12, "an account is twelve digits");
    must(priority_rank(json_string_value(json_object_get(decision, "priority"))) >= 0, "a priority is known");
    must_be_text(json_string_value(json_object_get(decision, "subject")));
    must_serialise(decision);
    check_actions(decision);
}

/* What the keeper makes of a context that it took. */
static void use_context(const json_t *context)
{
    const json_t *silenced = json_object_get(context, "silenced");
    g_autoptr(json_t) group = action_group(context, "forward", "courier", context);
    must(json_is_null(group) || json_number(group, "most", -1) >= json_number(group, "wait", 0),
         "a group waits no longer than at most");
    silence_covers(json_object_get(silenced, "what"), context, context);
}

static void check_context(const json_t *context)
{
    g_autoptr(GError) error = NULL;
    bool fine = decision_check_context(context, &error);
    must(fine == (error == NULL), "an error is set where a context is refused");
    if (!fine)
        return;
    must_serialise(context);
    use_context(context);
}

static void check_body(json_t *body)
{
    g_autoptr(GError) error = NULL;
    struct action_result result;
    bool fine = action_result_read(body, &result, &error);
    must(fine == (error == NULL), "an error is set where a result is refused");
    if (fine) {
        size_t recipients = json_array_size(result.recipients);
        must(result.id > 0 && result.outcome <= OUTCOME_SPLIT && result.after >= -1, "a result is in bounds");
        must(result.outcome != OUTCOME_SPLIT || (recipients > 0 && recipients <= ACTION_RECIPIENTS_MOST),
             "what is split is split among some");
        must_be_text(result.reason);
        must_be_text(result.detail);
    }
    const json_t *decision = json_object_get(body, "decision"), *context = json_object_get(body, "context");
    check_decision(decision != NULL ? decision : body);
    check_context(context != NULL ? context : body);
}

/* Packed again it is read again as the same. */
static void check_frame(const struct frame *frame)
{
    g_autoptr(GBytes) packed = frame_pack(frame->type, frame->body);
    uint32_t length;
    enum frame_type type;
    if (packed == NULL)
        return;
    gsize size;
    const char *bytes = g_bytes_get_data(packed, &size);
    must(frame_read_head((const unsigned char *)bytes, &length, &type), "a packed head can be read");
    must(type == frame->type && length == size - FRAME_HEAD, "a packed head says what was packed");
    json_t *again = frame_parse_body(bytes + FRAME_HEAD, length, NULL);
    must(again != NULL && json_equal(again, frame->body), "a packed body is the body");
    json_decref(again);
}

/* All frames of a child that wrote these bytes and ended. */
static void check_stream(const uint8_t *data, size_t size)
{
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "a socket pair can be had");
    ssize_t sent = send(ends[0], data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    must(sent == (ssize_t)size, "the socket's buffer holds an input");
    close(ends[0]);
    for (;;) {
        g_autoptr(GError) error = NULL;
        struct frame frame;
        bool fine = frame_receive(ends[1], 1000, &frame, &error);
        must(fine == (error == NULL), "an error is set where a frame is refused");
        must(fine == (frame.body != NULL), "a frame has a body");
        if (!fine)
            break;
        must(json_is_object(frame.body) && frame.descriptor == -1, "a body is an object");
        must(frame.type >= FRAME_HELLO && frame.type <= FRAME_RESULT, "a frame's type is known");
        check_frame(&frame);
        check_body(frame.body);
        frame_clear(&frame);
    }
    close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    json_t *body = frame_parse_body((const char *)data, size, &error);
    must((body != NULL) == (error == NULL), "an error is set where a body is refused");
    if (body != NULL)
        check_body(body);
    else
        must_be_text(error->message);
    json_decref(body);
    check_stream(data, size);
    return 0;
}
