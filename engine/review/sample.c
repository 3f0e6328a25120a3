/* Mail made of conditions, for the proof that one rule takes what another one would: what can be made of a
 * text is made (subject, addresses, headers, event type, body), the rest is left out. */
#include "review/review_inside.h"

#include <string.h>

struct sample {
    struct review *review;
    unsigned variant;
    char *subject, *from, *to, *event_type;
    GString *headers, *body;
};

static void keep(char **slot, char *value)
{
    if (*slot == NULL)
        *slot = value;
    else
        g_free(value);
}

/* false when no example can be made. */
static bool add_text(struct sample *sample, const struct condition *condition)
{
    char *example = symbols_example(sample->review->symbols, condition, sample->variant);
    const char *field = condition->field;
    if (example == NULL)
        return false;
    if (strcmp(field, "subject") == 0 || strcmp(field, "title") == 0) {
        keep(&sample->subject, example);
    } else if (strcmp(field, "from") == 0) {
        keep(&sample->from, example);
    } else if (strcmp(field, "to") == 0) {
        keep(&sample->to, example);
    } else if (strcmp(field, "event_type") == 0) {
        keep(&sample->event_type, example);
    } else {
        if (strcmp(field, "header") == 0)
            g_string_append_printf(sample->headers, "%s: %s\n", condition->header, example);
        else if (strcmp(field, "body") == 0)
            g_string_append_printf(sample->body, "%s\n", example);
        g_free(example);
    }
    return true;
}

static bool add(struct sample *sample, const struct condition *condition)
{
    if (condition->operation == CONDITION_TEXT)
        return condition->pattern != NULL && add_text(sample, condition);
    if (condition->operation != CONDITION_ALL && condition->operation != CONDITION_ANY)
        return false;
    bool any = condition->operation == CONDITION_ANY;
    for (guint i = 0; i < condition->inner->len; i++)
        if (add(sample, condition->inner->pdata[i]) && any)
            return true;
    return !any;
}

static GBytes *mail_of(const struct sample *sample)
{
    g_autoptr(GString) mail = g_string_new(NULL);
    g_string_append_printf(mail, "From: %s\nTo: %s\nSubject: %s\nDate: Mon, 23 Nov 2026 09:00:00 +0900\n",
                           sample->from != NULL ? sample->from : "no-reply-aws@amazon.com",
                           sample->to != NULL ? sample->to : "aws@example.jp",
                           sample->subject != NULL ? sample->subject : "sample");
    if (sample->event_type != NULL)
        g_string_append_printf(mail, "X-SM-COMMUNICATION-TYPE: %s\n", sample->event_type);
    g_string_append_printf(mail,
                           "%sMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                           "Content-Transfer-Encoding: 8bit\n\n%s",
                           sample->headers->str, sample->body->str);
    return g_bytes_new(mail->str, mail->len);
}

static struct message *message_of(const struct sample *sample)
{
    static const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = mail_of(sample);
    return message_new(bytes, &limits);
}

static void sample_clear(struct sample *sample)
{
    g_free(sample->subject);
    g_free(sample->from);
    g_free(sample->to);
    g_free(sample->event_type);
    g_string_free(sample->headers, TRUE);
    g_string_free(sample->body, TRUE);
}

GBytes *review_sample(const struct rule_set *set, const struct rule *rule, unsigned variant)
{
    g_autoptr(symbols) symbols = symbols_new(set);
    struct review review = {.set = set, .symbols = symbols};
    struct sample sample = {
        .review = &review, .variant = variant, .headers = g_string_new(NULL), .body = g_string_new(NULL)};
    GBytes *mail = add(&sample, rule->condition) ? mail_of(&sample) : NULL;
    sample_clear(&sample);
    return mail;
}

struct message *sample_new(struct review *review, const struct condition *first, const GPtrArray *known,
                           unsigned variant)
{
    struct sample sample = {
        .review = review, .variant = variant, .headers = g_string_new(NULL), .body = g_string_new(NULL)};
    bool good = add(&sample, first);
    for (guint i = 0; good && i < known->len; i++)
        if (known->pdata[i] != first)
            add(&sample, known->pdata[i]);
    struct message *made = good ? message_of(&sample) : NULL;
    sample_clear(&sample);
    return made;
}
