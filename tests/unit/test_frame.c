/* Frames over real socketpairs: whole, in pieces, cut short, too long, and with descriptors. */
#include "base/error.h"
#include "base/json.h"
#include "wire/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int pair[2];

static int set_up(void **state)
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
}

static void hang_up(int which)
{
    if (pair[which] >= 0)
        close(pair[which]);
    pair[which] = -1;
}

static int tear_down(void **state)
{
    hang_up(0);
    hang_up(1);
    return 0;
}

static int lowest_free(void)
{
    int descriptor = fcntl(0, F_DUPFD_CLOEXEC, 0);
    close(descriptor);
    return descriptor;
}

static json_t *body_of(const char *text)
{
    json_t *body = json_loads(text, 0, NULL);
    assert_non_null(body);
    return body;
}

static void send_bytes(const void *bytes, size_t size)
{
    assert_int_equal(send(pair[0], bytes, size, MSG_NOSIGNAL), size);
}

/* Bytes with any number of descriptors. */
static void send_with(const void *bytes, size_t size, const int *descriptors, size_t count)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))] = {0};
    struct iovec part = {(void *)bytes, size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), descriptors, count * sizeof(int));
    assert_int_equal(sendmsg(pair[0], &message, MSG_NOSIGNAL), size);
}

static void assert_fails(enum awsift_error code)
{
    g_autoptr(GError) error = NULL;
    struct frame frame;
    assert_false(frame_receive(pair[1], 2000, &frame, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, (int)code));
    assert_null(frame.body);
    assert_int_equal(frame.descriptor, -1);
}

static void what_is_sent_arrives(void **state)
{
    static const char *const texts[] = {"{}", "{\"a\":[1,2.5,null,true,\"日本\\u0001\\n\"]}"};
    for (int type = FRAME_HELLO; type <= FRAME_RESULT; type++)
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
            g_autoptr(json_t) body = body_of(texts[i]);
            struct frame frame;
            assert_true(frame_send(pair[0], (enum frame_type)type, body, -1, NULL));
            assert_true(frame_receive(pair[1], 2000, &frame, NULL));
            assert_int_equal(frame.type, type);
            assert_true(json_equal(frame.body, body));
            assert_int_equal(frame.descriptor, -1);
            frame_clear(&frame);
            frame_clear(&frame);
        }
}

static void the_bytes_are_as_written(void **state)
{
    g_autoptr(json_t) body = body_of("{\"b\":1,\"a\":2}");
    g_autoptr(GBytes) bytes = frame_pack(FRAME_ACT, body);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    assert_int_equal(size, 21);
    assert_memory_equal(data, "\x0d\0\0\0\x05\0\0\0{\"a\":2,\"b\":1}", 21);
}

static void a_frame_may_come_byte_by_byte(void **state)
{
    g_autoptr(json_t) body = body_of("{\"subject\":\"日本\"}");
    g_autoptr(GBytes) bytes = frame_pack(FRAME_DECISION, body);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    for (size_t cut = 1; cut < size; cut++) {
        pid_t child = fork();
        if (child == 0) {
            bool good = send(pair[0], data, cut, 0) == (ssize_t)cut;
            g_usleep(2000);
            good = good && send(pair[0], data + cut, size - cut, 0) == (ssize_t)(size - cut);
            _exit(good ? 0 : 1);
        }
        struct frame frame;
        assert_true(frame_receive(pair[1], 5000, &frame, NULL));
        assert_true(json_equal(frame.body, body));
        frame_clear(&frame);
        int status;
        waitpid(child, &status, 0);
        assert_int_equal(status, 0);
    }
}

static void a_frame_that_is_cut_short_is_the_end(void **state)
{
    g_autoptr(json_t) body = body_of("{\"a\":1}");
    g_autoptr(GBytes) bytes = frame_pack(FRAME_DECIDE, body);
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);
    for (size_t cut = 0; cut < size; cut++) {
        if (cut > 0)
            send_with(data, cut, (int[]){0}, 1);
        assert_int_equal(shutdown(pair[0], SHUT_WR), 0); /* half closed: it still listens */
        int free_before = lowest_free();
        assert_fails(AWSIFT_ERROR_GONE);
        assert_int_equal(lowest_free(), free_before);
        tear_down(NULL);
        set_up(NULL);
    }
}

static void a_peer_that_went_with_mail_unread_is_gone(void **state)
{
    g_autoptr(json_t) body = json_object();
    g_autoptr(GError) error = NULL;
    assert_true(frame_send(pair[1], FRAME_DECIDE, body, -1, NULL));
    hang_up(0);
    assert_fails(AWSIFT_ERROR_GONE); /* the system calls it a reset */
    assert_false(frame_send(pair[1], FRAME_DECIDE, body, -1, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE)); /* and no SIGPIPE */
}

static void a_head_out_of_bounds_is_refused(void **state)
{
    static const struct {
        const char *head;
        bool want;
    } cases[] = {
        {"\0\0\0\0\1\0\0\0", true},          {"\0\0\0\1\6\0\0\0", true},
        {"\1\0\0\1\1\0\0\0", false},         {"\xff\xff\xff\xff\1\0\0\0", false},
        {"\xf8\xff\xff\xff\1\0\0\0", false}, {"\2\0\0\0\0\0\0\0", false},
        {"\2\0\0\0\7\0\0\0", false},         {"\2\0\0\0\xff\xff\xff\xff", false},
        {"\2\0\0\0\1\0\0\x80", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint32_t length;
        enum frame_type type;
        assert_int_equal(frame_read_head((const unsigned char *)cases[i].head, &length, &type),
                         cases[i].want);
        if (cases[i].want)
            continue;
        send_bytes(cases[i].head, 8);
        assert_fails(AWSIFT_ERROR_PROTOCOL);
    }
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "null",
                                        "[]",
                                        "7",
                                        "\"text\"",
                                        "{",
                                        "{}{}",
                                        "{} x",
                                        "{\"a\":1,\"a\":2}",
                                        "{\"a\":\"\\u0000\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\xed\xa0\x80\"}",
                                        "{\"a\":\"\\ud800\"}",
                                        "{\"a\":1e999}",
                                        "{\"a\":9223372036854775808}",
                                        "{\"a\":NaN}",
                                        "{\"a\":\"",
                                        "{\"a\\"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        uint32_t head[] = {GUINT32_TO_LE((uint32_t)strlen(texts[i])), GUINT32_TO_LE(FRAME_RESULT)};
        send_bytes(head, sizeof head);
        if (texts[i][0] != '\0')
            send_bytes(texts[i], strlen(texts[i]));
        assert_fails(AWSIFT_ERROR_PROTOCOL);
    }
    assert_null(frame_parse_body("{\"a\":\"\0\"}", 9, NULL));
}

static void too_deep_is_refused(void **state)
{
    for (int depth = 1000; depth <= 4000000; depth *= 63) {
        g_autoptr(GString) text = g_string_new("{\"a\":");
        for (int i = 0; i < depth; i++)
            g_string_append_c(text, '[');
        for (int i = 0; i < depth; i++)
            g_string_append_c(text, ']');
        g_string_append_c(text, '}');
        g_autoptr(GError) error = NULL;
        g_autoptr(json_t) body = frame_parse_body(text->str, text->len, &error);
        assert_int_equal(body != NULL, depth == 1000);
        assert_int_equal(error != NULL, depth != 1000);
    }
}

/* Sixteen MiB of nothing but small values would take a gigabyte. */
static void too_many_values_are_refused(void **state)
{
    static const char *const values[] = {"[],", "{},", "0,"};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        for (int more = 0; more < 2; more++) {
            size_t each = values[i][0] == '0' ? 1 : 2;
            g_autoptr(GString) text = g_string_new("{\"a\":[");
            for (size_t j = 0; j < (FRAME_VALUES_MAXIMUM - 2) / each + (size_t)more * 2; j++)
                g_string_append(text, values[i]);
            g_string_append(text, "0]}");
            g_autoptr(GError) error = NULL;
            g_autoptr(json_t) body = frame_parse_body(text->str, text->len, &error);
            assert_int_equal(body != NULL, more == 0);
            if (more != 0)
                assert_non_null(strstr(error->message, "values"));
        }
    g_autofree char *commas = g_strnfill(FRAME_VALUES_MAXIMUM * 2, ',');
    g_autofree char *text = g_strconcat("{\"a\":\"\\\"", commas, "[{\"}", NULL);
    g_autoptr(json_t) body = frame_parse_body(text, strlen(text), NULL); /* a text with commas is one value */
    assert_non_null(body);
}

static void a_body_too_large_is_not_packed(void **state)
{
    g_autofree char *large = g_strnfill(FRAME_MAXIMUM - strlen("{\"a\":\"\"}"), 'x');
    g_autofree char *larger = g_strconcat(large, "x", NULL);
    g_autoptr(json_t) fits = json_pack("{s:s}", "a", large);
    g_autoptr(json_t) too_large = json_pack("{s:s}", "a", larger);
    g_autoptr(GBytes) bytes = frame_pack(FRAME_ACT, fits);
    assert_int_equal(g_bytes_get_size(bytes), FRAME_MAXIMUM + FRAME_HEAD);
    assert_null(frame_pack(FRAME_ACT, too_large));
    assert_null(frame_pack(FRAME_ACT, NULL));
    g_autoptr(GError) error = NULL;
    assert_false(frame_send(pair[0], FRAME_ACT, too_large, -1, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT));
}

static void on_signal(int number)
{
}

/* Larger than the socket holds, with signals coming all the time on both sides. */
static void a_large_frame_survives_interruptions(void **state)
{
    g_autofree char *large = g_strnfill(8 << 20, 'x');
    g_autoptr(json_t) body = json_pack("{s:s}", "a", large);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    pid_t child = fork();
    if (child == 0) {
        setitimer(ITIMER_REAL, &often, NULL);
        _exit(frame_send(pair[0], FRAME_DECISION, body, 0, NULL) ? 0 : 1);
    }
    struct frame frame;
    setitimer(ITIMER_REAL, &often, NULL);
    bool received = frame_receive(pair[1], 20000, &frame, NULL);
    int status;
    while (waitpid(child, &status, 0) < 0)
        ;
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_DFL);
    assert_true(received);
    assert_int_equal(status, 0);
    assert_true(json_equal(frame.body, body));
    assert_true(frame.descriptor >= 0);
    frame_clear(&frame);
}

static void silence_ends_in_time(void **state)
{
    assert_false(frame_receive(pair[1], 0, &(struct frame){.descriptor = -1}, NULL));
    g_autoptr(GError) error = NULL;
    struct frame frame;
    send_bytes("\x02\0\0\0\x01", 5);
    assert_false(frame_receive(pair[1], 60, &frame, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD));
}

/* A byte now and then does not prolong the time: once all had come, the error would be that they are no JSON.
 */
static void a_drip_ends_in_time(void **state)
{
    pid_t child = fork();
    if (child == 0)
        for (;;) {
            g_usleep(20000);
            if (send(pair[0], "\0", 1, MSG_NOSIGNAL) != 1)
                _exit(0);
        }
    g_autoptr(GError) error = NULL;
    struct frame frame;
    send_bytes("\x40\0\0\0\x01\0\0\0", 8);
    assert_false(frame_receive(pair[1], 100, &frame, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CHILD));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static bool is_same_file(int one, int other)
{
    struct stat left, right;
    return fstat(one, &left) == 0 && fstat(other, &right) == 0 && left.st_ino == right.st_ino &&
           left.st_dev == right.st_dev;
}

static void a_descriptor_rides_along(void **state)
{
    g_autoptr(json_t) body = json_object();
    struct frame frame;
    int sent = memfd_create("sent", MFD_CLOEXEC);
    assert_true(frame_send(pair[0], FRAME_ACT, body, -1, NULL));
    assert_true(frame_send(pair[0], FRAME_ACT, body, sent, NULL));
    assert_true(frame_send(pair[0], FRAME_ACT, body, -1, NULL));
    for (int i = 0; i < 3; i++) {
        assert_true(frame_receive(pair[1], 2000, &frame, NULL));
        assert_int_equal(frame.descriptor >= 0, i == 1);
        if (i == 1) {
            assert_true(is_same_file(frame.descriptor, sent));
            assert_true(fcntl(frame.descriptor, F_GETFD) & FD_CLOEXEC);
        }
        frame_clear(&frame);
    }
    assert_true(fcntl(sent, F_GETFD) >= 0); /* it stays the sender's */
    close(sent);
}

static void more_descriptors_than_one_are_closed(void **state)
{
    static const char frame_bytes[] = "\x02\0\0\0\x06\0\0\0{}";
    int free_before = lowest_free();
    send_with(frame_bytes, 10, (int[]){0, 1, 2, 0, 1, 2, 0, 1}, 8);
    struct frame frame;
    assert_true(frame_receive(pair[1], 2000, &frame, NULL));
    assert_int_equal(frame.descriptor, free_before);
    frame_clear(&frame);
    assert_int_equal(lowest_free(), free_before);
    send_with(frame_bytes, 4, (int[]){0, 1}, 2); /* and a second lot for the same frame */
    send_with(frame_bytes + 4, 6, (int[]){0, 1}, 2);
    assert_true(frame_receive(pair[1], 2000, &frame, NULL));
    frame_clear(&frame);
    assert_int_equal(lowest_free(), free_before);
}

static void descriptors_that_got_lost_are_an_error(void **state)
{
    static const char frame_bytes[] = "\x02\0\0\0\x06\0\0\0{}";
    int many[40] = {0}, free_before = lowest_free();
    send_with(frame_bytes, 10, many, G_N_ELEMENTS(many));
    assert_fails(AWSIFT_ERROR_IO);
    assert_int_equal(lowest_free(), free_before);
    tear_down(NULL);
    set_up(NULL);
    struct rlimit kept, none;
    getrlimit(RLIMIT_NOFILE, &kept);
    none = kept;
    none.rlim_cur = (rlim_t)lowest_free(); /* no number is left for one more */
    send_with(frame_bytes, 10, (int[]){0}, 1);
    setrlimit(RLIMIT_NOFILE, &none);
    g_autoptr(GError) error = NULL;
    struct frame frame;
    bool received = frame_receive(pair[1], 2000, &frame, &error);
    setrlimit(RLIMIT_NOFILE, &kept);
    assert_false(received);
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_IO));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void an_error_is_text_whatever_the_bytes(void **state)
{
    static const char bytes[] = "{\"id\\\xef\xbb\xbf\\utf\xad"
                                "1";
    g_autoptr(GError) error = NULL;
    assert_null(frame_parse_body(bytes, sizeof bytes - 1, &error));
    assert_true(g_utf8_validate(error->message, -1, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_text_whatever_the_bytes),
        CASE(what_is_sent_arrives),
        CASE(the_bytes_are_as_written),
        CASE(a_frame_may_come_byte_by_byte),
        CASE(a_frame_that_is_cut_short_is_the_end),
        CASE(a_peer_that_went_with_mail_unread_is_gone),
        CASE(a_head_out_of_bounds_is_refused),
        CASE(a_body_that_is_no_object_is_refused),
        CASE(too_deep_is_refused),
        CASE(too_many_values_are_refused),
        CASE(a_body_too_large_is_not_packed),
        CASE(a_large_frame_survives_interruptions),
        CASE(silence_ends_in_time),
        CASE(a_drip_ends_in_time),
        CASE(a_descriptor_rides_along),
        CASE(more_descriptors_than_one_are_closed),
        CASE(descriptors_that_got_lost_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
