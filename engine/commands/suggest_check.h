/* Whether suggestions hold: tried in a decider before they are shown. */
#pragma once
#include "commands/suggest_mails.h"

/* Sets of each suggestion "sound" (its rule loads and its own test passes), "verified" (and it takes all of
 * its mails, and none that another rule decides) and "problems", texts for people. False after an error was
 * printed that kept it from finding out. */
bool suggest_check(json_t *suggestions, struct suggest_mails *mails, const struct common_options *common);
