/* A channel: frames over a socketpair on a libuv loop. Reading keeps one growing buffer for the frame that is
 * arriving; writing keeps a queue. The sender never lets one sendmsg span two frames, yet one read may bring
 * the end of one frame and the start of the next: a descriptor belongs to the frame of the last byte that
 * came with it. What the other side said before it went is delivered before its end is reported. */
#include "wire/channel.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct waiting_frame {
    GBytes *bytes;
    size_t sent;
    int descriptor;
};

struct channel {
    uv_poll_t poll;
    int socket;
    bool closed;
    GQueue waiting; /* of struct waiting_frame */
    GByteArray *arriving;
    /* in order; the frame that is arriving may hold one while the read that ends it brings the next one's */
    struct arrived {
        int descriptor;
        size_t at; /* the byte in arriving that it came with */
    } arrived[2];
    unsigned arrived_count;
    channel_frame on_frame;
    channel_ended on_ended;
    void *data;
};

static void waiting_free(void *data)
{
    struct waiting_frame *waiting = data;
    g_bytes_unref(waiting->bytes);
    if (waiting->descriptor >= 0)
        close(waiting->descriptor);
    g_free(waiting);
}

static void on_closed(uv_handle_t *handle)
{
    struct channel *channel = handle->data;
    close(channel->socket);
    while (channel->arrived_count > 0)
        close(channel->arrived[--channel->arrived_count].descriptor);
    g_queue_clear_full(&channel->waiting, waiting_free);
    g_byte_array_unref(channel->arriving);
    g_free(channel);
}

void channel_close(struct channel *channel)
{
    if (channel == NULL || channel->closed)
        return;
    channel->closed = true;
    uv_poll_stop(&channel->poll);
    uv_close((uv_handle_t *)&channel->poll, on_closed);
}

static void end(struct channel *channel, const GError *error)
{
    if (!channel->closed)
        channel->on_ended(channel, error, channel->data);
}

/* The descriptor of the frame of so many bytes at the front, -1 when it has none. */
static int take_descriptor(struct channel *channel, size_t size)
{
    struct arrived *arrived = channel->arrived;
    int descriptor = -1;
    if (channel->arrived_count > 0 && arrived[0].at < size) {
        descriptor = arrived[0].descriptor;
        arrived[0] = arrived[1];
        channel->arrived_count--;
    }
    for (unsigned i = 0; i < channel->arrived_count; i++)
        arrived[i].at -= MIN(size, arrived[i].at);
    return descriptor;
}

/* Takes whole frames off the front of what arrived. */
static void deliver(struct channel *channel)
{
    uint32_t length;
    enum frame_type type;
    while (!channel->closed && channel->arriving->len >= FRAME_HEAD) {
        g_autoptr(GError) error = NULL;
        if (!frame_read_head(channel->arriving->data, &length, &type)) {
            g_set_error(&error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL,
                        "a frame's length or type is out of bounds");
            end(channel, error);
            return;
        }
        if (channel->arriving->len < FRAME_HEAD + length)
            return;
        struct frame frame = {
            type, frame_parse_body((const char *)channel->arriving->data + FRAME_HEAD, length, &error),
            take_descriptor(channel, FRAME_HEAD + length), length};
        g_byte_array_remove_range(channel->arriving, 0, FRAME_HEAD + length);
        if (frame.body == NULL)
            end(channel, error);
        else
            channel->on_frame(channel, &frame, channel->data);
        frame_clear(&frame);
    }
}

static void end_of_reading(struct channel *channel, int number)
{
    g_autoptr(GError) error = NULL;
    if (number != 0 && number != ECONNRESET)
        error_set_errno(&error, number, "cannot read from the other process");
    end(channel, error);
}

/* false when there are more than any honest sender sends. */
static bool keep_descriptor(struct channel *channel, int descriptor)
{
    if (descriptor < 0)
        return true;
    if (channel->arrived_count < G_N_ELEMENTS(channel->arrived)) {
        channel->arrived[channel->arrived_count++] = (struct arrived){descriptor, channel->arriving->len - 1};
        return true;
    }
    close(descriptor);
    g_autoptr(GError) error = NULL;
    g_set_error(&error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL, "a frame came with several descriptors");
    end(channel, error);
    return false;
}

static void read_some(struct channel *channel)
{
    static unsigned char buffer[65536];
    for (int turns = 0; turns < 16 && !channel->closed; turns++) {
        int descriptor = -1;
        ssize_t got = frame_receive_some(channel->socket, buffer, sizeof buffer, &descriptor);
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (got <= 0) {
            end_of_reading(channel, got < 0 ? errno : 0);
            return;
        }
        g_byte_array_append(channel->arriving, buffer, (guint)got);
        if (keep_descriptor(channel, descriptor))
            deliver(channel);
    }
}

static ssize_t send_waiting(struct channel *channel, struct waiting_frame *waiting)
{
    gsize length;
    const char *bytes = g_bytes_get_data(waiting->bytes, &length);
    struct iovec part = {(void *)(bytes + waiting->sent), length - waiting->sent};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (waiting->sent == 0 && waiting->descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof waiting->descriptor);
        memcpy(CMSG_DATA(head), &waiting->descriptor, sizeof waiting->descriptor);
    }
    return sendmsg(channel->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Sends what the socket takes; false when the other side is gone. */
static bool flush(struct channel *channel)
{
    struct waiting_frame *waiting;
    while ((waiting = g_queue_peek_head(&channel->waiting)) != NULL) {
        ssize_t sent = send_waiting(channel, waiting);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        waiting->sent += (size_t)sent;
        if (waiting->sent == g_bytes_get_size(waiting->bytes))
            waiting_free(g_queue_pop_head(&channel->waiting));
    }
    return true;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct channel *channel)
{
    int events = UV_READABLE | (g_queue_is_empty(&channel->waiting) ? 0 : UV_WRITABLE);
    uv_poll_start(&channel->poll, events, on_poll);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct channel *channel = poll->data;
    bool gone = status < 0 || ((events & UV_WRITABLE) != 0 && !flush(channel));
    if (gone || (events & UV_READABLE) != 0)
        read_some(channel); /* also what it said before it went: more than its socket holds is never left */
    if (gone)
        end(channel, NULL);
    else if (!channel->closed)
        watch(channel);
}

struct channel *channel_new(uv_loop_t *loop, int socket, channel_frame on_frame, channel_ended on_ended,
                            void *data)
{
    struct channel *channel = g_new0(struct channel, 1);
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
    channel->socket = socket;
    channel->arriving = g_byte_array_new();
    g_queue_init(&channel->waiting);
    channel->on_frame = on_frame;
    channel->on_ended = on_ended;
    channel->data = data;
    uv_poll_init(loop, &channel->poll, socket);
    channel->poll.data = channel;
    watch(channel);
    return channel;
}

bool channel_send(struct channel *channel, enum frame_type type, const json_t *body, int descriptor)
{
    GBytes *bytes = channel->closed ? NULL : frame_pack(type, body);
    if (bytes == NULL) {
        if (!channel->closed)
            log_error(
                "a message of kind %d to another process has no body or more than %u bytes and is not sent",
                (int)type, FRAME_MAXIMUM);
        if (descriptor >= 0)
            close(descriptor);
        return false;
    }
    struct waiting_frame *waiting = g_new0(struct waiting_frame, 1);
    waiting->bytes = bytes;
    waiting->descriptor = descriptor;
    g_queue_push_tail(&channel->waiting, waiting);
    watch(channel);
    return true;
}

size_t channel_pending(const struct channel *channel)
{
    return channel->waiting.length;
}
