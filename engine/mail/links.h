/* Where links lead, and whose hosts those are: what scripts/awsift/aws/links.lua knows. Read-only once built.
 */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

struct links;
typedef struct links links;
/* known: {aws, hosted, redirects, opaque, lures, executable, executable_types, pages}, each a list of texts.
 */
struct links *links_new(const json_t *known);
void links_free(struct links *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(links, links_free)

/* Whether the text stands in that list. */
bool links_list(const struct links *links, const char *list, const char *text);

enum host_owner {
    HOST_OTHER,
    HOST_AWS,    /* AWS's, or Amazon's */
    HOST_HOSTED, /* AWS's machine with a customer's content */
    HOST_OPAQUE  /* a server before the link, which alone knows where it leads */
};
/* host: in lower case A-labels. */
enum host_owner links_owner(const struct links *links, const char *host);

struct link_place {
    char *host, *user; /* lower case A-labels; what stands before "@", or NULL */
    char *path;        /* behind the host */
    bool secure;       /* https */
};
/* The place where a link leads, behind the servers that put themselves before it. false where it is none. */
bool links_place(const struct links *links, const char *link, struct link_place *place);
void link_place_clear(struct link_place *place);

/* In what way a host that is not AWS's passes itself off as one of its. */
enum host_likeness {
    HOST_UNLIKE,
    HOST_LIKE,    /* its words are AWS's */
    HOST_LETTERS, /* its letters look like AWS's and are others */
    HOST_IN_FRONT /* it has a whole name of AWS's in front */
};
enum host_likeness links_likeness(const struct links *links, const char *host);
/* Whether a name of AWS's stands somewhere in the text, in small letters: quick, for leaving out the rest. */
bool links_are_named(const struct links *links, const char *text);
/* The host that a person reads in a word that is a link or a host name; else NULL. The caller frees. */
char *links_shown_host(const char *text);
