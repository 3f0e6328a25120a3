/* A channel on a real loop over a real socketpair; the other end is driven by hand. */
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "wire/channel.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct fixture {
    uv_loop_t loop;
    struct channel *channel;
    int other;         /* our hand on the other end */
    GPtrArray *bodies; /* canonical texts, in order */
    GArray *inodes;    /* of the descriptor that came with each, 0 for none */
    unsigned ends, enough;
    char *why; /* of the end; NULL for an orderly one */
    bool close_at_frame, time_is_up;
} now;

static void on_frame(struct channel *channel, struct frame *frame, void *data)
{
    struct stat status = {0};
    assert_ptr_equal(data, &now);
    if (frame->descriptor >= 0)
        assert_int_equal(fstat(frame->descriptor, &status), 0);
    g_ptr_array_add(now.bodies, json_canonical(frame->body));
    guint64 inode = status.st_ino;
    g_array_append_val(now.inodes, inode);
    if (now.close_at_frame)
        channel_close(channel);
    if (now.bodies->len >= now.enough)
        uv_stop(&now.loop);
}

static void on_ended(struct channel *channel, const GError *error, void *data)
{
    assert_ptr_equal(data, &now);
    now.ends++;
    now.why = error != NULL ? g_strdup(error->message) : NULL;
    channel_close(channel);
    uv_stop(&now.loop);
}

static int set_up(void **state)
{
    int pair[2];
    memset(&now, 0, sizeof now);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    uv_loop_init(&now.loop);
    now.other = pair[1];
    now.bodies = g_ptr_array_new_with_free_func(g_free);
    now.inodes = g_array_new(FALSE, FALSE, sizeof(guint64));
    now.enough = G_MAXUINT;
    now.channel = channel_new(&now.loop, pair[0], on_frame, on_ended, &now);
    return 0;
}

static int tear_down(void **state)
{
    channel_close(now.channel);
    uv_run(&now.loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&now.loop);
    if (now.other >= 0)
        close(now.other);
    g_ptr_array_unref(now.bodies);
    g_array_unref(now.inodes);
    g_free(now.why);
    return left;
}

static void on_time(uv_timer_t *timer)
{
    now.time_is_up = true;
    uv_stop(timer->loop);
}

/* Runs the loop until `enough` frames came in all, the channel ended, or `most` ms passed. */
static void run(unsigned enough, uint64_t most)
{
    uv_timer_t timer;
    now.enough = enough;
    now.time_is_up = false;
    uv_timer_init(&now.loop, &timer);
    uv_timer_start(&timer, on_time, most, 0);
    uv_run(&now.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&now.loop, UV_RUN_NOWAIT);
}

static void until_end(void)
{
    run(G_MAXUINT, 5000);
    assert_false(now.time_is_up);
    assert_int_equal(now.ends, 1);
    now.channel = NULL;
}

static void say(const char *text, int descriptor)
{
    g_autoptr(json_t) body = json_loads(text, 0, NULL);
    assert_true(frame_send(now.other, FRAME_RESULT, body, descriptor, NULL));
}

static const char *heard(guint index)
{
    assert_true(index < now.bodies->len);
    return now.bodies->pdata[index];
}

static int lowest_free(void)
{
    int descriptor = fcntl(0, F_DUPFD_CLOEXEC, 0);
    close(descriptor);
    return descriptor;
}

static guint64 inode_of(int descriptor)
{
    struct stat status;
    assert_int_equal(fstat(descriptor, &status), 0);
    return status.st_ino;
}

static void frames_arrive_in_order(void **state)
{
    for (int i = 0; i < 100; i++) {
        g_autofree char *text = g_strdup_printf("{\"n\":%d}", i);
        say(text, -1);
    }
    run(100, 5000);
    assert_int_equal(now.bodies->len, 100);
    for (guint i = 0; i < 100; i++) {
        g_autofree char *text = g_strdup_printf("{\"n\":%u}", i);
        assert_string_equal(heard(i), text);
    }
    assert_int_equal(now.ends, 0);
}

static void frames_may_be_split_at_each_byte(void **state)
{
    g_autoptr(json_t) body = json_pack("{s:s}", "a", "日本");
    g_autoptr(GBytes) one = frame_pack(FRAME_RESULT, body);
    gsize size;
    const char *data = g_bytes_get_data(one, &size);
    g_autoptr(GByteArray) two = g_byte_array_new();
    g_byte_array_append(two, (const guint8 *)data, (guint)size);
    g_byte_array_append(two, (const guint8 *)data, (guint)size);
    for (size_t cut = 1; cut < two->len; cut++) {
        assert_int_equal(send(now.other, two->data, cut, 0), cut);
        uv_run(&now.loop, UV_RUN_NOWAIT);
        assert_int_equal(now.bodies->len, 2 * (cut - 1) + cut / size);
        assert_int_equal(send(now.other, two->data + cut, two->len - cut, 0), two->len - cut);
        run((unsigned)(2 * cut), 5000);
        assert_int_equal(now.bodies->len, 2 * cut);
    }
}

/* The system puts the bytes of a frame without descriptor and those of the next, with one, into one read. */
static void a_descriptor_comes_with_its_own_frame(void **state)
{
    int one = memfd_create("one", MFD_CLOEXEC), two = memfd_create("two", MFD_CLOEXEC);
    int free_before = lowest_free();
    say("{\"n\":0}", -1);
    say("{\"n\":1}", -1);
    say("{\"n\":2}", one);
    say("{\"n\":3}", -1);
    say("{\"n\":4}", two);
    say("{\"n\":5}", one);
    run(6, 5000);
    const guint64 want[] = {0, 0, inode_of(one), 0, inode_of(two), inode_of(one)};
    assert_int_equal(now.inodes->len, 6);
    for (guint i = 0; i < 6; i++)
        assert_int_equal(g_array_index(now.inodes, guint64, i), want[i]);
    assert_int_equal(lowest_free(), free_before); /* what nobody took is closed */
    close(one);
    close(two);
}

/* The frame with the descriptor is larger than one read, and what came before it is not yet whole. */
static void a_descriptor_waits_for_the_rest_of_its_frame(void **state)
{
    int one = memfd_create("one", MFD_CLOEXEC);
    g_autofree char *large = g_strnfill(100000, 'x');
    g_autofree char *text = g_strdup_printf("{\"a\":\"%s\"}", large);
    for (int i = 0; i < 5; i++)
        say("{}", -1);
    say(text, one);
    say("{}", -1);
    run(7, 5000);
    assert_int_equal(now.inodes->len, 7);
    for (guint i = 0; i < 7; i++)
        assert_int_equal(g_array_index(now.inodes, guint64, i), i == 5 ? inode_of(one) : 0);
    close(one);
}

/* The read that brings the end of a large frame brings the beginning of the next one too, and its descriptor.
 */
static void two_descriptors_are_in_hand_at_once(void **state)
{
    int first = memfd_create("first", MFD_CLOEXEC), second = memfd_create("second", MFD_CLOEXEC);
    guint64 inodes[] = {inode_of(first), inode_of(second)};
    g_autofree char *filler = g_strnfill(100000, 'x'), *text = g_strdup_printf("{\"x\":\"%s\"}", filler);
    g_autoptr(json_t) large = json_loads(text, 0, NULL);
    g_autoptr(GBytes) packed = frame_pack(FRAME_RESULT, large);
    gsize length;
    const char *bytes = g_bytes_get_data(packed, &length);
    char control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {(void *)bytes, 10000}; /* as a full socket cuts it: the rest goes without it */
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    *CMSG_FIRSTHDR(&message) = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof first)};
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &first, sizeof first);
    assert_int_equal(sendmsg(now.other, &message, 0), 10000);
    assert_int_equal(send(now.other, bytes + 10000, length - 10000, 0), length - 10000);
    say("{\"n\":2}", second);
    say("{\"n\":3}", -1);
    close(first);
    close(second);
    run(3, 5000);
    assert_int_equal(now.bodies->len, 3);
    assert_int_equal(g_array_index(now.inodes, guint64, 0), inodes[0]);
    assert_int_equal(g_array_index(now.inodes, guint64, 1), inodes[1]);
    assert_int_equal(g_array_index(now.inodes, guint64, 2), 0);
}

static void what_is_sent_arrives_with_descriptors(void **state)
{
    int one = memfd_create("one", MFD_CLOEXEC);
    guint64 inode = inode_of(one);
    for (int i = 0; i < 3; i++) {
        g_autoptr(json_t) body = json_pack("{s:i}", "n", i);
        assert_true(channel_send(now.channel, FRAME_ACT, body, i == 1 ? one : -1));
    }
    assert_int_equal(channel_pending(now.channel), 3);
    run(G_MAXUINT, 20);
    assert_int_equal(channel_pending(now.channel), 0);
    assert_int_equal(fcntl(one, F_GETFD), -1); /* taken, and closed once sent */
    for (int i = 0; i < 3; i++) {
        struct frame frame;
        assert_true(frame_receive(now.other, 2000, &frame, NULL));
        assert_int_equal(json_number(frame.body, "n", -1), i);
        assert_int_equal(frame.descriptor >= 0, i == 1);
        if (i == 1)
            assert_int_equal(inode_of(frame.descriptor), inode);
        frame_clear(&frame);
    }
}

static void a_slow_reader_gets_all_in_the_end(void **state)
{
    g_autofree char *large = g_strnfill(3 << 20, 'x');
    g_autoptr(json_t) body = json_pack("{s:s}", "a", large);
    fcntl(now.other, F_SETFL, fcntl(now.other, F_GETFL) | O_NONBLOCK);
    for (int i = 0; i < 2; i++)
        assert_true(channel_send(now.channel, FRAME_ACT, body, -1));
    size_t want = 2 * (FRAME_HEAD + strlen("{\"a\":\"\"}") + (3 << 20)), got = 0;
    run(G_MAXUINT, 20);
    assert_int_equal(channel_pending(now.channel), 2);
    for (int turns = 0; got < want && turns < 100000; turns++) {
        static char buffer[65536];
        ssize_t some = recv(now.other, buffer, turns % 2 == 0 ? 1 : sizeof buffer, 0);
        got += some > 0 ? (size_t)some : 0;
        uv_run(&now.loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(got, want);
    assert_int_equal(channel_pending(now.channel), 0);
}

static void a_frame_too_large_is_not_taken(void **state)
{
    g_autofree char *large = g_strnfill(FRAME_MAXIMUM, 'x');
    g_autoptr(json_t) body = json_pack("{s:s}", "a", large);
    int one = memfd_create("one", MFD_CLOEXEC), kept = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDERR_FILENO);
    bool sent = channel_send(now.channel, FRAME_ACT, body, one);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(null);
    assert_false(sent);
    assert_int_equal(fcntl(one, F_GETFD), -1);
    assert_int_equal(channel_pending(now.channel), 0);
}

static void the_end_is_told_once(void **state)
{
    close(now.other);
    now.other = -1;
    until_end();
    assert_null(now.why);
}

static void half_an_end_is_an_end(void **state)
{
    say("{\"last\":true}", -1);
    assert_int_equal(shutdown(now.other, SHUT_WR), 0);
    until_end();
    assert_null(now.why);
    assert_string_equal(heard(0), "{\"last\":true}");
}

/* It dies with frames of ours unread, which the system reports before what it said last. */
static void last_words_are_heard_when_it_left_ours_unread(void **state)
{
    g_autoptr(json_t) body = json_object();
    for (int i = 0; i < 3; i++)
        channel_send(now.channel, FRAME_ACT, body, -1);
    run(G_MAXUINT, 20);
    say("{\"n\":1}", -1);
    say("{\"n\":2}", -1);
    close(now.other);
    now.other = -1;
    until_end();
    assert_null(now.why);
    assert_int_equal(now.bodies->len, 2);
}

/* It dies while frames of ours still wait to be sent. */
static void last_words_are_heard_when_ours_cannot_be_sent(void **state)
{
    g_autoptr(json_t) body = json_object();
    say("{\"n\":1}", -1);
    say("{\"n\":2}", -1);
    close(now.other);
    now.other = -1;
    channel_send(now.channel, FRAME_ACT, body, dup(0));
    until_end();
    assert_int_equal(now.bodies->len, 2);
}

static void a_breach_of_protocol_ends_it(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *why;
    } cases[] = {
        {"\2\0\0\0\6\0\0\0{}\1\0\0\1\6\0\0\0", 18, "out of bounds"},
        {"\2\0\0\0\6\0\0\0{}\2\0\0\0\x09\0\0\0{}", 20, "out of bounds"},
        {"\2\0\0\0\6\0\0\0{}\2\0\0\0\6\0\0\0[]\2\0\0\0\6\0\0\0{}", 30, "no JSON object"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_int_equal(send(now.other, cases[i].bytes, cases[i].size, 0), cases[i].size);
        until_end();
        assert_int_equal(now.bodies->len, 1); /* what came before the breach, nothing after */
        assert_non_null(strstr(now.why, cases[i].why));
        tear_down(NULL);
        set_up(NULL);
    }
}

static void too_many_descriptors_end_it(void **state)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(40 * sizeof(int))] = {0};
    struct iovec part = {(void *)"\2\0\0\0\6\0\0\0{}", 10};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(40 * sizeof(int)); /* forty times standard input */
    int free_before = lowest_free();
    assert_int_equal(sendmsg(now.other, &message, 0), 10);
    until_end();
    assert_int_equal(now.bodies->len, 0);
    assert_non_null(now.why);
    assert_true(lowest_free() <= free_before);
}

static void nothing_is_called_after_close(void **state)
{
    say("{}", -1);
    say("{}", dup(0));
    now.close_at_frame = true;
    run(G_MAXUINT, 30);
    assert_int_equal(now.bodies->len, 1);
    assert_int_equal(now.ends, 0);
    now.channel = NULL;
    channel_close(NULL);
}

static void what_waits_is_closed_with_it(void **state)
{
    g_autoptr(json_t) body = json_object();
    int one = memfd_create("one", MFD_CLOEXEC), two = memfd_create("two", MFD_CLOEXEC);
    channel_send(now.channel, FRAME_ACT, body, one);
    channel_close(now.channel);
    assert_false(channel_send(now.channel, FRAME_ACT, body, two)); /* between close and freeing */
    channel_close(now.channel);
    uv_run(&now.loop, UV_RUN_DEFAULT);
    now.channel = NULL;
    assert_int_equal(fcntl(one, F_GETFD), -1);
    assert_int_equal(fcntl(two, F_GETFD), -1);
    assert_int_equal(recv(now.other, (char[1]){0}, 1, 0), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(frames_arrive_in_order),
        CASE(frames_may_be_split_at_each_byte),
        CASE(a_descriptor_comes_with_its_own_frame),
        CASE(a_descriptor_waits_for_the_rest_of_its_frame),
        CASE(two_descriptors_are_in_hand_at_once),
        CASE(what_is_sent_arrives_with_descriptors),
        CASE(a_slow_reader_gets_all_in_the_end),
        CASE(a_frame_too_large_is_not_taken),
        CASE(the_end_is_told_once),
        CASE(half_an_end_is_an_end),
        CASE(last_words_are_heard_when_it_left_ours_unread),
        CASE(last_words_are_heard_when_ours_cannot_be_sent),
        CASE(a_breach_of_protocol_ends_it),
        CASE(too_many_descriptors_end_it),
        CASE(nothing_is_called_after_close),
        CASE(what_waits_is_closed_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
