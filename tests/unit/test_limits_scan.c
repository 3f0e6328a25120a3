/* The scan of the raw bytes: each limit with its word, and copies that differ from the mail nowhere else. */
#include "base/json.h"
#include "mail/limits_scan.h"
#include "mail/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct limits small = {.bytes = 4000,
                                    .header_block = 400,
                                    .header_field = 100,
                                    .colons = 3,
                                    .headers = 5,
                                    .parts = 3,
                                    .depth = 2,
                                    .text = 50};
static const struct limits usual = LIMITS_DEFAULT;

static char *repeat(const char *before, const char *each, int count, const char *after)
{
    GString *text = g_string_new(before);
    for (int i = 0; i < count; i++)
        g_string_append(text, each);
    return g_string_free(g_string_append(text, after), FALSE);
}

static char *words_of(struct message *message)
{
    message_text(message);
    g_autoptr(json_t) defects = message_defects(message);
    return json_canonical(defects);
}

static struct message *read_bytes(const char *bytes, size_t length, const struct limits *limits)
{
    g_autoptr(GBytes) raw = g_bytes_new(bytes, length);
    return message_new(raw, limits);
}

static void each_limit_has_its_word(void **state)
{
    static const struct {
        const char *name, *before, *each;
        int count;
        const char *after, *want;
    } table[] = {
        {"within", "From: a@example.com\n\n", "x\n", 20, "", "[]"},
        {"bytes", "From: a@example.com\n\n", "x", 5000, "", "[\"text-too-long\",\"too-large\"]"},
        {"a field", "From: a@example.com\nX-A: ", "x", 100, "\n\nx\n", "[\"header-too-long\"]"},
        {"a folded field", "From: a@example.com\nX-A: ", "x\n ", 40, "y\n\nx\n", "[\"header-too-long\"]"},
        {"the header block", "From: a@example.com\n",
         "X: xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx "
         "xxxxxxxxxx xxxxxxxxxx xxxxxxxxxx xxxxxx\n",
         4, "\nx\n", "[\"header-block-too-long\"]"},
        {"the count of fields", "From: a@example.com\n", "X: y\n", 5, "\nx\n", "[\"too-many-headers\"]"},
        {"colons", "From: ", "a:", 4, "\n\nx\n", "[\"no-from\",\"too-many-colons\"]"},
        {"colons in quotes are text", "From: \"", "a:", 4, "\" <a@example.com>\n\nx\n", "[]"},
        {"colons in a quote that never ends", "From: \"", "a:", 4, " <a@example.com>\n\nx\n",
         "[\"no-from\",\"too-many-colons\"]"},
        {"colons between comments with a quote each", "From: (\") ", "a:", 4, " (\")\n\nx\n",
         "[\"no-from\",\"too-many-colons\"]"},
        {"colons elsewhere", "From: a@example.com\nX: ", "a:", 4, "\n\nx\n", "[]"},
        {"an address field that is too long", "From: a@example.com\nTo: ", "a@example.com, ", 10, "\n\nx\n",
         "[\"header-too-long\"]"},
        {"parts", "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n", "--b\n\nx\n", 4,
         "--b--\n", "[\"too-many-parts\"]"},
        {"parts by the thousand", "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n",
         "--b\n", 900, "", "[\"too-many-parts\"]"},
        {"depth",
         "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
         "boundary=c\n\n--c\nContent-Type: multipart/mixed; boundary=d\n\n--d\n\n",
         "x", 1, "\n", "[\"too-deep\"]"},
        {"text", "From: a@example.com\n\n", "x", 51, "", "[\"text-too-long\"]"},
        {"fields of a part", "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n",
         "X: y\n", 65, "\nx\n", "[\"too-many-headers\"]"},
        {"a field of a part", "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\nX: ",
         "y", 200, "\n\nx\n", "[\"header-too-long\"]"},
        {"lines that end in CR alone", "From: a@example.com\r\r", "x\r", 2, "", "[\"cr-only\"]"},
        {"a byte order mark",
         "\xef\xbb\xbf"
         "From: a@example.com\n\n",
         "x", 1, "", "[\"byte-order-mark\"]"},
        {"blank lines before the header", "", " \r\n", 3, "From: a@example.com\n\nx\n",
         "[\"blank-before-header\"]"},
        {"no header", "", "just text\n", 3, "", "[\"no-from\"]"},
        {"nothing", "", "", 0, "", "[\"empty\",\"no-from\"]"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = repeat(table[i].before, table[i].each, table[i].count, table[i].after);
        g_autoptr(message) message = read_bytes(text, strlen(text), &small);
        g_autofree char *words = words_of(message);
        if (strcmp(words, table[i].want) != 0)
            fail_msg("%s: got %s, want %s", table[i].name, words, table[i].want);
    }
}

static void a_nul_in_a_header_has_its_word(void **state)
{
    static const char bytes[] = "From: a@example.com\nX: a\0b\n\nx\0y\n";
    g_autoptr(message) message = read_bytes(bytes, sizeof bytes - 1, &small);
    g_autofree char *words = words_of(message);
    assert_string_equal(words, "[\"nul-in-header\",\"undecodable-text\"]");
    assert_string_equal(message_header(message, "X", 0), "a?b");
    assert_string_equal(message_text(message), "x\xef\xbf\xbdy\n");
}

static void half_an_address_is_none(void **state)
{
    g_autofree char *text = repeat("From: \"", "x", 80, "\" <no-reply-aws@amazon.com.example.org>\n\nx\n");
    g_autoptr(message) message = read_bytes(text, strlen(text), &small);
    g_autofree char *words = words_of(message);
    assert_null(message_from(message));
    assert_string_equal(words, "[\"header-too-long\",\"no-from\"]");
}

static char *copy_of(const char *text)
{
    g_autoptr(json_t) defects = json_array();
    g_autoptr(GByteArray) copy = limits_message(text, strlen(text), &usual, defects);
    return g_strndup((const char *)copy->data, copy->len);
}

static void an_honest_mail_is_copied_as_it_is(void **state)
{
    static const char *const mails[] = {
        "From: a@example.com\n\nx\n",
        "From: a@example.com\n\n-- \nsignature\n---------- Forwarded\nFrom: b\nno header: 1\n\ny\n",
        "From: a@example.com\nContent-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\nContent-Type: text/plain\n\n"
        "--\n--bc\n--c\nx\n--b--\n--epilogue\n",
        "From a@example.com Mon\nFrom: a@example.com\n\nx\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autofree char *copy = copy_of(mails[i]);
        assert_string_equal(copy, mails[i]);
    }
}

static void text_that_looks_like_boundaries_stays_whole(void **state)
{
    g_autofree char *text =
        repeat("From: a@example.com\n\n------\n", "one line that is no field\n------\n", 2000, "end\n");
    g_autoptr(message) message = read_bytes(text, strlen(text), &usual);
    g_autofree char *words = words_of(message);
    assert_string_equal(words, "[]");
    assert_true(g_str_has_suffix(message_text(message), "end\n"));
    assert_int_equal(strlen(message_text(message)), strlen(text) - strlen("From: a@example.com\n\n"));
}

static void header_blocks_are_made_sound(void **state)
{
    static const struct {
        const char *name, *mail, *want;
    } table[] = {
        {"the first Content-Type counts", "Content-Type: text/plain\nContent-Type: text/html\nX: y\n\nx\n",
         "Content-Type: text/plain\nX: y\n\nx\n"},
        {"no blank line", "X: y", "X: y\n\n"},
        {"a part without a header", "Content-Type: multipart/mixed; boundary=b\n\n--b\ntext\n--b--\n",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b--\n"},
        {"two boundaries in a row", "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\nX: y\n--b--\n",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--b\nX: y\n\n--b--\n"},
        {"the mail ends with a boundary", "Content-Type: multipart/mixed; boundary=b\n\n--b",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"},
        {"a boundary within the header", "Content-Type: multipart/mixed; boundary=b\n--b\n\nx\n",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n"},
        {"a mail within is not opened", "Content-Type: message/rfc822; x=y\n\nFrom: a:a:a\n",
         "Content-Type: message/rfc822.unread; x=y\n\nFrom: a:a:a\n"},
        {"nor with comments and folds", "Content-Type: (a \\) / b) Message\n / (c) RFC822\n\nx\n",
         "Content-Type: (a \\) / b) Message\n / (c) RFC822.unread\n\nx\n"},
        {"nor those of a digest", "Content-Type: Multipart/Digest; boundary=b\n\n--b\n\nx\n",
         "Content-Type: Multipart/Digest.unread; boundary=b\n\n--b\n\nx\n"},
        {"a boundary within itself",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
         "boundary=b\n\n--b\n\nx\n--b--\n",
         "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed\n\n--b\n\nx\n--b--\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *copy = copy_of(table[i].mail);
        if (strcmp(copy, table[i].want) != 0)
            fail_msg("%s: got\n%s\nwant\n%s", table[i].name, copy, table[i].want);
    }
}

static void an_endless_line_is_broken(void **state)
{
    g_autofree char *text = repeat("From: a@example.com\n\n", "0123456789", 20000, "\n");
    g_autoptr(message) message = read_bytes(text, strlen(text), &usual);
    g_autofree char *words = words_of(message);
    assert_string_equal(words, "[\"line-too-long\"]");
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (; (text = strstr(text, what)) != NULL; text += strlen(what))
        count++;
    return count;
}

static void copies_have_bounded_structure(void **state)
{
    g_autofree char *flat = repeat("Content-Type: multipart/mixed; boundary=b\n\n", "--b\n\n", 5000, "");
    g_autofree char *copy = copy_of(flat);
    assert_int_equal(count_of(copy, "--b\n"), 4 * usual.parts);
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 500; i++)
        g_string_append_printf(deep, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    g_autoptr(json_t) defects = json_array();
    g_autoptr(GByteArray) shallow = limits_message(deep->str, deep->len, &usual, defects);
    g_autofree char *words = json_canonical(defects);
    assert_string_equal(words, "[\"too-many-parts\"]");
}

/* What takes GMime, or a walk, beyond all bounds when it gets through. */
static void bombs_do_no_harm(void **state)
{
    static const char mixed[] = "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n";
    static const struct {
        const char *name, *before, *each;
        int count;
    } table[] = {
        {"colons in From", "From: ", "a:", 100000},
        {"colons in a mail within",
         "From: a@example.com\nContent-Type: message/rfc822\n\nFrom: ", "a:", 100000},
        {"colons in a mail of a digest",
         "From: a@example.com\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nFrom: ", "a:", 100000},
        {"colons in a mail within a part",
         "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
         "Content-Type: (c) message/(c)rfc822\n\nTo: ",
         "a:", 100000},
        {"parameters", "From: a@example.com\nContent-Type: text/plain", "; aaaaaaaa=b", 100000},
        {"parts", mixed, "--b\n\n\n", 1000000},
        {"fields", "From: a@example.com\n", "a: b\n", 1000000},
        {"fields of a mail within", "From: a@example.com\nContent-Type: message/rfc822\n\n", "a: b\n",
         1000000},
        {"folds", "From: a@example.com\nX: ", "a\n ", 1000000},
        {"encoded words", "From: a@example.com\nSubject: ", "=?utf-8?q?a?= ", 100000},
        {"open encoded words", "From: a@example.com\nSubject: ", "=?", 100000},
        {"open encoded words in From", "From: ", "=?a?q?", 2500},
        {"addresses", "From: a@example.com\nTo: ", "a@b, ", 100000},
        {"comments", "From: ", "(", 16000},
        {"dashes", mixed, "--\n", 1000000},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = repeat(table[i].before, table[i].each, table[i].count, "\n\nEND\n");
        g_autoptr(message) message = read_bytes(text, strlen(text), &usual);
        message_from(message);
        message_subject(message);
        g_autoptr(json_t) inspected = message_inspect(message);
        assert_non_null(inspected);
    }
}

static void deep_nesting_does_no_harm(void **state)
{
    g_autoptr(GString) text = g_string_new("From: a@example.com\n");
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(text, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
    g_string_append(text, "\nx\n");
    g_autoptr(message) message = read_bytes(text->str, text->len, &usual);
    g_autofree char *words = words_of(message);
    assert_non_null(strstr(words, "too-deep"));
    assert_non_null(strstr(words, "too-many-parts"));
}

/* Nothing that is read crashes or hangs: mutations of a mail that has everything. */
static void mutants_are_read(void **state)
{
    static const char seed[] =
        "From: =?utf-8?q?a?= <a@example.com>\nTo: g: b@example.com, c;\nSubject: =?iso-2022-jp?b?GyRCRnwbKEI=?=\n"
        "Date: Mon, 23 Nov 2026 13:00:11 +0000\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\n"
        "Content-Type: text/plain; charset=shift_jis; format=flowed\nContent-Transfer-Encoding: base64\n\nk/qWew==\n--b\n"
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>a=3D <a href=\"http://x\">b</a>\n--b\n"
        "Content-Type: message/rfc822\n\nSubject: x\n\ny\n--b--\n";
    g_autoptr(GRand) random = g_rand_new_with_seed(20261124);
    for (int round = 0; round < 3000; round++) {
        g_autofree char *text = g_memdup2(seed, sizeof seed - 1);
        size_t length = sizeof seed - 1;
        for (int change = 0; change < 8; change++) {
            size_t at = (size_t)g_rand_int_range(random, 0, (gint32)length);
            text[at] = g_rand_int_range(random, 0, 3) == 0
                           ? (char)g_rand_int_range(random, 0, 256)
                           : seed[g_rand_int_range(random, 0, sizeof seed - 1)];
        }
        if (g_rand_int_range(random, 0, 4) == 0)
            length = (size_t)g_rand_int_range(random, 0, (gint32)length);
        g_autoptr(message) message = read_bytes(text, length, round % 2 == 0 ? &usual : &small);
        g_autoptr(json_t) inspected = message_inspect(message);
        assert_non_null(inspected);
    }
}

int main(void)
{
    mail_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_has_its_word),
        cmocka_unit_test(a_nul_in_a_header_has_its_word),
        cmocka_unit_test(an_honest_mail_is_copied_as_it_is),
        cmocka_unit_test(text_that_looks_like_boundaries_stays_whole),
        cmocka_unit_test(header_blocks_are_made_sound),
        cmocka_unit_test(an_endless_line_is_broken),
        cmocka_unit_test(half_an_address_is_none),
        cmocka_unit_test(copies_have_bounded_structure),
        cmocka_unit_test(bombs_do_no_harm),
        cmocka_unit_test(deep_nesting_does_no_harm),
        cmocka_unit_test(mutants_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
