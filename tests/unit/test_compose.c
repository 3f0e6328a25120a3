/* What awsift sends: 7 bits, short lines, no header that anybody smuggled in, and the original byte for byte.
 */
#include "base/json.h"
#include "mail/compose.h"
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const one[] = {"ops@example.jp", NULL};

static struct outgoing usual(void)
{
    return (struct outgoing){.from = "awsift@example.jp",
                             .from_name = "awsift",
                             .to = one,
                             .subject = "Subject",
                             .message_id = "1.note@example.jp",
                             .date = 1795438811000,
                             .text = "Text\n"};
}

static char *composed(const struct outgoing *outgoing)
{
    g_autoptr(GBytes) bytes = compose(outgoing);
    return g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
}

static struct message *read_again(const struct outgoing *outgoing)
{
    const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = compose(outgoing);
    return message_new(bytes, &limits);
}

static void a_note_is_read_as_it_was_written(void **state)
{
    static const char *const subjects[] = {
        "Plain",
        "【重要なお知らせ】 Your AWS Abuse Report [1234567] [AWS ID 123456789012] について至急ご確認ください。返信をお願いします",
        "=?utf-8?q?not_a_word?=",
        "a long plain subject that has to be folded since it does not fit on one line of a mail, twice over in fact",
        "two  blanks",
        "絵文字 🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨🚨",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
        struct outgoing outgoing = usual();
        outgoing.subject = subjects[i];
        outgoing.text = "本文\n.\nFrom here\n";
        g_autoptr(message) message = read_again(&outgoing);
        assert_string_equal(message_subject(message), subjects[i]);
        assert_string_equal(message_text(message), "本文\n.\nFrom here\n");
        assert_string_equal(message_from(message)->address, "awsift@example.jp");
        assert_string_equal(message_id(message), "1.note@example.jp");
        int64_t date;
        assert_true(message_date(message, &date));
        assert_int_equal(date, outgoing.date);
        g_autoptr(json_t) defects = message_defects(message);
        assert_int_equal(json_array_size(defects), 0);
    }
}

static void lines_are_short_and_of_7_bits(void **state)
{
    g_autofree char *word = g_strnfill(3000, 'x');
    static const char *const headers[] = {"X-Awsift-A-Name-That-Is-Rather-Long-For-A-Header-Field",
                                          "日本語日本語日本語日本語", NULL};
    struct outgoing outgoing = usual();
    outgoing.from_name = "日本の運用チーム、東京オフィス、第二開発部、監視グループ、夜間担当";
    outgoing.subject =
        "【重要なお知らせ】【重要なお知らせ】【重要なお知らせ】【重要なお知らせ】【重要なお知らせ】";
    outgoing.headers = headers;
    outgoing.text = word;
    g_autofree char *text = composed(&outgoing);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        size_t most = strstr(lines[i], "=?UTF-8?") != NULL && strstr(lines[i], "X-Awsift") == NULL ? 76 : 78;
        if (strlen(lines[i]) > most && strncmp(lines[i], "X-Awsift", 8) != 0)
            fail_msg("%zu characters: %s", strlen(lines[i]), lines[i]);
        assert_null(strchr(lines[i], '\r'));
        assert_true(g_str_is_ascii(lines[i]));
    }
    outgoing.subject = word;
    outgoing.headers = NULL;
    g_autofree char *long_word = composed(&outgoing);
    g_auto(GStrv) more = g_strsplit(long_word, "\n", -1);
    for (size_t i = 0; more[i] != NULL; i++)
        assert_true(strlen(more[i]) <= 78);
    g_autoptr(message) message = read_again(&outgoing);
    assert_string_equal(message_subject(message), word);
}

static void nothing_smuggles_a_header_in(void **state)
{
    static const char *const to[] = {"ops@example.jp\nX-Evil: 1", NULL};
    static const char *const headers[] = {"X-Value", "a\r\nX-Evil: 1\n\nbody", NULL};
    struct outgoing outgoing = usual();
    outgoing.from = "awsift@example.jp\nX-Evil: 1";
    outgoing.from_name = "a\"\nX-Evil: 1";
    outgoing.to = to;
    outgoing.subject = "s\r\nX-Evil: 1\x1b[31m";
    outgoing.message_id = "1@example.jp>\nX-Evil: 1";
    outgoing.headers = headers;
    g_autofree char *text = composed(&outgoing);
    assert_null(strstr(text, "\nX-Evil"));
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "\nSubject: s  X-Evil: 1[31m\n"));
    g_autoptr(message) message = read_again(&outgoing);
    assert_null(message_header(message, "X-Evil", 0));
    assert_string_equal(message_header(message, "Auto-Submitted", 0), "auto-generated");
}

static void several_recipients(void **state)
{
    static const char *const to[] = {"a@example.jp", "b@example.jp", "c@example.jp", NULL};
    struct outgoing outgoing = usual();
    outgoing.to = to;
    outgoing.from_name = NULL;
    g_autoptr(message) message = read_again(&outgoing);
    g_autoptr(GPtrArray) addresses = message_addresses(message, "To");
    assert_int_equal(addresses->len, 3);
    assert_string_equal(((const struct address *)addresses->pdata[2])->address, "c@example.jp");
}

static void the_original_travels_byte_for_byte(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t length;
        const char *type;
    } table[] = {
        {"plain", "Subject: x\n\ny\n", 14, "message/rfc822"},
        {"CRLF", "Subject: x\r\n\r\ny\r\n", 17, "message/rfc822"},
        {"8 bits", "Subject: x\n\n\xe6\x97\xa5\n", 16, "application/octet-stream"},
        {"a NUL", "Subject: x\n\ny\0\n", 15, "application/octet-stream"},
        {"a bare CR", "Subject: x\n\ny\rz\n", 16, "application/octet-stream"},
        {"no header", "\nSubject: x\n", 12, "application/octet-stream"},
        {"an mbox line first", "From x\nSubject: x\n\ny\n", 21, "application/octet-stream"},
        {"mixed line ends", "Subject: x\r\n\r\ny\nz\r\n", 19, "application/octet-stream"},
        {"CR alone", "Subject: x\r\ry\r", 14, "application/octet-stream"},
        {"no line end at the end", "Subject: x\n\ny", 13, "message/rfc822"},
        {"header alone", "Subject: x\n", 11, "message/rfc822"},
        {"nothing", "", 0, "application/octet-stream"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autoptr(GBytes) original = g_bytes_new(table[i].bytes, table[i].length);
        struct outgoing outgoing = usual();
        outgoing.original = original;
        g_autoptr(message) message = read_again(&outgoing);
        const GPtrArray *parts = message_parts(message);
        assert_int_equal(parts->len, 2);
        const struct part *part = parts->pdata[1];
        if (strcmp(part->type, table[i].type) != 0 || g_strcmp0(part->filename, "original.eml") != 0)
            fail_msg("%s: %s, %s", table[i].name, part->type, part->filename);
        g_autofree char *text = composed(&outgoing);
        g_autofree char *encoded = g_base64_encode((const guchar *)table[i].bytes, table[i].length);
        bool literal = strcmp(part->type, "message/rfc822") == 0;
        g_autoptr(GBytes) whole = compose(&outgoing);
        assert_non_null(memmem(g_bytes_get_data(whole, NULL), g_bytes_get_size(whole),
                               literal ? table[i].bytes : encoded,
                               literal ? table[i].length : strlen(encoded)));
        assert_int_equal(message_part_size(message, part), table[i].length);
    }
}

static void a_long_line_is_no_message(void **state)
{
    static const struct {
        gsize length;
        const char *end, *type;
    } table[] = {{998, "\n", "message/rfc822"},
                 {998, "\r\n", "message/rfc822"},
                 {999, "\n", "application/octet-stream"},
                 {999, "\r\n", "application/octet-stream"},
                 {100000, "\n", "application/octet-stream"}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *line = g_strnfill(table[i].length, 'x');
        g_autofree char *mail =
            g_strconcat("Subject: x", table[i].end, table[i].end, line, table[i].end, NULL);
        g_autoptr(GBytes) original = g_bytes_new(mail, strlen(mail));
        struct outgoing outgoing = usual();
        outgoing.original = original;
        g_autoptr(message) message = read_again(&outgoing);
        const struct part *part = message_parts(message)->pdata[1];
        assert_string_equal(part->type, table[i].type);
        assert_int_equal(message_part_size(message, part), strlen(mail));
    }
}

static void what_mailboxes_become(void **state)
{
    static const struct {
        const char *input, *want;
    } table[] = {
        {"ops@example.jp", "ops@example.jp"},
        {" ops@example.jp ", "ops@example.jp"},
        {"運用 <ops@example.jp>", "ops@example.jp"},
        {"\"Ops, \\\"night\\\"\" <ops+aws@example.jp>", "ops+aws@example.jp"},
        {"a..b@example.jp", "\"a..b\"@example.jp"},
        {"a.@example.jp", "\"a.\"@example.jp"},
        {"a,b@example.jp", "\"a,b\"@example.jp"},
        {"\"a b\"@example.jp", "\"a b\"@example.jp"},
        {"root", "root"},
        {"ops@例え.jp", "ops@xn--r8jz45g.jp"},
        {"運用@例え.jp", "運用@xn--r8jz45g.jp"}, /* RFC 6531 */
        {"運用.a..b@example.jp", "運用.a..b@example.jp"},
        {"運 用@example.jp", NULL},
        {"運用\"@example.jp", NULL},
        {"運用,@example.jp", NULL},
        {"運\xe3\x80@example.jp", NULL},
        {"ops@example.jp, more@example.jp", NULL},
        {"ops@example.jp\nBcc: evil@example.com", NULL},
        {"a b@example.jp", NULL},
        {"ops@", NULL},
        {"@example.jp", NULL},
        {"ops@ex<ample.jp", NULL},
        {"", NULL},
        {"<>", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *address = mailbox_address(table[i].input);
        if (g_strcmp0(address, table[i].want) != 0)
            fail_msg("%s: %s, not %s", table[i].input, address, table[i].want);
    }
}

static void people_keep_their_names(void **state)
{
    static const char *const to[] = {
        "技術通知先、東京第一データセンター運用管理部夜間監視班 <tech@example.jp>", "a b@example.jp",
        "\"Doe, J.\" <doe@example.com>", NULL};
    struct outgoing outgoing = usual();
    outgoing.from = "AWS 運用 <awsift@example.jp>";
    outgoing.from_name = NULL;
    outgoing.to = to;
    g_autoptr(message) message = read_again(&outgoing);
    assert_string_equal(message_from(message)->name, "AWS 運用");
    assert_string_equal(message_from(message)->address, "awsift@example.jp");
    g_autoptr(GPtrArray) addresses = message_addresses(message, "To");
    assert_int_equal(addresses->len, 2);
    const struct address *first = addresses->pdata[0], *second = addresses->pdata[1];
    assert_string_equal(first->name, "技術通知先、東京第一データセンター運用管理部夜間監視班");
    assert_string_equal(first->address, "tech@example.jp");
    assert_string_equal(second->name, "Doe, J.");
    assert_string_equal(second->address, "doe@example.com");
    outgoing.from = "awsift@example.jp";
    for (size_t length = 1; length < 60; length++) { /* the address moves to a line of its own in time */
        g_autofree char *name = g_strnfill(length, 'n');
        g_autofree char *wide = g_strconcat(name, "様", NULL);
        outgoing.from_name = length % 2 == 0 ? name : wide;
        g_autofree char *text = composed(&outgoing);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        for (size_t i = 0; lines[i] != NULL; i++)
            if (strlen(lines[i]) > 76)
                fail_msg("%zu characters: %s", strlen(lines[i]), lines[i]);
    }
}

/* What stands between the blank line after the note's header and the next boundary, decoded. */
static char *note_of(const struct outgoing *outgoing)
{
    g_autofree char *text = composed(outgoing);
    char *start = strstr(text, "Content-Transfer-Encoding: base64\n\n");
    assert_non_null(start);
    start += strlen("Content-Transfer-Encoding: base64\n\n");
    *strstr(start, "\n--") = '\0';
    gsize length;
    char *bytes = (char *)g_base64_decode(start, &length);
    char *note = g_strndup(bytes, length);
    g_free(bytes);
    return note;
}

static void the_note_is_canonical_text(void **state)
{
    static const struct {
        const char *input, *want;
    } table[] = {
        {"a\nb\n", "a\r\nb\r\n"},
        {"a\r\nb\rc\n", "a\r\nb\r\nc\r\n"},
        {"\x1b[31mred\x07\tt", "[31mred\tt"},
        {"\xe2\x80\xaereversed", "reversed"},
        {"bad \xff", "bad \xef\xbf\xbd"},
        {"", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct outgoing outgoing = usual();
        outgoing.text = table[i].input;
        g_autofree char *note = note_of(&outgoing);
        assert_string_equal(note, table[i].want);
    }
}

static void the_boundary_is_not_in_the_original(void **state)
{
    struct outgoing outgoing = usual();
    g_autofree char *first = composed(&outgoing);
    g_autoptr(GBytes) original = g_bytes_new(first, strlen(first));
    outgoing.original = original; /* which holds the boundary that would come first */
    g_autoptr(message) message = read_again(&outgoing);
    assert_int_equal(message_parts(message)->len, 2);
    g_autofree char *again = composed(&outgoing), *twice = composed(&outgoing);
    assert_string_equal(again, twice);
}

int main(void)
{
    mail_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_is_read_as_it_was_written),
        cmocka_unit_test(lines_are_short_and_of_7_bits),
        cmocka_unit_test(nothing_smuggles_a_header_in),
        cmocka_unit_test(several_recipients),
        cmocka_unit_test(the_original_travels_byte_for_byte),
        cmocka_unit_test(a_long_line_is_no_message),
        cmocka_unit_test(what_mailboxes_become),
        cmocka_unit_test(people_keep_their_names),
        cmocka_unit_test(the_note_is_canonical_text),
        cmocka_unit_test(the_boundary_is_not_in_the_original),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
