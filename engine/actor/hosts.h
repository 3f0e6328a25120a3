/* Which host each destination is on, so that the keeper can pace what goes there: an address may be a secret,
 * its host is not. */
#pragma once
#include <jansson.h>

/* {"channel NAME": host, "webhook NAME": host, "mail": host}: of those whose address names one. The caller
 * owns it. */
json_t *hosts_of(const json_t *config);
