/* Frames: packing, and the blocking side for children and commands. What makes it fail: end of file, a
 * timeout, a length or type out of bounds, a body that is no JSON object. */
#include "wire/frame.h"
#include "base/error.h"
#include "base/json.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void frame_clear(struct frame *frame)
{
    g_clear_pointer(&frame->body, json_decref);
    if (frame->descriptor >= 0)
        close(frame->descriptor);
    frame->descriptor = -1;
}

GBytes *frame_pack(enum frame_type type, const json_t *body)
{
    g_autofree char *text = json_canonical(body);
    size_t length = text == NULL ? SIZE_MAX : strlen(text);
    if (length > FRAME_MAXIMUM)
        return NULL;
    uint32_t head[2] = {GUINT32_TO_LE((uint32_t)length), GUINT32_TO_LE((uint32_t)type)};
    GByteArray *bytes = g_byte_array_sized_new((guint)(FRAME_HEAD + length));
    g_byte_array_append(bytes, (const guint8 *)head, FRAME_HEAD);
    g_byte_array_append(bytes, (const guint8 *)text, (guint)length);
    return g_byte_array_free_to_bytes(bytes);
}

static ssize_t send_some(int socket, const void *bytes, size_t length, int descriptor)
{
    struct iovec part = {(void *)bytes, length};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

static bool gone(GError **error)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "the other process is gone");
    return false;
}

bool frame_send(int socket, enum frame_type type, const json_t *body, int descriptor, GError **error)
{
    g_autoptr(GBytes) packed = frame_pack(type, body);
    if (packed == NULL) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT,
                    "a frame has no body or would be larger than %u bytes", FRAME_MAXIMUM);
        return false;
    }
    gsize length;
    const char *bytes = g_bytes_get_data(packed, &length);
    for (size_t done = 0; done < length;) {
        ssize_t sent = send_some(socket, bytes + done, length - done, done == 0 ? descriptor : -1);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return gone(error);
        if (sent <= 0)
            return error_set_errno(error, errno, "cannot send to the other process");
        done += (size_t)sent;
    }
    return true;
}

/* Keeps the first descriptor in *descriptor, closes any other. */
static void take_descriptors(struct msghdr *message, int *descriptor)
{
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL; head = CMSG_NXTHDR(message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int received;
            memcpy(&received, CMSG_DATA(head) + i * sizeof received, sizeof received);
            if (*descriptor < 0)
                *descriptor = received;
            else
                close(received);
        }
    }
}

ssize_t frame_receive_some(int socket, void *buffer, size_t size, int *descriptor)
{
    struct iovec part = {buffer, size};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t got;
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return got;
    take_descriptors(&message, descriptor);
    if ((message.msg_flags & MSG_CTRUNC) == 0)
        return got;
    /* More than any frame has, or this process may hold no more: a frame must not pass for one without. */
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
    errno = EMFILE;
    return -1;
}

static bool receive_all(int socket, char *buffer, size_t size, int64_t deadline, int *descriptor,
                        GError **error)
{
    for (size_t done = 0; done < size;) {
        int64_t left = deadline < 0 ? -1 : MAX(0, (deadline - g_get_monotonic_time()) / 1000);
        struct pollfd waiting = {socket, POLLIN, 0};
        int ready = poll(&waiting, 1, (int)left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0) {
            g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD, "no answer in time");
            return false;
        }
        ssize_t got = frame_receive_some(socket, buffer + done, size - done, descriptor);
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return gone(error);
        if (got < 0)
            return error_set_errno(error, errno, "cannot read from the other process");
        done += (size_t)got;
    }
    return true;
}

bool frame_read_head(const unsigned char head[FRAME_HEAD], uint32_t *length, enum frame_type *type)
{
    uint32_t words[2];
    memcpy(words, head, sizeof words);
    *length = GUINT32_FROM_LE(words[0]);
    uint32_t number = GUINT32_FROM_LE(words[1]);
    *type = (enum frame_type)number;
    return *length <= FRAME_MAXIMUM && number >= FRAME_HELLO && number <= FRAME_RESULT;
}

/* Each value takes a hundred times the memory of its two bytes of text; a cheap look bounds their number
 * before the parser allocates. */
static bool has_few_values(const char *bytes, size_t length)
{
    size_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && bytes[i] == '\\')
            i++;
        else if (bytes[i] == '"')
            quoted = !quoted;
        else if (!quoted && (bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{'))
            count++;
    }
    return count <= FRAME_VALUES_MAXIMUM;
}

json_t *frame_parse_body(const char *bytes, size_t length, GError **error)
{
    json_error_t where;
    if (!has_few_values(bytes, length)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "a frame holds more than %d values",
                    FRAME_VALUES_MAXIMUM);
        return NULL;
    }
    json_t *body = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &where);
    if (json_is_object(body))
        return body;
    g_autofree char *what = g_utf8_make_valid(body == NULL ? where.text : "another value", -1);
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "a frame is no JSON object: %s", what);
    json_decref(body);
    return NULL;
}

bool frame_receive(int socket, int timeout, struct frame *frame, GError **error)
{
    int64_t deadline = timeout < 0 ? -1 : g_get_monotonic_time() + (int64_t)timeout * 1000;
    unsigned char head[FRAME_HEAD];
    uint32_t length;
    *frame = (struct frame){.descriptor = -1};
    if (!receive_all(socket, (char *)head, sizeof head, deadline, &frame->descriptor, error))
        goto failed;
    if (!frame_read_head(head, &length, &frame->type)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "a frame's length or type is out of bounds");
        goto failed;
    }
    char *bytes = g_malloc(length + 1);
    if (receive_all(socket, bytes, length, deadline, &frame->descriptor, error))
        frame->body = frame_parse_body(bytes, length, error);
    g_free(bytes);
    if (frame->body != NULL)
        return true;
failed:
    frame_clear(frame);
    return false;
}
