/* Shared by the files of composing alone. */
#pragma once
#include "mail/compose.h"

/* Stands where the sender's address cannot be written. */
#define COMPOSE_NOBODY "awsift@localhost"

/* name: ASCII. The value is folded, or encoded where it has to be. */
void compose_append_header(GString *out, const char *name, const char *value);
void compose_append_from(GString *out, const struct outgoing *outgoing);
void compose_append_recipients(GString *out, const struct outgoing *outgoing);
void compose_append_message_id(GString *out, const char *id);
void compose_append_date(GString *out, int64_t date);
