/* What an action's Lua says of a mail, made into one. What composing writes itself, an action cannot set. */
#include "actor/mail_of_action.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "mail/compose.h"

#include <string.h>

#define LOOP_MARK "X-Awsift-Loop" /* rules/plan.c reads it */

/* The first mail of an action is named after its key alone; each further one is another mail. That of an
 * action which is one recipient's has another key at the key's end. */
char *mail_unique_name(const struct performance *performance)
{
    const char *key = json_text_or(performance->request, "key", "");
    g_autofree char *own = strlen(key) > ACTION_KEY_LENGTH
                               ? g_strdup_printf("%.40s%s", key, key + ACTION_KEY_LENGTH)
                               : g_strdup_printf("%.40s", key);
    return performance->delivered == 0 ? g_strdup_printf("%s.awsift", own)
                                       : g_strdup_printf("%s-%u.awsift", own, performance->delivered + 1);
}

const char **mail_recipients(const json_t *mail)
{
    const json_t *to = json_object_get(mail, "to");
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    size_t count = json_is_string(to) ? 1 : json_array_size(to);
    for (size_t i = 0; i < count; i++) {
        const char *recipient = json_string_value(json_is_string(to) ? to : json_array_get(to, i));
        g_autofree char *address = recipient != NULL ? mailbox_address(recipient) : NULL;
        if (address != NULL)
            g_ptr_array_add(list, (void *)recipient);
        else if (recipient != NULL)
            log_warning("'%s' cannot stand in a mail's header and gets none: correct the address", recipient);
    }
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_steal(list, NULL);
}

/* Whether an action may add a header of that name: not what composing writes itself, nor what would make
 * another mail of it. */
static bool may_be_set(const char *name)
{
    static const char *const ours[] = {"Date",           "From",         "To",     "Subject", "Message-ID",
                                       "Auto-Submitted", "MIME-Version", "Sender", "Bcc",     "Cc",
                                       "Return-Path",    "Received"};
    size_t length = strlen(name);
    if (length == 0 || length > 60 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != length)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        if (g_ascii_strcasecmp(name, ours[i]) == 0)
            return false;
    return g_ascii_strncasecmp(name, "Content-", 8) != 0 && g_ascii_strncasecmp(name, "Resent-", 7) != 0;
}

/* Whatever an action forgets, a mail of ours that comes back into a spool is known as one. */
static const char **header_list(const json_t *headers)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    const char *name;
    json_t *value;
    bool marked = false;
    json_object_foreach((json_t *)headers, name, value) {
        if (!json_is_string(value) || !may_be_set(name))
            continue;
        marked |= g_ascii_strcasecmp(name, LOOP_MARK) == 0;
        g_ptr_array_add(list, (void *)name);
        g_ptr_array_add(list, (void *)json_string_value(value));
    }
    if (!marked) {
        g_ptr_array_add(list, (void *)LOOP_MARK);
        g_ptr_array_add(list, (void *)"1");
    }
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_steal(list, NULL);
}

GBytes *mail_compose(const struct performance *performance, const json_t *mail, const char *const *to,
                     const struct original *original)
{
    const json_t *smtp = json_object_get(performance->actor->config, "smtp");
    const char *from = json_text_or(smtp, "from", "awsift@localhost");
    g_autofree char *address = mailbox_address(from), *unique = mail_unique_name(performance);
    const char *at = address != NULL ? strrchr(address, '@') : NULL;
    g_autofree char *id = g_strconcat(unique, "@", at != NULL ? at + 1 : "localhost", NULL);
    g_autofree const char **headers = header_list(json_object_get(mail, "headers"));
    const char *text = json_text_or(mail, "text", "");
    g_autofree char *told = original->why != NULL
                                ? g_strdup_printf("%s\n元のメールは添付できませんでした: %s\n"
                                                  "The original mail could not be attached: %s\n",
                                                  text, original->why, original->why)
                                : NULL;
    struct outgoing outgoing = {.from = from,
                                .from_name = json_text(smtp, "name"),
                                .to = to,
                                .subject = json_text_or(mail, "subject", ""),
                                .message_id = id,
                                .date = json_number(performance->request, "now", time_now()),
                                .text = told != NULL ? told : text,
                                .headers = headers,
                                .original = original->bytes};
    return compose(&outgoing);
}
