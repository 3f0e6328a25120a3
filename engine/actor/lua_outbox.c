/* outbox.deliver and store.file: mails into Maildirs of the store, under names that follow from the action's
 * key, so that a repetition changes nothing. */
#include "actor/lua_act_inside.h"
#include "mail/compose.h"
#include "rules/lua_json.h"
#include "base/files.h"
#include "base/json.h"
#include "base/times.h"
#include "wire/decision.h"

#include <string.h>

/* The first mail of an action is named after its key alone; each further one is another mail. */
static char *unique_name(const struct performance *performance)
{
    const char *key = json_text_or(performance->request, "key", "");
    return performance->delivered == 0 ? g_strdup_printf("%.40s.awsift", key)
                                       : g_strdup_printf("%.40s-%u.awsift", key, performance->delivered + 1);
}

/* Puts bytes into a Maildir below the store under a name that follows from the key, so that a repetition
 * changes nothing. */
static char *deliver_below(struct performance *performance, const char *folder, GBytes *bytes)
{
    g_autoptr(GError) error = NULL;
    const char *store = json_text_or(performance->actor->config, "store", "");
    g_autofree char *maildir = g_build_filename(store, folder, NULL), *unique = unique_name(performance);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    return maildir_deliver(maildir, unique, data, size, &error) ? NULL : g_strdup(error->message);
}

static int report_delivery(lua_State *lua, char *failure)
{
    if (failure == NULL)
        return 0;
    lua_settop(lua, 0);
    lua_pushstring(lua, failure);
    g_free(failure);
    return lua_act_end(lua, OUTCOME_RETRY, -1);
}

/* The addresses of a list, or of one alone; borrowed. */
static const char **address_list(const json_t *to)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    if (json_is_string(to))
        g_ptr_array_add(list, (void *)json_string_value(to));
    for (size_t i = 0; i < json_array_size(to); i++)
        if (json_is_string(json_array_get(to, i)))
            g_ptr_array_add(list, (void *)json_string_value(json_array_get(to, i)));
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_steal(list, NULL);
}

static const char **header_list(const json_t *headers)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)headers, name, value) {
        if (!json_is_string(value) || name[0] == '\0' ||
            strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(name))
            continue;
        g_ptr_array_add(list, (void *)name);
        g_ptr_array_add(list, (void *)json_string_value(value));
    }
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_steal(list, NULL);
}

static GBytes *render(struct performance *performance, const json_t *mail, const char *const *to)
{
    const json_t *smtp = json_object_get(performance->actor->config, "smtp");
    const char *from = json_text_or(smtp, "from", "awsift@localhost"), *at = strrchr(from, '@');
    g_autofree char *unique = unique_name(performance);
    g_autofree char *id = g_strconcat(unique, "@", at != NULL ? at + 1 : "localhost", NULL);
    g_autoptr(GBytes) original = performance_original(performance);
    g_autofree const char **headers = header_list(json_object_get(mail, "headers"));
    struct outgoing outgoing = {.from = from,
                                .from_name = json_text(smtp, "name"),
                                .to = to,
                                .subject = json_text_or(mail, "subject", ""),
                                .message_id = id,
                                .date = json_number(performance->request, "now", time_now()),
                                .text = json_text_or(mail, "text", ""),
                                .headers = headers,
                                .original = original};
    return compose(&outgoing);
}

static int act_deliver(lua_State *lua)
{
    struct performance *performance = lua_act_acting(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    char *failure;
    {
        g_autoptr(json_t) mail = lua_json_read(lua, 1);
        g_autofree const char **to = address_list(json_object_get(mail, "to"));
        g_autoptr(GBytes) bytes = to[0] != NULL ? render(performance, mail, to) : NULL;
        failure = bytes == NULL ? g_strdup("nobody to send to") : deliver_below(performance, "outbox", bytes);
    }
    performance->delivered++;
    return report_delivery(lua, failure);
}

static int act_file(lua_State *lua)
{
    struct performance *performance = lua_act_acting(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_getfield(lua, 1, "folder");
    const char *folder = luaL_checkstring(lua, -1);
    luaL_argcheck(lua, name_is_valid(folder) && strchr(folder, '/') == NULL, 1,
                  "the folder must be a plain name");
    if (performance->original < 0)
        return 0;
    char *failure;
    {
        g_autofree char *below = g_build_filename("filed", folder, NULL);
        g_autoptr(GBytes) original = performance_original(performance);
        failure = original == NULL ? g_strdup("the original cannot be read")
                                   : deliver_below(performance, below, original);
    }
    return report_delivery(lua, failure);
}

const luaL_Reg lua_outbox_functions[] = {{"deliver", act_deliver}, {NULL, NULL}};
const luaL_Reg lua_store_functions[] = {{"file", act_file}, {NULL, NULL}};
