/* engine.where, engine.find and engine.keys: the places of what rule files declare. */
#pragma once
#include "rules/source.h"

#include <lua.h>

/* where(level): file and line of the caller's caller that is a rule file. */
int lua_place_where(lua_State *lua);
/* find(file, place, keys, text, skipped): line and column of what stands in the statement at place = { line,
 * column, word, name } (source.h); nothing when the file is not known. */
int lua_place_find(lua_State *lua);
/* twice(file, place): a key that stands twice in one table of the statement, with line and column of the
 * second one; nothing when none does. */
int lua_place_twice(lua_State *lua);
/* keys(file, line): the keys ["…"] that stand in a rule file from that line on, each with { line, column } of
 * its first one. */
int lua_place_keys(lua_State *lua);
/* The same for what the engine finds wrong with the files of the state's snapshot. */
struct source_place lua_place_of(lua_State *lua, const char *file, const struct source_want *want);
/* A file outside the snapshot, in whose text places are looked up, too. */
void lua_place_know(lua_State *lua, const char *file, const char *bytes, size_t size);
