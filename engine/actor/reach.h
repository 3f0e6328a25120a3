/* Where a request may go: into the internet, and to the hosts of one's own network that are named. */
#pragma once
#include <stdbool.h>
#include <jansson.h>
#include <sys/socket.h>

struct reach;
/* allowed: names, addresses and ranges (10.0.0.0/8) as http { private = { … } } has them; NULL: none. */
struct reach *reach_new(const json_t *allowed);
void reach_free(struct reach *reach);
/* NULL where a request for the host, as its URL names it, may go to that address; else what kind of address
 * it is: "a private address". */
const char *reach_refusal(const struct reach *reach, const char *host, const struct sockaddr *address);
/* The same for a host that is an address itself, or localhost; NULL for another name, which says nothing. */
const char *reach_refusal_of_literal(const struct reach *reach, const char *host);
/* Whether the host is among those that are allowed, as name or as address. */
bool reach_is_named(const struct reach *reach, const char *host);
/* The reason for whoever reads the record: host, address, and what to write if it is meant. The caller frees.
 */
char *reach_explain(const char *host, const struct sockaddr *address, const char *kind);
