/* Who speaks, judged by more than the headers: signs of deception, and the rule that matched. */
#pragma once
#include "rules/reading.h"

/* Looks for signs of deception, which makes a claim that nothing proves a forgery. Parses the body. */
void speaker_weigh_signs(struct reading *reading);
/* Whether the rule cannot be the one for this mail, since it is for AWS's word and the mail is proven to be
 * somebody else's at Amazon. */
bool speaker_is_another(const struct reading *reading, const struct rule *rule);
/* A stranger for whom a rule speaks that is for AWS's word (NULL: none does) claims to be AWS. */
void speaker_weigh_rule(struct reading *reading, const struct rule *rule);
