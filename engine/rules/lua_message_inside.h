/* Inside of lua_message*.c alone. */
#pragma once
#include "rules/reading.h"

#include <lauxlib.h>

/* The userdata of a mail, with two user values: what was read of it already, and the userdata of the
 * outermost mail. Of that one alone `reading` is set, until the mail's turn ends. */
struct message_box {
    struct reading *reading;
    struct message *message;
    struct message_box *outermost;
};

/* The mail at that index; raises when it is none or is no longer available. */
struct message_box *lua_message_check(lua_State *lua, int index);
/* Pushes a mail that stands in the one at that index. */
void lua_message_push_inner(lua_State *lua, int index, struct message *message);
/* lua_message_parts.c. They push one table each; the mail is at index 1. */
void lua_message_push_parts(lua_State *lua, struct message *message);
void lua_message_push_attachments(lua_State *lua, struct message *message);
/* lua_message_headers.c */
void lua_message_push_headers(lua_State *lua, struct message *message);
void lua_message_push_raw_headers(lua_State *lua, struct message *message);
void lua_message_push_addresses(lua_State *lua, struct message *message, const char *header);
void lua_message_push_ids(lua_State *lua, struct message *message, const char *header);
