/* A send is one object with one key: {http}, {mail}, {exec}, {file} or {sleep}. */
#include "commands/act_text.h"
#include "base/json.h"
#include "base/mask.h"
#include "mail/text.h"

#include <stdio.h>
#include <string.h>

/* Many addresses of webhooks are secrets themselves. */
static json_t *host_only(const char *url)
{
    const char *scheme = strstr(url, "://");
    size_t length = scheme != NULL ? (size_t)(scheme - url) + 3 : 0;
    length += strcspn(url + length, "/?#");
    return url[length] == '\0' || url[0] == '{' ? json_text_new(url)
                                                : json_sprintf("%.*s/…", (int)length, url);
}

static json_t *masked(const json_t *value)
{
    const char *key;
    size_t index;
    json_t *inner;
    if (json_is_string(value)) {
        g_autofree char *text = mask_secrets(json_string_value(value));
        return json_text_new(text);
    }
    if (!json_is_object(value) && !json_is_array(value))
        return json_deep_copy(value);
    json_t *copy = json_is_object(value) ? json_object() : json_array();
    json_object_foreach((json_t *)value, key, inner)
        json_object_set_new(copy, key, masked(inner));
    json_array_foreach((json_t *)value, index, inner)
        json_array_append_new(copy, masked(inner));
    return copy;
}

void act_mask(json_t *sends)
{
    size_t index;
    json_t *send;
    json_array_foreach(sends, index, send) {
        json_t *http = json_object_get(send, "http");
        if (json_text(http, "url") != NULL)
            json_object_set_new(http, "url", host_only(json_text(http, "url")));
        json_array_set_new(sends, index, masked(send));
    }
}

static void print_field(const char *name, const json_t *value)
{
    if (value == NULL || json_is_null(value) || (json_is_object(value) && json_object_size(value) == 0))
        return;
    g_autofree char *written = json_is_string(value) ? NULL : json_canonical(value);
    g_auto(GStrv) lines = g_strsplit(written != NULL ? written : json_string_value(value), "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = text_one_line(lines[i]);
        printf("      %-10s %s\n", i == 0 ? name : "", line);
    }
}

static void print_fields(const json_t *of, const char *const *names)
{
    for (; *names != NULL; names++)
        print_field(*names, json_object_get(of, *names));
}

static void print_headers(const json_t *headers)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)headers, name, value) {
        g_autofree char *text = json_is_string(value) ? g_strdup(json_string_value(value))
                                                      : json_canonical(value),
                        *line = g_strdup_printf("%s: %s", name, text), *plain = text_one_line(line);
        printf("      %s\n", plain);
    }
}

void act_print_sends(const json_t *sends)
{
    static const char *const bodies[] = {"json", "form", "body", NULL}, *const plain[] = {"body", NULL},
                             *const mail_fields[] = {"to", "subject", "text", "original", NULL},
                             *const exec_fields[] = {"arguments", "input", NULL};
    size_t index;
    json_t *send;
    json_array_foreach((json_t *)sends, index, send) {
        const json_t *http = json_object_get(send, "http"), *mail = json_object_get(send, "mail"),
                     *exec = json_object_get(send, "exec"), *file = json_object_get(send, "file");
        if (http != NULL) {
            printf("  %s %s\n", json_text_or(http, "method", ""), json_text_or(http, "url", ""));
            print_headers(json_object_get(http, "headers"));
            print_fields(http, json_object_get(http, "body") != NULL ? plain : bodies);
        } else if (mail != NULL) {
            printf("  mail\n");
            print_headers(json_object_get(mail, "headers"));
            print_fields(mail, mail_fields);
        } else if (exec != NULL) {
            printf("  exec %s\n", json_text_or(exec, "command", ""));
            print_fields(exec, exec_fields);
        } else if (file != NULL) {
            printf("  file into filed/%s\n", json_text_or(file, "folder", ""));
        } else {
            printf("  sleep %g s\n", json_number_value(json_object_get(send, "sleep")));
        }
    }
}
