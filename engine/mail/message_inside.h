/* Inside of mail/ only. */
#pragma once
#include "mail/message.h"

#include <gmime/gmime.h>

struct field {
    char *name, *value, *raw; /* value decoded */
    size_t raw_length;
};

struct message {
    GBytes *bytes; /* as limits_prepare gave them */
    struct limits limits;
    json_t *defects;
    GMimeMessage *header; /* of the header block alone */
    GPtrArray *fields;    /* of struct field */
    GPtrArray *from;      /* of struct address; NULL until asked */
    char *subject, *id;
    GMimeMessage *whole;
    GPtrArray *parts; /* NULL until asked */
    char *plain, *html, *text;
    bool plain_sought, html_sought;
    unsigned decoded, nesting; /* parts that were decoded; mails around this one */
    unsigned html_parts;       /* that were seen in the structure, and their bytes in the mail */
    size_t html_bytes;
};

struct part_content {
    GMimeObject *object; /* of `whole` */
    bool decoded;
    size_t size;
    char *text;
    bool alternative;   /* stands right in a multipart/alternative */
    bool simple;        /* of HTML: tags are left out, and that is all */
    bool shown_known;   /* what it shows was asked for; of a multipart without parts, what stood in it */
    char *shown;        /* NULL when it shows nothing */
    GPtrArray *anchors; /* of struct anchor, seen in its HTML; NULL when it has none */
    char head[256];     /* its first decoded bytes, once decoded */
    size_t head_length;
    struct message *message; /* NULL until asked */
};

/* Walks the structure; fills parts. */
void parts_read(struct message *message);
void part_free(void *part);
/* The part that the leaf became; NULL of what is no leaf, or beyond the limits. */
struct part *part_of(GMimeObject *object);
GMimeMessage *message_parse(GByteArray *bytes);
/* What the body of the mail declares, in lower case; NULL when nothing. Raw bytes near it are likely the
 * same. */
char *message_charset(const struct message *message);
struct decode_faults;
void message_add_faults(struct message *message, const struct decode_faults *faults);
GPtrArray *addresses_parse(struct message *message, const char *raw);
