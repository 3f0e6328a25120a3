/* What actions may do, as if it blocked: the globals of acting.
 *
 *   http.post { url, body | json, headers, timeout }  -> { status, headers, body, retry_after }, or nil and
 * why not. timeout in seconds, default 30. retry_after: seconds, nil when not said http.get { url, headers,
 * timeout }               the same sleep(seconds)                0 to 60 secret "name"                 from
 * $AWSIFT_SECRET_NAME or the file name in $CREDENTIALS_DIRECTORY; an error when there is none
 *   json.encode(value), json.decode(text)
 *   log.info(text), log.warning(text)
 *   retry(why, after)             ends the action: to be tried again, not before `after` seconds when given
 *   fail(why)                     ends the action: dead
 *   outbox.deliver { to = { address }, subject, text, headers, original, unless_large }  a mail with the
 * original attached, into the outbox Maildir, or over the post to each of them by an action of its own
 *   store.file { folder }         a copy of the original into a Maildir of the store
 *   config                        the configuration (no secrets are in it) */
#pragma once
#include <lua.h>

struct actor;
/* A lua_CFunction for sandbox_options.extend. */
int lua_act_extend(lua_State *lua);
void lua_act_set_actor(struct actor *actor); /* one a process */
