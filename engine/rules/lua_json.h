/* Values between Lua and JSON. */
#pragma once
#include <jansson.h>
#include <lua.h>

/* Pushes a JSON value as tables, texts, numbers, booleans; null is nil. May raise (out of memory). */
void lua_json_push(lua_State *lua, const json_t *value);
/* Reads the value at index with raw access; a table with [1], or an empty one, is a list, else an object.
 * Functions and what is nested more than 16 deep become null. NULL only when out of memory. Does not raise.
 */
json_t *lua_json_read(lua_State *lua, int index);
/* The same for what is sent, up to 64 deep: NULL when it would be cut: it is deeper, a million values, or 64
 * MiB. */
json_t *lua_json_read_sent(lua_State *lua, int index);
/* The same for what a rule's function yielded: NULL when that is more than 10,000 values or 4 MiB. */
json_t *lua_json_read_result(lua_State *lua, int index);
/* The same for what must not be cut: NULL when it has as many values as `most`, or more. */
json_t *lua_json_read_all(lua_State *lua, int index, int most);
