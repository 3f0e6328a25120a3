/* What comes out of Lua as JSON is bounded, whatever a function built. */
#include "base/json.h"
#include "rules/lua_json.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
    const char *name, *chunk, *want; /* NULL: it is too much */
} cases[] = {
    {"values", "return { a = 1, b = { 'x', true, 1.5 } }", "{\"a\":1,\"b\":[\"x\",true,1.5]}"},
    {"a function", "return { a = print }", "{\"a\":null}"},
    {"no UTF-8", "return { ['\\xff'] = '\\xff' }", "{\"\xEF\xBF\xBD\":\"\xEF\xBF\xBD\"}"},
    {"a cycle", "local t = {} t[1], t[2] = t, t return t", NULL},
    {"many values", "local t = {} for i = 1, 20000 do t[i] = i end return t", NULL},
    {"one text in many places", "local x, t = ('x'):rep(100000), {} for i = 1, 1000 do t[i] = x end return t",
     NULL},
    {"one key in many tables",
     "local x, t = ('x'):rep(100000), {} for i = 1, 1000 do t[i] = { [x] = 1 } end return t", NULL},
};

static void results_are_bounded(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        lua_State *lua = luaL_newstate();
        luaL_openlibs(lua);
        assert_int_equal(luaL_dostring(lua, cases[i].chunk), LUA_OK);
        g_autoptr(json_t) value = lua_json_read_result(lua, -1);
        g_autofree char *got = value != NULL ? json_canonical(value) : NULL;
        if (g_strcmp0(got, cases[i].want) != 0)
            fail_msg("%s: %.200s", cases[i].name, got);
        assert_int_equal(lua_gettop(lua), 1);
        lua_close(lua);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(results_are_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
