/* The verdict of the headers is the first word, not the last. Proof comes before signs: a proven mail stays
 * what it is, and the signs stand in its defects and reasons. What is not proven has to do without them: AWS
 * sends none. Of a stranger that claims nothing, links that imitate AWS's are a claim. */
#include "rules/speaker.h"
#include "rules/account.h"
#include "base/json.h"
#include "mail/auth.h"
#include "mail/deception.h"

#include <string.h>

static void add_tag(struct reading *reading, const char *name)
{
    size_t index;
    json_t *tag;
    json_array_foreach(reading->tags, index, tag)
        if (strcmp(json_string_value(tag), name) == 0)
            return;
    json_array_append_new(reading->tags, json_string(name));
}

void speaker_weigh_signs(struct reading *reading)
{
    struct auth *auth = reading->auth;
    json_t *reasons = json_object_get(auth->json, "reasons");
    bool claims = auth->claims && (!auth->amazon || auth->about_aws);
    unsigned signs = claims ? deception_read(reading->message, reading->set->links, reading->set->senders,
                                             account_recipient(reading), reasons)
                            : deception_read_imitation(reading->message, reading->set->links, reasons);
    if ((signs & DECEPTION_EXECUTABLE) != 0)
        add_tag(reading, "executable-attachment");
    bool proven = auth->verdict == AUTH_PROVEN || auth->amazon;
    if (signs != 0 && !proven && auth->verdict != AUTH_FORGED)
        auth_set_verdict(auth, AUTH_FORGED, "nothing proves that AWS speaks, and the mail deceives");
}

bool speaker_is_another(const struct reading *reading, const struct rule *rule)
{
    return reading->auth->amazon && !rule->any_speaker;
}

void speaker_weigh_rule(struct reading *reading, const struct rule *rule)
{
    struct auth *auth = reading->auth;
    bool aws_rule = rule != NULL && !rule->any_speaker;
    if (auth->verdict != AUTH_STRANGER || !aws_rule)
        return;
    auth_set_verdict(auth, AUTH_FORGED,
                     "reads as AWS's own from an address that is not AWS's: a forgery, or what a colleague "
                     "passes on or answers");
}
