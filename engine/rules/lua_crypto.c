/* crypto: what other services' APIs ask of who calls them, a signature and an encoding. */
#include "rules/lua_acting.h"
#include "base/secrecy.h"

#include <glib.h>

static int act_hmac_sha256(lua_State *lua)
{
    size_t key_size, size;
    const char *key = luaL_checklstring(lua, 1, &key_size), *text = luaL_checklstring(lua, 2, &size);
    char *hex =
        g_compute_hmac_for_data(G_CHECKSUM_SHA256, (const guchar *)key, key_size, (const guchar *)text, size);
    lua_pushstring(lua, hex);
    g_free(hex);
    return 1;
}

static int act_base64(lua_State *lua)
{
    size_t size;
    const char *text = luaL_checklstring(lua, 1, &size);
    char *encoded = g_base64_encode((const guchar *)text, size);
    secrecy_add_derived(text, size, encoded);
    lua_pushstring(lua, encoded);
    g_free(encoded);
    return 1;
}

const luaL_Reg lua_crypto_functions[] = {
    {"hmac_sha256", act_hmac_sha256}, {"base64", act_base64}, {NULL, NULL}};
