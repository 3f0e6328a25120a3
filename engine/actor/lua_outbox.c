/* outbox.deliver and store.file: mails into Maildirs of the store, under names that follow from the action's
 * key, so that a repetition changes nothing. */
#include "actor/lua_act_inside.h"
#include "mail/compose.h"
#include "rules/lua_json.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/times.h"
#include "wire/decision.h"

#include <string.h>
#include <sys/stat.h>

enum { ATTACH_DEFAULT = 10 << 20, READ_ATTEMPTS = 3 };

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
    performance_note_effect(performance);
    return maildir_deliver(maildir, unique, data, size, &error) ? NULL : g_strdup(error->message);
}

/* Ends the action with what went wrong, which is freed; nothing when it goes on. */
static int report(lua_State *lua, enum outcome outcome, char *why)
{
    if (outcome == OUTCOME_DONE)
        return 0;
    lua_settop(lua, 0);
    lua_pushstring(lua, why);
    g_free(why);
    return lua_act_end(lua, outcome, -1);
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

/* Whether an action may add a header of that name: not what composing writes itself, nor what would make
 * another mail of it. */
static bool may_be_set(const char *name)
{
    static const char *const ours[] = {"Date",           "From",         "To",     "Subject", "Message-ID",
                                       "Auto-Submitted", "MIME-Version", "Sender", "Bcc",     "Cc",
                                       "Return-Path",    "Received"};
    size_t length = strlen(name);
    if (length == 0 || length > 60 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != length)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(ours); i++)
        if (g_ascii_strcasecmp(name, ours[i]) == 0)
            return false;
    return g_ascii_strncasecmp(name, "Content-", 8) != 0 && g_ascii_strncasecmp(name, "Resent-", 7) != 0;
}

static const char **header_list(const json_t *headers)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)headers, name, value) {
        if (!json_is_string(value) || !may_be_set(name))
            continue;
        g_ptr_array_add(list, (void *)name);
        g_ptr_array_add(list, (void *)json_string_value(value));
    }
    g_ptr_array_add(list, NULL);
    return (const char **)g_ptr_array_steal(list, NULL);
}

/* What becomes of the original. */
enum original_state { ORIGINAL_NONE, ORIGINAL_ATTACHED, ORIGINAL_LARGE, ORIGINAL_GONE };

struct original {
    enum original_state state;
    GBytes *bytes;   /* ATTACHED */
    char *why;       /* LARGE, GONE */
    bool again;      /* GONE: worth another attempt */
    int64_t size;    /* bytes; 0 when unknown */
    int64_t maximum; /* bytes */
};

static void original_clear(struct original *original)
{
    g_clear_pointer(&original->bytes, g_bytes_unref);
    g_clear_pointer(&original->why, g_free);
}

/* A few attempts, since a disk may come back; not the last one, since what is told without the original is
 * told, and what is given up is not. */
static bool may_try_again(const struct performance *performance)
{
    const json_t *outbox = json_object_get(performance->actor->config, "outbox");
    int64_t attempts = CLAMP(json_number(outbox, "attempts", READ_ATTEMPTS), 1, READ_ATTEMPTS);
    return json_number(performance->request, "attempt", 1) < attempts;
}

static struct original original_read(const struct performance *performance)
{
    const json_t *smtp = json_object_get(performance->actor->config, "smtp");
    struct original original = {.maximum = CLAMP(json_number(smtp, "attach", ATTACH_DEFAULT), 0, INT32_MAX)};
    struct stat status;
    if (performance->original < 0 && json_number(performance->request, "mail", 0) == 0)
        return original;
    g_autoptr(GError) error = NULL;
    if (performance->original >= 0 && fstat(performance->original, &status) == 0)
        original.size = status.st_size;
    original.bytes = performance_original(performance, (size_t)original.maximum, &error);
    original.state = original.bytes != NULL                                     ? ORIGINAL_ATTACHED
                     : g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT) ? ORIGINAL_LARGE
                                                                                : ORIGINAL_GONE;
    original.again = original.state == ORIGINAL_GONE && may_try_again(performance);
    original.why = error != NULL ? g_strdup(error->message) : NULL;
    return original;
}

/* outbox.original(): {state, size, maximum, why, again}, so that the note can say what is not attached.
 * again: outbox.deliver with it would put the action off. */
static int act_original(lua_State *lua)
{
    static const char *const states[] = {"none", "attached", "large", "gone"};
    struct original original = original_read(lua_act_acting(lua));
    enum original_state state = original.state;
    bool again = original.again;
    int64_t size = original.size, maximum = original.maximum;
    char why[200];
    g_strlcpy(why, original.why != NULL ? original.why : "", sizeof why);
    original_clear(&original); /* Lua may raise from here on */
    lua_createtable(lua, 0, 5);
    lua_pushboolean(lua, again);
    lua_setfield(lua, -2, "again");
    lua_pushstring(lua, states[state]);
    lua_setfield(lua, -2, "state");
    lua_pushinteger(lua, size);
    lua_setfield(lua, -2, "size");
    lua_pushinteger(lua, maximum);
    lua_setfield(lua, -2, "maximum");
    lua_pushstring(lua, why);
    lua_setfield(lua, -2, "why");
    return 1;
}

static GBytes *render(struct performance *performance, const json_t *mail, const char *const *to,
                      const struct original *original)
{
    const json_t *smtp = json_object_get(performance->actor->config, "smtp");
    const char *from = json_text_or(smtp, "from", "awsift@localhost");
    g_autofree char *address = mailbox_address(from), *unique = unique_name(performance);
    const char *at = address != NULL ? strrchr(address, '@') : NULL;
    g_autofree char *id = g_strconcat(unique, "@", at != NULL ? at + 1 : "localhost", NULL);
    g_autofree const char **headers = header_list(json_object_get(mail, "headers"));
    const char *text = json_text_or(mail, "text", "");
    g_autofree char *told = original->why != NULL
                                ? g_strdup_printf("%s\n元のメールは添付できませんでした: %s\n"
                                                  "The original mail could not be attached: %s\n",
                                                  text, original->why, original->why)
                                : NULL;
    struct outgoing outgoing = {.from = from,
                                .from_name = json_text(smtp, "name"),
                                .to = to,
                                .subject = json_text_or(mail, "subject", ""),
                                .message_id = id,
                                .date = json_number(performance->request, "now", time_now()),
                                .text = told != NULL ? told : text,
                                .headers = headers,
                                .original = original->bytes};
    return compose(&outgoing);
}

/* Whether a mail can be addressed to anybody; who cannot be is left out, and the log says so. */
static bool has_recipient(const char *const *to)
{
    bool any = false;
    for (size_t i = 0; to[i] != NULL; i++) {
        g_autofree char *address = mailbox_address(to[i]);
        if (address == NULL)
            log_warning("'%s' cannot stand in a mail's header and gets none: correct the address", to[i]);
        any |= address != NULL;
    }
    return any;
}

/* Composes and delivers. The outcome that ends the action, with why; OUTCOME_DONE when it goes on. */
static enum outcome deliver_mail(struct performance *performance, const json_t *mail, char **why)
{
    g_autofree const char **to = address_list(json_object_get(mail, "to"));
    if (!has_recipient(to)) {
        *why = g_strdup("nobody to send to: no address is given that a mail can be sent to");
        return OUTCOME_RETRY;
    }
    struct original original = {0};
    if (!json_is_false(json_object_get(mail, "original")))
        original = original_read(performance);
    if (original.again) {
        *why = g_strdup_printf("the original cannot be read: %s", original.why);
        original_clear(&original);
        return OUTCOME_RETRY;
    }
    g_autoptr(GBytes) bytes = render(performance, mail, to, &original);
    original_clear(&original);
    *why = deliver_below(performance, "outbox", bytes);
    performance->delivered++;
    return *why != NULL ? OUTCOME_RETRY : OUTCOME_DONE;
}

static int act_deliver(lua_State *lua)
{
    struct performance *performance = lua_act_acting(lua);
    luaL_checktype(lua, 1, LUA_TTABLE);
    char *why = NULL;
    json_t *mail = lua_json_read(lua, 1);
    enum outcome outcome = deliver_mail(performance, mail, &why);
    json_decref(mail);
    return report(lua, outcome, why);
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
    *why = deliver_below(performance, below, original);
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
    if (performance->original < 0)
        return 0;
    char *below = g_build_filename("filed", folder, NULL), *why = NULL;
    enum outcome outcome = file_original(performance, below, &why);
    g_free(below);
    return report(lua, outcome, why);
}

const luaL_Reg lua_outbox_functions[] = {{"deliver", act_deliver}, {"original", act_original}, {NULL, NULL}};
const luaL_Reg lua_store_functions[] = {{"file", act_file}, {NULL, NULL}};
