/* Shared by the files of composing alone. */
#pragma once
#include "mail/compose.h"

/* Stands where the sender's address cannot be written. */
#define COMPOSE_NOBODY "awsift@localhost"

void compose_append_recipients(GString *out, const struct outgoing *outgoing);
void compose_append_message_id(GString *out, const char *id);
