/* Telling of dead actions. What is alike is one alert an hour: what was to be done and where, and the kind of
 * failure, or, where that is not known, the reason itself. What tells the operators is not told of by the way
 * that failed; what tells them of awsift itself goes the next way, and nothing is told of that. Of a drill,
 * whoever drills sees it. */
#include "keeper/deaths.h"
#include "base/json.h"
#include "base/mask.h"
#include "ledger/alerts.h"
#include "wire/action.h"

/* The way to the operators that failed with it, NULL when none did. */
static const char *way_of(const struct ledger *ledger, const struct ledger_action *action)
{
    static const char *const mails[] = {"digest", "forward", "remind", NULL};
    bool by_mail = g_strv_contains(mails, action->action);
    if (by_mail && (action->message == 0 || g_strcmp0(json_text(action->args, "to"), "operators") == 0))
        return "mail";
    return ledger_alerts_use(ledger, json_text(action->args, "channel")) ? "chat" : NULL;
}

/* Without the address: it is one of many that the role has. */
static char *describe_all(const struct ledger_action *action)
{
    g_autoptr(json_t) args = json_copy(action->args);
    if (json_is_object(args))
        json_object_del(args, ACTION_RECIPIENT);
    return action_describe(action->action, args);
}

bool death_raise(struct ledger *ledger, const struct ledger_action *action, const char *failure,
                 const char *reason, int64_t now, GError **error)
{
    bool fresh;
    int64_t others = json_number(json_object_get(action->context, "gathered"), "count", 1) - 1;
    g_autofree char *with =
        others > 0 ? g_strdup_printf(" and %" G_GINT64_FORMAT " others", others) : g_strdup("");
    g_autofree char *what = describe_all(action),
                    *alike = failure != NULL ? g_strdup_printf("%s will not happen (%s): ", what, failure)
                                             : g_strdup_printf("%s will not happen: %s", what, reason),
                    *text = g_strdup_printf("%s%s (mail %" G_GINT64_FORMAT
                                            "%s); awsift list --dead names all that are dead, awsift retry"
                                            " tries them again once the cause is gone",
                                            alike, failure != NULL ? reason : "", action->message, with),
                    *masked_alike = mask_secrets(alike),
                    *masked = mask_secrets(text); /* the other side may answer with what it was told */
    bool alerts = json_object_get(action->args, ACTION_ALERT) != NULL,
         drilled = json_is_object(json_object_get(action->context, "drill"));
    const struct ledger_alert alert = {.kind = "dead-action",
                                       .text = masked,
                                       .alike = masked_alike,
                                       .without = way_of(ledger, action),
                                       .quiet = alerts || drilled};
    return ledger_alert_raise(ledger, &alert, now, &fresh, error) &&
           (!alerts || ledger_alert_redirect(ledger, action->args, now, error));
}
