/* The mail of a rule's test: a fixture of the snapshot, a mail written in the test, or one made of subject,
 * from, body and so on. What is made is a correct mail: whatever is not ASCII in a header is encoded, HTML
 * comes as the alternative of a text. One that is made proves its sender by the word of the trusted server
 * unless the test says otherwise; a fixture is left as it is unless the test says `auth`, which then stands
 * above all else, as the line of the last server does. tests.lua has seen to it that no header value holds a
 * line break. */
#include "decider/test_mail.h"
#include "mail/compose.h"
#include "mail/message.h"
#include "rules/lua_json.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

#define DEFAULT_FROM "no-reply-aws@amazon.com"
#define DEFAULT_DATE "Mon, 23 Nov 2026 09:00:00 +0900"
#define BOUNDARY "=_alternatives" /* cannot occur in base64 */

static void append_header(GString *mail, const char *name, const char *value)
{
    if (g_str_is_ascii(value))
        g_string_append_printf(mail, "%s: %s\n", name, value);
    else
        compose_append_header(mail, name, value);
}

static void append_from(GString *mail, const char *from)
{
    struct outgoing outgoing = {.from = from};
    if (g_str_is_ascii(from))
        append_header(mail, "From", from);
    else
        compose_append_from(mail, &outgoing);
}

static char *domain_of(const char *from)
{
    const char *at = strrchr(from, '@');
    return at != NULL ? g_strndup(at + 1, strcspn(at + 1, "> \t")) : g_strdup("");
}

static void append_result(GString *line, const char *method, const char *result, const char *property,
                          const char *domain)
{
    if (result != NULL)
        g_string_append_printf(line, "; %s=%s%s%s", method, result, property, domain);
}

/* What the trusted server found (RFC 8601): auth is "pass", "fail", or {dkim, spf, dmarc, domain}. */
static void append_auth(GString *mail, const json_t *auth, const char *from_domain)
{
    const char *all = json_string_value(auth), *domain = json_text_or(auth, "domain", from_domain);
    if (g_strcmp0(all, "none") == 0)
        return;
    g_string_append(mail, "Authentication-Results: " TEST_SERVER);
    append_result(mail, "dkim", all != NULL ? all : json_text(auth, "dkim"), " header.d=", domain);
    append_result(mail, "spf", all != NULL ? all : json_text(auth, "spf"), " smtp.mailfrom=", domain);
    append_result(mail, "dmarc", all != NULL ? all : json_text(auth, "dmarc"), " header.from=", from_domain);
    if (all == NULL && json_object_size(auth) == 0)
        g_string_append(mail, "; none");
    g_string_append_c(mail, '\n');
}

/* The value of a header that the test sets itself, or NULL. */
static const json_t *own_header(const json_t *test, const char *wanted)
{
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(test, "headers"), name, value)
        if (g_ascii_strcasecmp(name, wanted) == 0)
            return value;
    return NULL;
}

static void append_own_headers(GString *mail, const json_t *test)
{
    const char *name;
    json_t *value, *one;
    size_t index;
    json_object_foreach(json_object_get(test, "headers"), name, value) {
        if (json_is_string(value))
            append_header(mail, name, json_string_value(value));
        json_array_foreach(value, index, one)
            append_header(mail, name, json_string_value(one));
    }
}

static void append_default(GString *mail, const json_t *test, const char *name, const char *value)
{
    if (own_header(test, name) == NULL)
        append_header(mail, name, value);
}

/* A moment as ISO 8601 is written as mail writes it; anything else goes as it is. */
static void append_date(GString *mail, const json_t *test)
{
    const char *date = json_text_or(test, "date", DEFAULT_DATE);
    int64_t moment;
    if (time_parse(date, &moment) && own_header(test, "Date") == NULL)
        compose_append_date(mail, moment);
    else
        append_default(mail, test, "Date", date);
}

static void append_alternative(GString *mail, const char *type, const char *text)
{
    g_string_append_printf(mail,
                           "--" BOUNDARY "\nContent-Type: %s; charset=utf-8\n"
                           "Content-Transfer-Encoding: base64\n\n",
                           type);
    gint state = 0, save = 0;
    g_autofree char *encoded = g_malloc((strlen(text) / 3 + 1) * 4 + strlen(text) / 54 + 8);
    gsize length = g_base64_encode_step((const guchar *)text, strlen(text), TRUE, encoded, &state, &save);
    length += g_base64_encode_close(TRUE, encoded + length, &state, &save);
    g_string_append_len(mail, encoded, (gssize)length);
    g_string_append_c(mail, '\n');
}

static void append_body(GString *mail, const json_t *test)
{
    const char *body = json_text(test, "body"), *html = json_text(test, "html");
    append_default(mail, test, "MIME-Version", "1.0");
    if (html == NULL) {
        append_default(mail, test, "Content-Type", "text/plain; charset=utf-8");
        append_default(mail, test, "Content-Transfer-Encoding", "8bit");
        g_string_append_printf(mail, "\n%s\n", body != NULL ? body : "");
        return;
    }
    g_string_append(mail, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\n\n");
    if (body != NULL)
        append_alternative(mail, "text/plain", body);
    append_alternative(mail, "text/html", html);
    g_string_append(mail, "--" BOUNDARY "--\n");
}

static GBytes *made_mail(const json_t *test)
{
    GString *mail = g_string_new(NULL);
    const char *from = json_text_or(test, "from", DEFAULT_FROM);
    g_autofree char *domain = domain_of(from);
    if (json_object_get(test, "auth") != NULL)
        append_auth(mail, json_object_get(test, "auth"), domain);
    else
        g_string_append_printf(mail,
                               "Authentication-Results: " TEST_SERVER
                               "; dkim=pass header.d=%s; dmarc=pass header.from=%s\n",
                               domain, domain);
    append_from(mail, from);
    append_default(mail, test, "To", json_text_or(test, "to", "aws@example.jp"));
    append_date(mail, test);
    append_default(mail, test, "Message-ID", "<test@example.com>");
    append_header(mail, "Subject", json_text_or(test, "subject", ""));
    append_own_headers(mail, test);
    append_body(mail, test);
    return g_string_free_to_bytes(mail);
}

/* A mail that is there already, with what the test says of its proof on top. */
static GBytes *with_auth(GBytes *raw, const json_t *test, const struct limits *limits)
{
    const json_t *auth = json_object_get(test, "auth");
    if (auth == NULL)
        return raw;
    g_autoptr(message) message = message_new(raw, limits);
    const struct address *from = message_from(message);
    g_autofree char *domain = domain_of(from != NULL ? from->address : "");
    GString *mail = g_string_new(NULL);
    append_auth(mail, auth, domain);
    g_string_append_len(mail, g_bytes_get_data(raw, NULL), (gssize)g_bytes_get_size(raw));
    g_bytes_unref(raw);
    return g_string_free_to_bytes(mail);
}

/* Beside the test's file. */
static GBytes *fixture(const struct snapshot *snapshot, const json_t *test, char **problem)
{
    const char *mail = json_text_or(test, "mail", "");
    g_autofree char *folder = g_path_get_dirname(json_text_or(test, "file", ""));
    g_autofree char *name = g_strconcat(folder, "/", g_str_has_prefix(mail, "./") ? mail + 2 : mail, NULL);
    struct snapshot_file file = snapshot_find(snapshot, name);
    if (file.bytes != NULL)
        return g_bytes_new(file.bytes, file.size);
    *problem =
        g_strdup_printf("the fixture '%s' is missing: save the mail under that name beside this file, or "
                        "write the name that it has",
                        mail);
    return NULL;
}

/* They are read one by one, since what can be read of Lua at once has a limit. */
json_t *test_declared(struct sandbox *sandbox, lua_Integer number)
{
    lua_State *lua = sandbox_state(sandbox);
    sandbox_push_declarations(sandbox);
    lua_getfield(lua, -1, "tests");
    json_t *test = lua_rawgeti(lua, -1, number) == LUA_TTABLE ? lua_json_read(lua, -1) : NULL;
    lua_pop(lua, 3);
    return test;
}

GBytes *test_mail(const struct snapshot *snapshot, const json_t *test, const struct limits *limits,
                  char **problem)
{
    const char *raw = json_text(test, "raw");
    if (raw == NULL && json_text(test, "mail") == NULL)
        return made_mail(test);
    GBytes *mail = raw != NULL ? g_bytes_new(raw, strlen(raw)) : fixture(snapshot, test, problem);
    return mail != NULL ? with_auth(mail, test, limits) : NULL;
}
