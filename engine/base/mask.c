/* Masking by pattern. It would rather hide a number too many than show a code: six to eight digits count as a
 * code when a word such as "code" or 確認コード stands near, shorter ones and letters with digits right
 * behind it. Numbers of accounts (12 digits) never do. A link, with its scheme or without, goes as a whole
 * once it says that it confirms, resets, signs in or is signed, and has something in it that only its reader
 * should have. */
#include "base/mask.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { NEAR = 90 }; /* bytes: about 30 characters of Japanese */

struct patterns {
    GRegex *key, *secret, *session, *private_key, *password, *alone, *link, *telling, *told, *mixed, *digits,
        *word;
};

static GRegex *pattern(const char *text, GRegexCompileFlags flags)
{
    g_autoptr(GError) error = NULL;
    GRegex *regex = g_regex_new(text, flags | G_REGEX_OPTIMIZE, 0, &error);
    if (regex == NULL)
        g_error("mask: %s", error->message);
    return regex;
}

static const struct patterns *patterns(void)
{
    static gsize made;
    static struct patterns all;
    if (!g_once_init_enter(&made))
        return &all;
    all.key = pattern("(?<![A-Za-z0-9])(A(?:KIA|SIA))[A-Z0-9]{12}([A-Z0-9]{4})(?![A-Za-z0-9])", 0);
    all.secret =
        pattern("(?<![A-Za-z0-9/+])(?=[A-Za-z0-9/+]{0,39}[A-Z])(?=[A-Za-z0-9/+]{0,39}[a-z])"
                "(?=[A-Za-z0-9/+]{0,39}[0-9])(?:[A-Za-z0-9/+]{40}|B[A-Za-z0-9/+]{43})(?![A-Za-z0-9/+])",
                0);
    all.session = pattern("(?<![A-Za-z0-9/+])(?:(?:IQoJ|FwoG|FQoG|AgoJ)[A-Za-z0-9/+=_-]{60,}|"
                          "eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?)",
                          0);
    all.private_key = pattern("-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}KEY-----|$)",
                              G_REGEX_DOTALL | G_REGEX_DOLLAR_ENDONLY);
    all.password = pattern("((?:password|passcode|passphrase|パスワード)[ \t]*(?:is|=|:|：|は)[ \t\n:]*)"
                           "(?=\\S{0,63}[0-9])(?!https?:)\\S{6,64}",
                           G_REGEX_CASELESS);
    all.alone = pattern(
        "((?:password|passcode|passphrase|パスワード)(?:[ \t]*[=:：][ \t]*|[^\\n]{0,60}\\n\\s*(?=\\S{0,63}[0-9])(?-i:(?=\\S{0,63}[A-Z])(?=\\S{0,63}[a-z]))))"
        "(?!https?:|arn:|[0-9]{9,}|[0-9]{4}-[0-9])\\S{6,64}(?=[ \t]*(?:\\n|$))",
        G_REGEX_CASELESS);
    all.told = pattern(
        "((?i:\\bPIN|\\bcode|passcode|コード|認証番号|確認番号|暗証番号)[ \t]*(?:\\([^\n)]{1,40}\\)[ \t]*)?(?i:is|was|:|：|は)?"
        "[ \t\n:]*)(?:(?=[A-Z0-9]*[0-9])[A-Z0-9]{4,10}|[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){1,5})"
        "(?![A-Za-z0-9_-]|\\.[0-9]|年|月)",
        0);
    all.mixed = pattern(
        "((?i:\\bcode|passcode|コード)[ \t]*(?i:is|:|：|は)[ \t\n]*)"
        "(?=[A-Za-z0-9]{0,63}[0-9])(?=[A-Za-z0-9]{0,63}[a-z])(?=[A-Za-z0-9]{0,63}[A-Z])[A-Za-z0-9]{8,64}"
        "(?![A-Za-z0-9_-])",
        0);
    all.link =
        pattern("(https?://[^\\s/?#<>\"]+|(?<![a-z0-9@./_-])[a-z0-9-]{1,63}(?:\\.[a-z0-9-]{1,63}){1,10})"
                "([/?#][^\\s<>\"]*)",
                G_REGEX_CASELESS);
    all.telling = pattern(
        "reset|passw|passcode|token|confirm|activat|recover|verif|otp|magic|signature|credential|approv|"
        "invit|sign-?up|accept|[?&#/]code=|handle=|ticket=|session=|oauth|authorize\\?",
        G_REGEX_CASELESS);
    all.digits = pattern(
        "(?<![0-9A-Za-z_.-])(?:[0-9]{6,8}|[0-9]{3}[ -][0-9]{3}|[0-9]{2}-[0-9]{2}-[0-9]{2}|[0-9](?: [0-9]){5,7}|"
        "[A-Z]{4}-[A-Z]{4}|[０-９]{6,8})"
        "(?![0-9A-Za-z_-]|\\.[0-9])",
        0);
    all.word = pattern(
        "\\bcodes?\\b|passcode|\\botp\\b|one[- ]?time|verif|\\bpin\\b|password|\\benter\\b|コード|認証番号|"
        "確認番号|ワンタイム|パスワード|暗証|本人確認|を入力|驗證|验证|인증|코드|\\bкод\\b|c[oó]digo",
        G_REGEX_CASELESS);
    g_once_init_leave(&made, 1);
    return &all;
}

/* The longest word with a digit in it: what is no word of a language. */
static size_t longest_mixed(const char *text)
{
    size_t longest = 0, length = 0;
    bool has_digit = false;
    for (; *text != '\0'; text++) {
        bool inside = g_ascii_isalnum(*text);
        length = inside ? length + 1 : 0;
        has_digit = inside && (has_digit || g_ascii_isdigit(*text));
        longest = has_digit ? MAX(longest, length) : longest;
    }
    return longest;
}

/* A link whose path says what it does is kept when nothing in it is secret: a page of a guide. */
static gboolean on_link(const GMatchInfo *match, GString *out, gpointer data)
{
    g_autofree char *host = g_match_info_fetch(match, 1), *rest = g_match_info_fetch(match, 2);
    g_autofree char *whole = g_strconcat(host, rest, NULL);
    bool asks = strpbrk(rest, "?#") != NULL || strstr(rest, "%3F") != NULL || strstr(rest, "%3f") != NULL,
         telling = g_regex_match(patterns()->telling, whole, 0, NULL);
    if (telling && (asks || longest_mixed(rest) >= 12))
        g_string_append_printf(out, "%s/****", host);
    else
        g_string_append_printf(out, "%s%s", host, rest);
    return FALSE;
}

static gboolean on_digits(const GMatchInfo *match, GString *out, gpointer data)
{
    const char *whole = g_match_info_get_string(match);
    int start, end;
    g_match_info_fetch_pos(match, 0, &start, &end);
    const char *from = whole + MAX(start - NEAR, 0);
    while (((unsigned char)*from & 0xc0) == 0x80)
        from++;
    const char *to = whole + end + strnlen(whole + end, NEAR);
    while (((unsigned char)*to & 0xc0) == 0x80)
        to--;
    g_autofree char *around = g_strndup(from, (gsize)(to - from));
    if (g_regex_match(patterns()->word, around, 0, NULL))
        g_string_append(out, "****");
    else
        g_string_append_len(out, whole + start, end - start);
    return FALSE;
}

/* A pattern that fails (its budget is used up) must not let the text through. */
static void replace(char **text, char *replaced)
{
    g_free(*text);
    *text = replaced != NULL ? replaced : g_strdup("****");
}

char *mask_secrets(const char *text)
{
    const struct patterns *all = patterns();
    char *masked = g_utf8_make_valid(text, -1);
    replace(&masked, g_regex_replace_literal(all->private_key, masked, -1, 0, "****", 0, NULL));
    replace(&masked, g_regex_replace_literal(all->session, masked, -1, 0, "****", 0, NULL));
    replace(&masked, g_regex_replace(all->key, masked, -1, 0, "\\1****\\2", 0, NULL));
    replace(&masked, g_regex_replace_eval(all->link, masked, -1, 0, 0, on_link, NULL, NULL));
    replace(&masked, g_regex_replace_literal(all->secret, masked, -1, 0, "****", 0, NULL));
    replace(&masked, g_regex_replace(all->password, masked, -1, 0, "\\1****", 0, NULL));
    replace(&masked, g_regex_replace(all->alone, masked, -1, 0, "\\1****", 0, NULL));
    replace(&masked, g_regex_replace(all->mixed, masked, -1, 0, "\\1****", 0, NULL));
    replace(&masked, g_regex_replace(all->told, masked, -1, 0, "\\1****", 0, NULL));
    replace(&masked, g_regex_replace_eval(all->digits, masked, -1, 0, 0, on_digits, NULL, NULL));
    return masked;
}
