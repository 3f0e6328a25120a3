/* A secret may be set for the daemon and not here, and a name may lead elsewhere tomorrow: all of this warns,
 * and none of it decides. What decides is asked when something is posted. */
#include "actor/destinations.h"
#include "actor/http_url.h"
#include "actor/reach.h"
#include "actor/secret.h"
#include "base/json.h"
#include "base/secrecy.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *list, *word;
} lists[] = {{"channels", "channel"}, {"webhooks", "webhook"}, {"commands", "command"}};

struct review {
    GPtrArray *texts;
    struct reach *reach;
};

G_GNUC_PRINTF(2, 3)
static void say(const struct review *review, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(review->texts, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* The name that a value has as secret "name" stands in the configuration, or NULL. */
static const char *secret_named(const json_t *value)
{
    const char *name = json_object_size(value) == 1 ? json_text(value, "secret") : NULL;
    return name != NULL && secret_is_name(name) ? name : NULL;
}

/* Every secret in the value that is not set; what: whose it is. */
static void review_secrets(const struct review *review, const char *what, const json_t *value)
{
    const char *name = secret_named(value), *key;
    g_autofree char *found = name != NULL ? secret_find(name) : NULL;
    json_t *one;
    size_t index;
    if (name != NULL && found == NULL) {
        g_autofree char *variable = secret_variable(name);
        say(review,
            "%s: the secret '%s' is not set here: the daemon looks for it in $%s, then in the file '%s' of its "
            "credentials",
            what, name, variable, name);
    } else if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, one)
            review_secrets(review, what, one);
    } else {
        json_array_foreach((json_t *)value, index, one)
            review_secrets(review, what, one);
    }
}

static void review_url(const struct review *review, const char *what, const json_t *value)
{
    const char *name = secret_named(value);
    g_autofree char *url = name != NULL ? secret_find(name) : g_strdup(json_string_value(value));
    g_autofree char *scheme = NULL, *host = NULL;
    g_autoptr(GError) error = NULL;
    if (url == NULL)
        return;
    CURLU *parsed = http_url_parse(url, &scheme, &host, &error);
    curl_url_cleanup(parsed);
    if (parsed == NULL) {
        say(review, "%s: %s", what, error->message);
        return;
    }
    const char *kind = reach_refusal_of_literal(review->reach, host);
    if (kind != NULL)
        say(review,
            "%s: '%s' is %s, and is not asked: if it is meant, write http { private = { \"%s\" } } into awsift.lua",
            what, host, kind, host);
    else if (strcmp(scheme, "http") == 0 && !reach_is_named(review->reach, host))
        say(review, "%s: http:// lets everybody on the way to '%s' read it: write https://", what, host);
}

/* A user of its own may have rights that we lack: what is not there at all is said. */
static void review_program(const struct review *review, const char *what, const char *program)
{
    if (program != NULL && access(program, F_OK) != 0)
        say(review, "%s: the program '%s' cannot be found: %s", what, program, g_strerror(errno));
}

static void review_ca(const struct review *review, const char *ca)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *contents = NULL;
    if (ca == NULL)
        return;
    if (!g_file_get_contents(ca, &contents, NULL, &error))
        say(review, "http: ca: %s", error->message);
    else if (strstr(contents, "-----BEGIN CERTIFICATE-----") == NULL)
        say(review, "http: ca: '%s' holds no certificate in PEM form", ca);
}

static const char *word_of(const char *list)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        if (strcmp(lists[i].list, list) == 0)
            return lists[i].word;
    return NULL;
}

GPtrArray *destinations_review(const json_t *config)
{
    const json_t *http = json_object_get(config, "http");
    struct review review = {.texts = g_ptr_array_new_with_free_func(g_free),
                            .reach = reach_new(json_object_get(http, "private"))};
    const char *section, *name;
    json_t *of_section, *one;
    json_object_foreach((json_t *)config, section, of_section) {
        const char *word = word_of(section);
        if (word == NULL) {
            review_secrets(&review, section, of_section);
            continue;
        }
        json_object_foreach(of_section, name, one) {
            g_autofree char *what = g_strdup_printf("%s '%s'", word, name);
            review_secrets(&review, what, one);
            review_url(&review, what, json_object_get(one, "url"));
            review_program(&review, what, json_text(one, "program"));
        }
    }
    review_ca(&review, json_text(http, "ca"));
    reach_free(review.reach);
    return review.texts;
}

void destinations_conceal(const json_t *config)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        const char *name;
        json_t *one;
        json_object_foreach(json_object_get(config, lists[i].list), name, one) {
            const char *url = json_text(one, "url");
            if (url != NULL)
                secrecy_add(url);
        }
    }
}
