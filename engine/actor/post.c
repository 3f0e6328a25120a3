/* Which way a mail goes, as `smtp` of the configuration says. The password is looked for when it is needed
 * and handed to libcurl alone. */
#include "actor/post.h"
#include "actor/secret.h"
#include "actor/sendmail.h"
#include "actor/smtp.h"
#include "base/json.h"
#include "base/secrecy.h"

#include <string.h>

#define TIMEOUT_DEFAULT INT64_C(60000)

struct post {
    uv_loop_t *loop;
    struct smtp *smtp;
    json_t *config;
};

struct posting {
    struct smtp_transfer *transfer;
    struct sendmail_run *run;
    posted_call done;
    void *data;
};

struct post *post_new(uv_loop_t *loop, struct transfers *transfers, json_t *config)
{
    struct post *post = g_new0(struct post, 1);
    post->loop = loop;
    post->smtp = smtp_new(transfers);
    post->config = json_incref(config);
    return post;
}

bool post_is_used(const struct post *post)
{
    return json_text(post->config, "url") != NULL || json_object_get(post->config, "sendmail") != NULL;
}

static void on_posted(const struct posted *posted, void *data)
{
    struct posting *posting = data;
    posting->done(posted, posting->data);
    g_free(posting);
}

/* What is wrong here is so for every mail, until somebody mends it. */
static void cannot_begin(struct posted *posted, char *words)
{
    *posted = (struct posted){.outcome = OUTCOME_RETRY, .down = true, .words = words};
}

static void secret_wipe(char *secret)
{
    if (secret != NULL)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

/* A server that repeats what it was told must not make us repeat it (AUTH PLAIN, RFC 4616). */
static void conceal_sign_in(const char *user, const char *password)
{
    g_autoptr(GString) told = g_string_new(NULL);
    g_string_append_c(told, '\0');
    g_string_append_len(told, user, (gssize)strlen(user) + 1);
    g_string_append(told, password);
    g_autofree char *encoded = g_base64_encode((const guchar *)told->str, told->len);
    secrecy_add(encoded);
    explicit_bzero(told->str, told->len);
}

static void start_smtp(struct post *post, struct posting *posting, const struct letter *letter,
                       int64_t timeout, struct posted *posted)
{
    const json_t *config = post->config;
    const char *name = json_text(json_object_get(config, "password"), "secret");
    char *password = name != NULL ? secret_find(name) : NULL;
    if (name != NULL && password == NULL) {
        g_autofree char *variable = secret_variable(name);
        cannot_begin(posted,
                     g_strdup_printf("the secret '%s' is not set: put it into $%s or a credential file", name,
                                     variable));
        return;
    }
    if (password != NULL)
        conceal_sign_in(json_text_or(config, "user", ""), password);
    struct smtp_server server = {
        .url = json_text(config, "url"),
        .helo = json_text(config, "helo"),
        .user = json_text(config, "user"),
        .password = password,
        .ca = json_text(config, "ca"),
        .starttls = strcmp(json_text_or(config, "starttls", "required"), "required") == 0,
        .timeout = timeout,
    };
    posting->transfer = smtp_start(post->smtp, &server, letter, on_posted, posting);
    secret_wipe(password);
    if (posting->transfer == NULL)
        cannot_begin(posted, g_strdup("the transfer cannot be begun: this libcurl lacks what it needs"));
}

static void start_program(struct post *post, struct posting *posting, const struct letter *letter,
                          int64_t timeout, struct posted *posted)
{
    const json_t *list = json_object_get(post->config, "sendmail");
    g_autoptr(GPtrArray) program = g_ptr_array_new();
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_is_string(json_array_get(list, i)))
            g_ptr_array_add(program, (void *)json_string_value(json_array_get(list, i)));
    g_ptr_array_add(program, NULL);
    char *why = NULL;
    if (program->len > 1)
        posting->run = sendmail_start(post->loop, (const char *const *)program->pdata, letter, timeout,
                                      on_posted, posting, &why);
    if (posting->run == NULL)
        cannot_begin(posted, why != NULL ? why : g_strdup("smtp.sendmail names no program"));
}

struct posting *post_start(struct post *post, const struct letter *letter, posted_call done, void *data,
                           struct posted *posted)
{
    struct posting *posting = g_new0(struct posting, 1);
    int64_t timeout = json_number(post->config, "timeout", TIMEOUT_DEFAULT);
    posting->done = done;
    posting->data = data;
    if (json_text(post->config, "url") != NULL)
        start_smtp(post, posting, letter, timeout, posted);
    else
        start_program(post, posting, letter, timeout, posted);
    if (posting->transfer == NULL && posting->run == NULL)
        g_clear_pointer(&posting, g_free);
    return posting;
}

bool post_cancel(struct posting *posting)
{
    bool doubtful =
        posting->transfer != NULL ? smtp_cancel(posting->transfer) : sendmail_cancel(posting->run);
    g_free(posting);
    return doubtful;
}
