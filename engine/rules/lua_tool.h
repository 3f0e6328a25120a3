/* Shipped Lua as a tool of a command: a module of scripts/awsift that works on data alone. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* require "MODULE".FUNCTION(first, second) in a sandbox of its own, with the safe globals of rule files; null
 * is nil. Returns what it returned, or NULL with an error; then nothing else happened. The caller owns it. */
json_t *lua_tool_call(const char *module, const char *function, const json_t *first, const json_t *second,
                      GError **error);
