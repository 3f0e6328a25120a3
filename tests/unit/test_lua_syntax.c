/* Where Lua stumbled: which of several equal tokens of a line it was. */
#include "rules/lua_syntax.h"

#include <glib.h>
#include <lauxlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void column_is(const char *text, int line, int column)
{
    lua_State *lua = luaL_newstate();
    assert_int_not_equal(luaL_loadbufferx(lua, text, strlen(text), "=x", "t"), LUA_OK);
    int got = lua_syntax_column(lua, text, strlen(text), line, lua_tostring(lua, -1));
    if (got != column)
        fail_msg("%.60s: %d", text, got);
    assert_int_equal(lua_gettop(lua), 1);
    lua_close(lua);
}

static void the_token_is_found(void **state)
{
    column_is("x = { 1, 2, 3, , 4, 5 }", 1, 16);
    column_is("local x = = 1", 1, 11);
    column_is("\nx = { a = 1 b = 2 }", 2, 13);
    column_is("x = { 'a', \"b\n }", 1, 12);
    column_is("x = { 'a, b', , }", 1, 15);
    column_is("x = { 'あ', , }", 1, 12);
    column_is("x = {", 1, 1);
}

/* As a program writes its data: every comma is looked at, and few of them are tried. */
static void a_long_line_is_no_matter(void **state)
{
    g_autoptr(GString) text = g_string_new("x = { ");
    for (int i = 0; i < 30000; i++)
        g_string_append(text, "{ name = \"x\", y = 1 }, ");
    int column = (int)text->len + 1;
    g_string_append(text, ", }");
    column_is(text->str, 1, column);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_token_is_found),
                                       cmocka_unit_test(a_long_line_is_no_matter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
