/* Where actions post to, as the configuration says: what can be told before anything is posted. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Texts for people: secrets that are not set, hosts that will not be asked, what would cross the internet
 * readable, a CA that cannot be read. None has more of a URL than its host. The caller owns the list. */
GPtrArray *destinations_review(const json_t *config);
/* Keeps this process from saying what follows the host of a channel's or webhook's url. */
void destinations_conceal(const json_t *config);
