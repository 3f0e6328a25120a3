/* store.file: a copy of the original into a Maildir of the store, under a name that follows from the action's
 * key, so that a repetition changes nothing. */
#include "actor/lua_act_inside.h"
#include "actor/mail_of_action.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "wire/decision.h"

#include <string.h>

char *lua_act_deliver_below(struct performance *performance, const char *folder, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    const char *store = json_text_or(performance->actor->config, "store", "");
    g_autofree char *maildir = g_build_filename(store, folder, NULL), *unique = mail_unique_name(performance);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    bool again = json_flag(performance->request, "tried");
    performance_note_effect(performance);
    if (!g_file_test(store,
                     G_FILE_TEST_IS_DIR)) { /* made anew, it would be in the way of the one moved away */
        performance->failure = action_failure("disk");
        return g_strdup_printf("the store %s is not there", store);
    }
    if (maildir_deliver(maildir, unique, data, size, again, &error))
        return NULL;
    if (maildir_holds(maildir, unique)) /* and may be taken from there, though it was not synced */
        performance_note_happened(performance);
    performance->failure = action_failure("disk"); /* ours, and held against no action */
    return g_strdup(error->message);
}

/* A copy must be whole or none. */
static enum outcome file_original(struct performance *performance, const char *below, char **why)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) original = performance_original(performance, SIZE_MAX, &error);
    if (original == NULL) {
        *why = g_strdup_printf("the original cannot be filed: %s", error->message);
        return g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT) ? OUTCOME_DEAD : OUTCOME_RETRY;
    }
    *why = lua_act_deliver_below(performance, below, original);
    return *why != NULL ? OUTCOME_RETRY : OUTCOME_DONE;
}

static int act_file(lua_State *lua)
{
    struct performance *performance = lua_act_acting(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_getfield(lua, 1, "folder");
    const char *folder = luaL_checkstring(lua, -1);
    luaL_argcheck(lua, name_is_valid(folder) && strchr(folder, '/') == NULL, 1,
                  "the folder must be a plain name");
    if (performance->original < 0 && json_number(performance->request, "mail", 0) == 0)
        return 0; /* an alert's */
    char *below = g_build_filename("filed", folder, NULL), *why = NULL;
    enum outcome outcome = file_original(performance, below, &why);
    g_free(below);
    return lua_act_report(lua, outcome, why);
}

const luaL_Reg lua_store_functions[] = {{"file", act_file}, {NULL, NULL}};
