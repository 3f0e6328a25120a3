/* Shared by sandbox.c and sandbox_load.c alone. */
#pragma once
#include "rules/budget.h"
#include "rules/sandbox.h"

struct sandbox {
    lua_State *lua;
    const struct snapshot *snapshot;
    struct sandbox_options options;
    struct budget budget;
    bool loaded;
    int globals, declarations, finish, contacts_csv; /* references in the registry */
};

/* The message of any error object, without calling its metamethods. The caller frees. */
char *sandbox_error_text(lua_State *lua, int index);
