/* One mail over SMTP (RFC 5321). What the server says of the mail decides over it: 2 done, 4 again, 5 dead.
 * What keeps every mail from being said (no connection, a certificate that is not the server's, a password
 * that is not taken) is nobody's end: it is tried again until a person has mended it. Once the last byte is
 * on its way and no answer comes, whether it was taken is unknown. */
#include "actor/smtp.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_TIME = 20000, STALL_SECONDS = 30, REPLY_MAXIMUM = 800 };

/* What a server says that it can do. */
struct offer {
    int64_t limit;      /* bytes that a mail may have (RFC 1870); 0: it does not say */
    bool international; /* addresses may be other than ASCII (RFC 6531) */
};

struct smtp {
    struct transfers *transfers;
    struct offer offer; /* as said last: a connection that is used again says nothing */
};

struct smtp_transfer {
    struct transfer transfer;
    struct smtp *smtp;
    struct curl_slist *recipients;
    GBytes *bytes; /* lines end in CRLF */
    size_t taken;  /* by libcurl */
    bool greeted;  /* on this transfer; else on one before */
    bool named;    /* sender and recipient: what the server says from here on is said of this mail */
    bool begun;    /* the server waits for the mail, or has it */
    bool leaving;  /* what the server still says is said to our goodbye */
    bool again;    /* begun anew, for the connection was stale */
    bool is_international;
    struct offer offer;
    enum { TAKEN, TOO_LARGE, TOO_FOREIGN } refused; /* by us, for the server could not take it */
    GString *reply;                                 /* the last one, on one line */
    int code;                                       /* of it, 0 while it is not whole */
    posted_call done;
    void *data;
};

static void smtp_free(struct smtp_transfer *mail)
{
    curl_easy_cleanup(mail->transfer.easy);
    curl_slist_free_all(mail->recipients);
    g_bytes_unref(mail->bytes);
    g_string_free(mail->reply, TRUE);
    g_free(mail);
}

/* Every line ends in CRLF on the way (RFC 5321, 2.3.8), whatever it ends in here. */
static GBytes *with_crlf(GBytes *bytes)
{
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size), *end = data + size;
    GString *out = g_string_sized_new(size + size / 40 + 16);
    while (data < end) {
        const char *line_end = memchr(data, '\n', (size_t)(end - data));
        size_t length = line_end != NULL ? (size_t)(line_end - data) : (size_t)(end - data);
        g_string_append_len(out, data,
                            (gssize)(length > 0 && data[length - 1] == '\r' ? length - 1 : length));
        g_string_append(out, "\r\n");
        data += length + (line_end != NULL);
    }
    return g_string_free_to_bytes(out);
}

static size_t on_read(char *buffer, size_t size, size_t count, void *data)
{
    struct smtp_transfer *mail = data;
    gsize length;
    const char *bytes = g_bytes_get_data(mail->bytes, &length);
    size_t part = MIN(size * count, length - mail->taken);
    mail->begun = true;
    memcpy(buffer, bytes + mail->taken, part);
    mail->taken += part;
    return part;
}

/* Whether the mail may have been taken: the server waits for nothing more of it. */
static bool in_doubt(const struct smtp_transfer *mail)
{
    return mail->begun && mail->taken == g_bytes_get_size(mail->bytes);
}

/* "250-SIZE 10240000", among the lines after EHLO. */
static void note_extension(struct offer *offer, const char *line)
{
    const char *word = line[3] != '\0' ? line + 4 : "";
    if (g_ascii_strncasecmp(word, "SIZE ", 5) == 0)
        offer->limit = CLAMP(strtoll(word + 5, NULL, 10), 0, INT64_MAX / 2);
    if (g_ascii_strcasecmp(word, "SMTPUTF8") == 0)
        offer->international = true;
}

/* Lines of one reply are put on one: its code stands before the first. */
static void note_line(struct smtp_transfer *mail, const char *line)
{
    if (mail->code != 0)
        g_string_truncate(mail->reply, 0);
    bool first = mail->reply->len == 0, has_text = line[3] != '\0';
    const char *text = has_text ? line + 4 : "";
    if (first)
        g_string_append_printf(mail->reply, "%.3s %.*s", line, REPLY_MAXIMUM, text);
    else if (mail->reply->len < REPLY_MAXIMUM)
        g_string_append_printf(mail->reply, " %.*s", REPLY_MAXIMUM, text);
    mail->code = line[3] != '-' ? (int)strtol(line, NULL, 10) : 0;
}

static bool is_reply(const char *line)
{
    return g_ascii_isdigit(line[0]) && g_ascii_isdigit(line[1]) && g_ascii_isdigit(line[2]) &&
           (line[3] == ' ' || line[3] == '-' || line[3] == '\0');
}

/* Whether a mail that the server is ready for must not be sent to it. */
static bool must_refuse(struct smtp_transfer *mail)
{
    if (mail->offer.limit > 0 && (int64_t)g_bytes_get_size(mail->bytes) > mail->offer.limit)
        mail->refused = TOO_LARGE;
    else if (mail->is_international && !mail->offer.international)
        mail->refused = TOO_FOREIGN;
    return mail->refused != TAKEN;
}

/* Each line of the server's. */
static size_t on_line(char *bytes, size_t size, size_t count, void *data)
{
    struct smtp_transfer *mail = data;
    g_autofree char *line = g_strndup(bytes, size * count);
    g_strchomp(line);
    for (char *at = line; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    if (!is_reply(line) || mail->leaving)
        return size * count;
    note_line(mail, line);
    if (!mail->named)
        note_extension(&mail->offer, line);
    return mail->named && !mail->begun && mail->code / 100 == 2 && must_refuse(mail) ? 0 : size * count;
}

/* What is said to the server, of which only the verb is looked at. */
static int on_said(CURL *easy, curl_infotype type, char *bytes, size_t size, void *data)
{
    struct smtp_transfer *mail = data;
    if (type != CURLINFO_HEADER_OUT || size < 5)
        return 0;
    if (memcmp(bytes, "EHLO ", 5) == 0) {
        mail->greeted = true;
        mail->offer =
            (struct offer){0}; /* what was said before the encryption does not count (RFC 3207, 4.2) */
    } else if (memcmp(bytes, "QUIT\r", 5) == 0) {
        mail->leaving = true;
    } else if (memcmp(bytes, "MAIL ", 5) == 0) {
        mail->named = true;
        if (mail->greeted)
            mail->smtp->offer = mail->offer;
        else
            mail->offer = mail->smtp->offer;
    }
    return 0;
}

/* 530 to 538 ask to sign in, to encrypt, or say that the password is wrong (RFC 4954, 6; RFC 3207, 4). 421
 * says that the server goes away. */
static bool is_about_who_we_are(int code)
{
    return code == 530 || (code >= 534 && code <= 538);
}

static bool is_of_everybody(int code)
{
    return code == 421 || is_about_who_we_are(code);
}

void smtp_judge(int code, bool of_mail, const char *text, struct posted *posted)
{
    bool everybody = !of_mail || is_of_everybody(code);
    posted->words = text;
    posted->outcome = code / 100 == 2                 ? OUTCOME_DONE
                      : code / 100 == 5 && !everybody ? OUTCOME_DEAD
                                                      : OUTCOME_RETRY;
    posted->down = posted->outcome == OUTCOME_RETRY && everybody;
    posted->large = posted->outcome == OUTCOME_DEAD && (code == 552 || strstr(text, " 5.3.4 ") != NULL) &&
                    strstr(text, " 5.2.2 ") == NULL;
    posted->failure = action_failure(is_about_who_we_are(code) ? "auth"
                                     : code / 100 == 4         ? "server"
                                     : posted->large           ? "content"
                                     : code / 100 == 5         ? "client"
                                                               : NULL);
}

/* Whether the last reply is the server's no to this mail. */
static bool is_refusal(const struct smtp_transfer *mail)
{
    return mail->code >= 400 && mail->named && (!mail->begun || in_doubt(mail));
}

/* In words that stay the same while the cause does: one alert, however many mails wait. */
static char *trouble(const struct smtp_transfer *mail, CURLcode result)
{
    const char *failure = mail->transfer.failure;
    bool plain = failure[0] == '\0' || result == CURLE_COULDNT_CONNECT ||
                 result == CURLE_COULDNT_RESOLVE_HOST || result == CURLE_OPERATION_TIMEDOUT;
    const char *what = g_str_has_prefix(failure, "response reading failed")
                           ? "the server ended the connection"
                       : plain ? curl_easy_strerror(result)
                               : failure;
    return mail->code >= 400 ? g_strdup_printf("%s: %s", what, mail->reply->str) : g_strdup(what);
}

/* A connection that the server closed while it was idle: nothing was said on it yet but a goodbye. */
static bool is_stale(const struct smtp_transfer *mail)
{
    long connections = 1;
    curl_easy_getinfo(mail->transfer.easy, CURLINFO_NUM_CONNECTS, &connections);
    return connections == 0 && !mail->begun && (mail->reply->len == 0 || mail->code == 421) && !mail->again;
}

static bool start_again(struct smtp_transfer *mail)
{
    mail->again = true;
    mail->greeted = mail->named = mail->leaving = false;
    mail->code = 0;
    mail->transfer.failure[0] = '\0';
    g_string_truncate(mail->reply, 0);
    curl_easy_setopt(mail->transfer.easy, CURLOPT_FRESH_CONNECT, 1L);
    return transfers_add(mail->smtp->transfers, &mail->transfer);
}

/* What went wrong where the server said nothing of the mail. */
static void judge_trouble(const struct smtp_transfer *mail, CURLcode result, const char *words,
                          struct posted *posted)
{
    posted->failure = action_failure(is_about_who_we_are(mail->code)      ? "auth"
                                     : mail->code >= 400                  ? "server"
                                     : result == CURLE_OPERATION_TIMEDOUT ? "timeout"
                                                                          : "network");
    posted->outcome = in_doubt(mail) ? OUTCOME_UNKNOWN : OUTCOME_RETRY;
    posted->down = posted->outcome == OUTCOME_RETRY;
    posted->words = words;
}

static void judge_refused(const struct smtp_transfer *mail, struct posted *posted)
{
    posted->outcome = OUTCOME_DEAD;
    posted->failure = action_failure("content");
    posted->large = mail->refused == TOO_LARGE;
    posted->words = posted->large ? "the mail is larger than the server takes"
                                  : "the server takes no address that is not ASCII (it has no SMTPUTF8)";
}

static void on_done(struct transfer *transfer, CURLcode result)
{
    struct smtp_transfer *mail = (struct smtp_transfer *)transfer;
    if (result != CURLE_OK && is_stale(mail) && start_again(mail))
        return;
    g_autofree char *words = NULL;
    struct posted posted = {.limit = mail->offer.limit};
    if (mail->refused != TAKEN)
        judge_refused(mail, &posted);
    else if (result == CURLE_OK || is_refusal(mail))
        smtp_judge(result == CURLE_OK ? 250 : mail->code, true, mail->reply->str, &posted);
    else
        judge_trouble(mail, result, words = trouble(mail, result), &posted);
    mail->done(&posted, mail->data);
    smtp_free(mail);
}

bool smtp_cancel(struct smtp_transfer *mail)
{
    bool doubtful = in_doubt(mail);
    transfers_remove(mail->smtp->transfers, &mail->transfer);
    smtp_free(mail);
    return doubtful;
}

static void set_server(struct smtp_transfer *mail, const struct smtp_server *server)
{
    CURL *easy = mail->transfer.easy;
    g_autofree char *url =
        server->helo != NULL ? g_strconcat(server->url, "/", server->helo, NULL) : g_strdup(server->url);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)MAX(server->timeout, 1));
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CLAMP(server->timeout, 1, CONNECT_TIME));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
    if (server->user != NULL) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, server->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, server->password != NULL ? server->password : "");
    }
    if (server->ca != NULL)
        curl_easy_setopt(easy, CURLOPT_CAINFO, server->ca);
}

/* False when this libcurl does not know an option that safety hangs on. */
static bool set_options(struct smtp_transfer *mail, const struct smtp_server *server,
                        const struct letter *letter)
{
    CURL *easy = mail->transfer.easy;
    set_server(mail, server);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, letter->sender);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, mail->recipients);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)g_bytes_get_size(mail->bytes));
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, mail);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, mail);
    curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L); /* to on_said, which writes nothing */
    curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_said);
    curl_easy_setopt(easy, CURLOPT_DEBUGDATA, mail);
    return transfer_prepare(&mail->transfer, "smtp,smtps") &&
           curl_easy_setopt(easy, CURLOPT_USE_SSL,
                            server->starttls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_NONE) == CURLE_OK;
}

struct smtp_transfer *smtp_start(struct smtp *smtp, const struct smtp_server *server,
                                 const struct letter *letter, posted_call done, void *data)
{
    struct smtp_transfer *mail = g_new0(struct smtp_transfer, 1);
    mail->transfer = (struct transfer){.easy = curl_easy_init(), .done = on_done};
    mail->smtp = smtp;
    mail->recipients = curl_slist_append(NULL, letter->recipient);
    mail->bytes = with_crlf(letter->bytes);
    mail->is_international = !g_str_is_ascii(letter->recipient) || !g_str_is_ascii(letter->sender);
    mail->reply = g_string_new(NULL);
    mail->done = done;
    mail->data = data;
    if (mail->transfer.easy != NULL && set_options(mail, server, letter) &&
        transfers_add(smtp->transfers, &mail->transfer))
        return mail;
    smtp_free(mail);
    return NULL;
}

struct smtp *smtp_new(struct transfers *transfers)
{
    struct smtp *smtp = g_new0(struct smtp, 1);
    smtp->transfers = transfers;
    return smtp;
}
