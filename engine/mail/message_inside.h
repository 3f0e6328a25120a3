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
    char *loose;      /* what stood in a multipart without parts; NULL when there is none */
    char *plain, *html, *text;
    bool plain_sought, html_sought;
    unsigned decoded, nesting; /* parts that were decoded; mails around this one */
};

struct part_content {
    GMimeObject *object; /* of `whole` */
    bool decoded;
    size_t size;
    char *text;
    struct message *message; /* NULL until asked */
};

/* Walks the structure; fills parts. */
void parts_read(struct message *message);
void part_free(void *part);
GMimeMessage *message_parse(GByteArray *bytes);
/* What the body of the mail declares, in lower case; NULL when nothing. Raw bytes near it are likely the
 * same. */
char *message_charset(const struct message *message);
struct decode_faults;
void message_add_faults(struct message *message, const struct decode_faults *faults);
GPtrArray *addresses_parse(struct message *message, const char *raw);
