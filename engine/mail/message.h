/* One mail as rules see it. Nothing is decoded before it is asked for; the body is not parsed before a
 * function that needs it is called. All text returned is valid UTF-8 without NUL, borrowed, and lives as long
 * as the message. Fed with hostile bytes: limits are enforced on the raw bytes before GMime sees them. */
#pragma once
#include "base/limits.h"

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

struct message;
typedef struct message message;

struct address {
    char *name;    /* decoded display name, "" when none */
    char *address; /* addr-spec; the domain in lower case A-label form */
};

struct part_content;

struct part {
    char *type;                /* lower case, text/plain when absent */
    char *charset;             /* as declared, lower case, or NULL */
    char *disposition;         /* lower case or NULL */
    char *filename;            /* decoded or NULL */
    bool flowed, delete_space; /* format=flowed and DelSp=yes (RFC 3676); text is as it came */
    struct part_content *content;
};

/* Before the first message: GMime, and every charset converter opened and kept. Idempotent. */
void mail_start(void);

struct message *message_new(GBytes *raw, const struct limits *limits);
void message_free(struct message *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(message, message_free)

const char *message_subject(struct message *message); /* first Subject, decoded, one line; "" when none */
const char *message_id(struct message *message);      /* inside the <>, NULL when none */
const struct address *message_from(
    struct message *message); /* first usable of the first From, NULL when none */
/* Every address of the header fields of that name ("From", "To", "Cc", "Reply-To", …); of struct address. */
GPtrArray *message_addresses(struct message *message, const char *header);
/* ms; the first Date. false when there is none that can be read. */
bool message_date(struct message *message, int64_t *date);
/* The same, but the topmost Received where the Date is missing, or absurd: before 1990, or more than three
 * days after that Received. Good for showing, never for proving: whoever sent the mail leaves out a Date. */
bool message_best_date(struct message *message, int64_t *date);
/* A date as RFC 5322 writes it, and as mailers do; UTC where it names no zone. false outside 1900 to 2100. */
bool message_parse_date(const char *text, int64_t *date);
/* The n-th field of that name from the top, decoded, unfolded; NULL past the end. Content-* fields too. */
const char *message_header(struct message *message, const char *name, unsigned n);
const char *message_header_raw(struct message *message, const char *name, unsigned n);
/* All fields in order; name as written, NULL past the end. */
const char *message_header_at(struct message *message, unsigned index, const char **value, const char **raw);

/* These parse the body. */
const GPtrArray *message_parts(struct message *message); /* of struct part, leaves depth-first */
/* These decode the part. */
size_t message_part_size(struct message *message, const struct part *part);      /* decoded bytes */
const char *message_part_text(struct message *message, const struct part *part); /* text/ leaves: UTF-8 with
                                                                                   LF; else NULL */
/* What a person is shown of it; NULL where it is no text, a file, or shows nothing. */
const char *message_part_shown(struct message *message, const struct part *part);
/* The links that are seen in its HTML, of struct anchor (text.h); NULL when it has none. */
const GPtrArray *message_part_anchors(struct message *message, const struct part *part);
/* Its first decoded bytes, not more than a few hundred. */
const char *message_part_head(struct message *message, const struct part *part, size_t *length);
/* Whether it comes as a file beside the text. */
bool message_part_is_file(struct message *message, const struct part *part);
/* The mail in a message/rfc822 part, whatever its transfer encoding; it lives as long as this one. NULL for
 * other parts, and for a mail in a mail in a mail. */
struct message *message_part_message(struct message *message, const struct part *part);
/* The first part with text that is text/plain, or text/html (as a person reads it), and no file; NULL when
 * there is none. */
const char *message_plain(struct message *message);
const char *message_html(struct message *message);
/* What rules match on, which is what a person is shown: plain text, else HTML of alternatives, and all other
 * parts of text that are no files, in order; LF lines. */
const char *message_text(struct message *message);
/* True once the body was parsed (it is lazy). */
bool message_is_whole(const struct message *message);
/* How many parts have been decoded. */
unsigned message_decoded(const struct message *message);

/* Stable words for what was wrong: "header-too-long", "too-many-parts", "nul-in-header", "duplicate-from",
 * "charset-unknown", "invalid-utf8", "bidi-control", "zero-width", … Sorted, unique; array of strings.
 * Grows when the body is parsed. The caller owns the reference. */
json_t *message_defects(struct message *message);
/* The object of `inspect --json` without auth. */
json_t *message_inspect(struct message *message);
