/* Noting and putting back. A note is a list of objects (tables and functions) that can be reached from a
 * rule's function, each with its entry: a shallow copy of the table and its metatable, or the values of the
 * function's upvalues. Entries are shared between rules, so a large table is copied once. Functions of the
 * shipped scripts and frozen tables are not looked into: rules cannot change what those hold.
 *
 * The walk goes in a fixed order (upvalues, then 1 … n, then texts by byte order), so that an object has the
 * same name in every process. What cannot be put back is the place of an iterator of string.gmatch: one that
 * was made outside a function is refused. Everything here uses raw access and runs protected. */
#include "rules/lasting.h"
#include "base/guard.h"

#include <lauxlib.h>
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOTES "awsift.lasting"   /* in the registry: reference -> note */
#define ENTRIES "awsift.entries" /* object -> entry */
#define IGNORED "awsift.ignored" /* table -> true */
enum { NOTE_OBJECTS = 1, NOTE_NAMES, NOTE_ENTRIES, ENTRY_VALUES = 1, ENTRY_METATABLE };

void lasting_ignore(lua_State *lua)
{
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, IGNORED);
    lua_pushvalue(lua, -2);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, -3);
    lua_pop(lua, 1);
}

static bool is_shipped(lua_State *lua, int function)
{
    lua_Debug debug;
    lua_pushvalue(lua, function);
    return lua_getinfo(lua, ">S", &debug) && g_str_has_prefix(debug.source, "@awsift/");
}

static bool has_upvalues(lua_State *lua, int function)
{
    bool has = lua_getupvalue(lua, function, 1) != NULL;
    lua_pop(lua, has ? 1 : 0);
    return has;
}

/* The stack while walking. */
enum { ROOT = 1, NOTE, OBJECTS, NAMES, SEEN, IGNORE, WALK_SLOTS = IGNORE };

/* Queues the value on top of the stack, which is popped, when it can hold something that changes. */
static void queue(lua_State *lua, const char *name)
{
    int value = lua_gettop(lua);
    bool wanted = lua_istable(lua, value) || lua_isfunction(lua, value);
    if (wanted && lua_isfunction(lua, value))
        wanted = has_upvalues(lua, value) && !is_shipped(lua, value);
    for (int known = SEEN; wanted && known <= IGNORE; known++) {
        lua_pushvalue(lua, value);
        wanted = lua_rawget(lua, known) == LUA_TNIL;
        lua_pop(lua, 1);
    }
    if (wanted) {
        lua_Integer next = (lua_Integer)lua_rawlen(lua, OBJECTS) + 1;
        lua_pushvalue(lua, value);
        lua_rawseti(lua, OBJECTS, next);
        lua_pushstring(lua, name);
        lua_rawseti(lua, NAMES, next);
        lua_pushvalue(lua, value);
        lua_pushboolean(lua, 1);
        lua_rawset(lua, SEEN);
    }
    lua_settop(lua, value - 1);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Queues what the texts of a table lead to, by byte order. In a file's globals each has a name of its own. */
static void queue_named(lua_State *lua, int table, const char *name, bool is_globals)
{
    /* No GLib memory is held while Lua may raise: the array is of Lua's. */
    size_t count = 0, filled = 0;
    for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1))
        count += lua_type(lua, -2) == LUA_TSTRING;
    const char **keys = lua_newuserdatauv(lua, (count + 1) * sizeof *keys, 0);
    for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TSTRING)
            keys[filled++] = lua_tostring(lua, -2); /* lives as long as its table has it */
    qsort(keys, count, sizeof *keys, compare_texts);
    for (size_t i = 0; i < count; i++) {
        lua_pushstring(lua, keys[i]);
        lua_rawget(lua, table);
        queue(lua, is_globals ? keys[i] : name);
    }
    lua_pop(lua, 1);
}

static void queue_table(lua_State *lua, int table, const char *name)
{
    size_t length = lua_rawlen(lua, table);
    for (size_t i = 1; i <= length; i++) {
        lua_rawgeti(lua, table, (lua_Integer)i);
        queue(lua, name);
    }
    queue_named(lua, table, name, strcmp(name, "_ENV") == 0);
    for (lua_pushnil(lua); lua_next(lua, table) != 0;) {
        queue(lua, name);
        lua_pushvalue(lua, -1);
        queue(lua, name); /* a table may be a key */
    }
    if (lua_getmetatable(lua, table))
        queue(lua, name);
}

static void queue_upvalues(lua_State *lua, int function)
{
    const char *name;
    for (int i = 1; (name = lua_getupvalue(lua, function, i)) != NULL; i++) {
        if (lua_iscfunction(lua, function) && lua_type(lua, -1) == LUA_TUSERDATA)
            luaL_error(lua,
                       "an iterator of string.gmatch is kept outside a function and would go on from mail "
                       "to mail: call string.gmatch inside the function");
        queue(lua, name[0] != '\0' ? name : "iterator");
    }
}

/* Pushes a new entry for the object at the index. */
static void push_entry(lua_State *lua, int object)
{
    lua_createtable(lua, 2, 0); /* -> entry */
    lua_newtable(lua);          /* -> entry, values */
    if (lua_istable(lua, object)) {
        for (lua_pushnil(lua); lua_next(lua, object) != 0;) { /* -> entry, values, key, value */
            lua_pushvalue(lua, -2);
            lua_insert(lua, -2);
            lua_rawset(lua, -4);
        }
        if (lua_getmetatable(lua, object))
            lua_rawseti(lua, -3, ENTRY_METATABLE);
    } else {
        for (int i = 1; lua_getupvalue(lua, object, i) != NULL; i++)
            lua_rawseti(lua, -2, i);
    }
    lua_rawseti(lua, -2, ENTRY_VALUES);
}

/* value -> note, or nil when nothing that runs is reached: plain data cannot change itself. */
static int take_note(lua_State *lua)
{
    lua_createtable(lua, 3, 0);
    for (int i = OBJECTS; i <= SEEN; i++)
        lua_newtable(lua);
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, IGNORED);
    lua_newtable(lua);
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, ENTRIES); /* -> …, entries of the note, all entries */
    const int entries = WALK_SLOTS + 1, all = WALK_SLOTS + 2, object = WALK_SLOTS + 3;
    bool runs = false;
    lua_pushvalue(lua, ROOT);
    queue(lua, "actions");
    for (lua_Integer i = 1; lua_rawgeti(lua, OBJECTS, i) != LUA_TNIL; i++) {
        lua_rawgeti(lua, NAMES, i); /* -> object, name */
        const char *name = lua_tostring(lua, -1);
        runs = runs || lua_isfunction(lua, object);
        if (lua_istable(lua, object))
            queue_table(lua, object, name);
        else
            queue_upvalues(lua, object);
        lua_pushvalue(lua, object);
        if (lua_rawget(lua, all) == LUA_TNIL) {
            lua_pop(lua, 1);
            push_entry(lua, object);
            lua_pushvalue(lua, object);
            lua_pushvalue(lua, -2);
            lua_rawset(lua, all);
        }
        lua_rawseti(lua, entries, i);
        lua_settop(lua, object - 1);
    }
    if (!runs)
        return 0;
    lua_settop(lua, entries);
    lua_rawseti(lua, NOTE, NOTE_ENTRIES);
    lua_pushvalue(lua, NAMES);
    lua_rawseti(lua, NOTE, NOTE_NAMES);
    lua_pushvalue(lua, OBJECTS);
    lua_rawseti(lua, NOTE, NOTE_OBJECTS);
    lua_pushvalue(lua, NOTE);
    return 1;
}

char *lasting_keep(lua_State *lua, int reference)
{
    if (reference < 0 || !guard_stands("lasting"))
        return NULL;
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, NOTES);
    lua_pushcfunction(lua, take_note);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
    if (lua_pcall(lua, 1, 1, 0) == LUA_OK) {
        lua_rawseti(lua, -2, reference);
        lua_pop(lua, 1);
        return NULL;
    }
    char *why = g_strdup(lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "it cannot be noted");
    lua_pop(lua, 2);
    return why;
}

/* Whether the two values on top of the stack are the same, 1 and 1.0 told apart, NaN being itself. */
static bool same_values(lua_State *lua)
{
    if (lua_type(lua, -1) != lua_type(lua, -2) || lua_isinteger(lua, -1) != lua_isinteger(lua, -2))
        return false;
    bool nan = lua_type(lua, -1) == LUA_TNUMBER && !lua_rawequal(lua, -1, -1) && !lua_rawequal(lua, -2, -2);
    return nan || lua_rawequal(lua, -1, -2);
}

/* The stack while putting back; CHANGED is a set of names. */
enum { NOTED = 1, CHANGED, OBJECT, NAME, VALUES, METATABLE };

static void mark_changed(lua_State *lua, const char *name)
{
    lua_pushstring(lua, name);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, CHANGED);
}

static void restore_upvalues(lua_State *lua)
{
    const char *name;
    for (int i = 1; (name = lua_getupvalue(lua, OBJECT, i)) != NULL; i++) {
        lua_rawgeti(lua, VALUES, i);
        if (same_values(lua)) {
            lua_pop(lua, 2);
            continue;
        }
        mark_changed(lua, name[0] != '\0' ? name : lua_tostring(lua, NAME));
        lua_setupvalue(lua, OBJECT, i);
        lua_pop(lua, 1);
    }
}

/* The key is on top of the stack. */
static void mark_key(lua_State *lua)
{
    const char *name = lua_tostring(lua, NAME);
    bool is_global = strcmp(name, "_ENV") == 0 && lua_type(lua, -1) == LUA_TSTRING;
    mark_changed(lua, is_global ? lua_tostring(lua, -1) : name);
}

static void restore_table(lua_State *lua)
{
    for (lua_pushnil(lua); lua_next(lua, OBJECT) != 0; lua_pop(lua, 1)) { /* what is new goes */
        lua_pushvalue(lua, -2);
        bool is_new = lua_rawget(lua, VALUES) == LUA_TNIL;
        lua_pop(lua, 2);
        if (is_new) {
            mark_key(lua);
            lua_pushvalue(lua, -1);
            lua_pushnil(lua);
            lua_rawset(lua, OBJECT);
        }
        lua_pushnil(lua); /* for the loop's pop */
    }
    for (lua_pushnil(lua); lua_next(lua, VALUES) != 0;) { /* -> key, value */
        lua_pushvalue(lua, -2);
        lua_rawget(lua, OBJECT);
        bool same = same_values(lua);
        lua_pop(lua, 1);
        if (same) {
            lua_pop(lua, 1);
            continue;
        }
        lua_pushvalue(lua, -2);
        mark_key(lua);
        lua_insert(lua, -2); /* -> key, key, value */
        lua_rawset(lua, OBJECT);
    }
    if (!lua_getmetatable(lua, OBJECT))
        lua_pushnil(lua);
    bool same = lua_rawequal(lua, -1, METATABLE);
    lua_pop(lua, 1);
    if (same)
        return;
    mark_changed(lua, lua_tostring(lua, NAME));
    lua_pushvalue(lua, METATABLE);
    lua_setmetatable(lua, OBJECT);
}

/* note -> set of the names of what had changed */
static int put_back(lua_State *lua)
{
    lua_newtable(lua); /* CHANGED */
    for (lua_Integer i = 1;; i++) {
        static const int parts[] = {NOTE_OBJECTS, NOTE_NAMES, NOTE_ENTRIES};
        for (size_t part = 0; part < G_N_ELEMENTS(parts); part++) {
            lua_rawgeti(lua, NOTED, parts[part]);
            lua_rawgeti(lua, -1, i);
            lua_remove(lua, -2);
        } /* -> object, name, entry */
        if (lua_isnil(lua, OBJECT))
            break;
        lua_rawgeti(lua, VALUES, ENTRY_METATABLE);
        lua_rawgeti(lua, VALUES, ENTRY_VALUES);
        lua_replace(lua, VALUES);
        if (lua_istable(lua, OBJECT))
            restore_table(lua);
        else
            restore_upvalues(lua);
        lua_settop(lua, CHANGED);
    }
    lua_settop(lua, CHANGED);
    return 1;
}

/* The names in the set on top of the stack, which is popped. */
static char *names_of(lua_State *lua)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (lua_pushnil(lua); lua_next(lua, -2) != 0; lua_pop(lua, 1))
        g_ptr_array_add(names, g_utf8_make_valid(lua_tostring(lua, -2), -1));
    lua_pop(lua, 1);
    g_ptr_array_sort(names, compare_texts);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s'%s'", i > 0 ? ", " : "", (const char *)names->pdata[i]);
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

char *lasting_restore(lua_State *lua, int reference)
{
    if (lua_getfield(lua, LUA_REGISTRYINDEX, NOTES) != LUA_TTABLE) {
        lua_pop(lua, 1);
        return NULL;
    }
    bool noted = lua_rawgeti(lua, -1, reference) == LUA_TTABLE;
    lua_remove(lua, -2);
    if (!noted) {
        lua_pop(lua, 1);
        return NULL;
    }
    lua_pushcfunction(lua, put_back);
    lua_insert(lua, -2);
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK)
        g_error("rules: what a rule remembered cannot be put back: %s", lua_tostring(lua, -1));
    return names_of(lua);
}
