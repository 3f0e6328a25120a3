/* The decision that a person's word makes of a mail which nobody read. It has no rule, no account and no
 * proof, and so goes to the operators alone: whoever looks at the attached original decides what comes of it.
 * It is pure: the same row, category and name give the same decision. */
#include "keeper/release.h"
#include "base/json.h"
#include "base/times.h"

/* One text for everybody: no language is known of this mail, and the operators' is the actors' to know. */
static char *note_of(const json_t *row, const char *category, const char *by)
{
    return g_strdup_printf(
        "awsift could not read this mail, and set it aside (%s). %s looked at it and filed it as %s. Nobody else "
        "was told of it. The original is attached, as it came: open it with care.\n\n"
        "awsift はこのメールを読み取れず、別に保管していました (%s)。%s が確認し、%s として保管しました。ほかの宛先には"
        "通知していません。原本を届いたまま添付します。取り扱いに注意して開いてください。",
        json_text_or(row, "reason", "?"), by, category, json_text_or(row, "reason", "?"), by, category);
}

static json_t *action_of(const json_t *row, const char *category, const char *by, const char *subject)
{
    g_autofree char *text = note_of(row, category, by);
    return json_pack("[{s:s, s:{s:s, s:s, s:o}}]", "action", "forward", "args", "to", "operators", "subject",
                     subject, "text", json_text_new(text));
}

static json_t *decision_of(const json_t *row, const char *category, const char *by, const char *subject)
{
    return json_pack(
        "{s:n, s:s, s:n, s:n, s:s, s:n, s:s, s:s, s:n, s:n, s:{}, s:{}, s:[], s:o, s:n, s:{s:s, s:n, s:[], s:n, s:n,"
        " s:n, s:[s]}, s:[s], s:[]}",
        "message_id", "subject", subject, "from", "date", "category", category, "rule", "certainty", "none",
        "priority", "normal", "account", "service", "found", "notice", "tags", "actions",
        action_of(row, category, by, subject), "near", "auth", "verdict", "unproven", "server", "dkim", "spf",
        "dmarc", "aligned", "reasons", "nothing of it was read", "defects", "unreadable", "errors");
}

static json_t *context_of(const char *category, const char *subject, int64_t arrived)
{
    g_autofree char *when = time_format(arrived);
    return json_pack(
        "{s:n, s:s, s:n, s:{s:n, s:n}, s:s, s:s, s:s, s:s, s:s, s:n, s:n, s:n, s:s, s:s, s:n, s:n, s:n, s:{}, s:{},"
        " s:[s], s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:[], s:s}",
        "message_id", "subject", subject, "date", "from", "name", "address", "arrived", when, "category",
        category, "category_title", category, "category_title_en", category, "priority", "normal", "account",
        "contact", "rule", "verdict", "unproven", "certainty", "none", "service", "advice", "near", "notice",
        "found", "reasons", "nothing of it was read", "answer", "held", "group", "people", "contact_group",
        "silenced", "deduping_id", "drill", "shadow", "text", "");
}

json_t *release_body(const json_t *row, const char *category, const char *by, int64_t arrived)
{
    g_autofree char *subject =
        g_strdup_printf("[awsift] mail %" G_GINT64_FORMAT " that could not be read: %s",
                        (gint64)json_number(row, "id", 0), category);
    return json_pack("{s:s, s:n, s:n, s:I, s:o, s:o}", "sha256", json_text_or(row, "sha256", ""),
                     "body_sha256", "recipient", "size", (json_int_t)json_number(row, "size", 0), "decision",
                     decision_of(row, category, by, subject), "context",
                     context_of(category, subject, arrived));
}
