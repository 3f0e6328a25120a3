/* Finding a mail that a rule decides, by trying: the mails of its own tests first, for they look as AWS
 * writes, then what can be made of its conditions. Each gets a header of today, and the wanted account in
 * place of its own, and is decided: one that another rule would decide is none. */
#include "decider/drill_mail.h"
#include "decider/test_mail.h"
#include "mail/compose.h"
#include "review/review.h"
#include "rules/drilling.h"
#include "base/json.h"
#include "base/nearest.h"

#include <string.h>

enum { MAIL_MOST = 1 << 20, VARIANTS = 3 };

/* ---- the mail ---- */

/* Fields that are the drill's own, or say what no longer holds. */
static bool is_replaced(const char *line)
{
    static const char *const fields[] = {
        "Date:", "Message-ID:", "Authentication-Results:", "X-Awsift-", "Delivered-To:", "X-Original-To:"};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (g_ascii_strncasecmp(line, fields[i], strlen(fields[i])) == 0)
            return true;
    return false;
}

static void add_header(GString *mail, const struct drill_wish *wish)
{
    compose_append_date(mail, wish->now);
    g_string_append_printf(mail, "Message-ID: <drill.%s@awsift.invalid>\nX-Awsift-Drill: %s\n", wish->id,
                           wish->id);
}

/* The other account's digits give way, wherever they stand readable. */
static void put_account(GString *mail, const char *from, const char *to)
{
    if (from != NULL && to != NULL)
        g_string_replace(mail, from, to, 0);
}

static GBytes *dressed(const struct drill_wish *wish, GBytes *raw, const char *account)
{
    gsize size;
    const char *bytes = g_bytes_get_data(raw, &size), *end = bytes + size;
    GString *mail = g_string_new(NULL);
    bool inside = true, replaced = false;
    add_header(mail, wish);
    while (bytes < end) {
        const char *next = memchr(bytes, '\n', (size_t)(end - bytes));
        next = next != NULL ? next + 1 : end;
        inside = inside && bytes[0] != '\n' && !(bytes[0] == '\r' && next - bytes == 2);
        g_autofree char *line = g_strndup(bytes, (size_t)(next - bytes));
        if (inside && bytes[0] != ' ' && bytes[0] != '\t')
            replaced = is_replaced(line);
        if (!inside || !replaced)
            g_string_append_len(mail, bytes, next - bytes);
        bytes = next;
    }
    put_account(mail, account, wish->account);
    return g_string_free_to_bytes(mail);
}

/* ---- trying ---- */

/* Whether the rule decides it; *account: whose the mail is, NULL where it names none or several. */
static bool is_decided(const struct drill_wish *wish, GBytes *raw, char **account, char **by)
{
    const struct decide_drill drill = {.by = "drill", .account = NULL, .operators = true};
    const struct decide_request request = {.arrival = wish->now, .drill = &drill};
    struct decided decided = {0};
    g_autoptr(message) message = message_new(raw, wish->limits);
    rule_set_decide(wish->set, message, &request, &decided);
    const char *rule = json_text(decided.decision, "rule");
    bool good = g_strcmp0(rule, wish->rule) == 0;
    g_free(*account);
    *account = g_strdup(json_text(decided.decision, "account"));
    if (!good) {
        g_free(*by);
        *by = g_strdup(rule != NULL ? rule : "no rule");
    }
    decided_clear(&decided);
    return good;
}

/* The mail as it shall be sent, or NULL. Takes raw. */
static GBytes *tried(const struct drill_wish *wish, GBytes *raw, char **by)
{
    g_autofree char *account = NULL;
    g_autoptr(GBytes) found = raw, plain = raw != NULL ? dressed(wish, raw, NULL) : NULL;
    if (plain == NULL || g_bytes_get_size(plain) > MAIL_MOST || !is_decided(wish, plain, &account, by))
        return NULL;
    g_autoptr(GBytes) own = dressed(wish, found, account);
    return is_decided(wish, own, &account, by) ? g_steal_pointer(&own) : NULL;
}

static GBytes *of_tests(const struct drill_wish *wish, char **by)
{
    GBytes *found = NULL;
    json_t *test;
    for (lua_Integer i = 1; found == NULL && (test = test_declared(wish->set->sandbox, i)) != NULL; i++) {
        g_autofree char *problem = NULL;
        if (g_strcmp0(json_text(json_object_get(test, "expect"), "rule"), wish->rule) == 0)
            found = tried(wish, test_mail(wish->snapshot, test, wish->limits, &problem), by);
        json_decref(test);
    }
    return found;
}

static const struct rule *find_rule(const struct rule_set *set, const char *id)
{
    for (guint i = 0; i < set->rules->len; i++) {
        const struct rule *rule = set->rules->pdata[i];
        if (strcmp(rule->id, id) == 0)
            return rule;
    }
    return NULL;
}

static char *unknown(const struct drill_wish *wish)
{
    g_autoptr(json_t) ids = json_array();
    for (guint i = 0; i < wish->set->rules->len; i++)
        json_array_append_new(ids, json_string(((const struct rule *)wish->set->rules->pdata[i])->id));
    const char *near = nearest_name(ids, NULL, wish->rule);
    return near != NULL ? g_strdup_printf("there is no rule '%s'; did you mean '%s'?", wish->rule, near)
                        : g_strdup_printf("there is no rule '%s'; awsift rules lists them", wish->rule);
}

static GBytes *find_mail(const struct drill_wish *wish, const struct rule *rule, char **by)
{
    if (g_bytes_get_size(wish->given) > 0)
        return tried(wish, g_bytes_ref(wish->given), by);
    GBytes *found = of_tests(wish, by);
    for (unsigned variant = 0; found == NULL && variant < VARIANTS; variant++)
        found = tried(wish, review_sample(wish->set, rule, variant), by);
    return found;
}

json_t *drill_make(const struct drill_wish *wish)
{
    const struct rule *rule = find_rule(wish->set, wish->rule);
    g_autofree char *by = NULL, *problem = NULL;
    g_autoptr(GBytes) mail = rule != NULL ? find_mail(wish, rule, &by) : NULL;
    if (rule == NULL)
        problem = unknown(wish);
    else if (mail == NULL && !rule->final)
        problem = g_strdup_printf("rule '%s' has final = false: it adds to others, and decides no mail",
                                  wish->rule);
    else if (mail == NULL && rule->shadow)
        problem = g_strdup_printf("rule '%s' is in shadow: it decides, and does nothing", wish->rule);
    else if (mail == NULL)
        problem = g_strdup_printf(
            "no mail can be made that rule '%s' decides%s%s; give one with --mail FILE, or "
            "write a test for it",
            wish->rule, by != NULL ? ": what was tried is decided by " : "", by != NULL ? by : "");
    if (problem != NULL)
        return json_pack("{s:o, s:b}", "error", json_text_new(problem), "unmade",
                         rule != NULL && rule->final && !rule->shadow);
    gsize size;
    const guchar *bytes = g_bytes_get_data(mail, &size);
    g_autofree char *encoded = g_base64_encode(bytes, size);
    return json_pack("{s:s}", "mail", encoded);
}
