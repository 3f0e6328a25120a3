/* The Lua face of a mail: a userdata whose fields are read when they are asked for, and kept for as long as
 * the call lasts. Ending empties the box, and with it every part and mail within that came from it.
 *
 *   subject        string   the first Subject, decoded, one line; "" when there is none
 *   title          string   the subject without decorations                                     [1]
 *   from           {name, address}   the first usable address of the first From; both "" when there is none
 *   to, cc, reply_to   list of {name, address}   all fields of that name; groups are resolved
 *   date           integer or nil   seconds since 1970, UTC: Date, or the topmost Received where that is
 *                  missing or absurd. What proves a mail recent is its own Date alone (plan.c)
 *   message_id     string or nil   inside the <>
 *   in_reply_to, references   list of strings   inside the <>, oldest first
 *   headers        table    [1 … n] = {name, value, raw} in order; ["name"], in any case, = list of values
 *   raw_headers    table    ["name"], in any case, = list of values as they stand in the mail, bytes
 *   header(name[, n]), raw_header(name[, n])   string or nil   the n-th (first) field of that name
 *   parts          list of parts   the leaves in depth-first order; a mail within is one leaf
 *   attachments    list of parts   those with a file name or Content-Disposition: attachment
 *   half(language)   string or nil   of the text, what is in that language ("ja", "en", …): a half of a
 *                  bilingual one, all of it, or nothing
 *   text, body     string   what `body` matches on: plain, else html, else ""
 *   plain          string or nil   the first text/plain part that is no attachment, format=flowed joined
 *   html           string or nil   the first text/html part that is no attachment, as a person reads it
 *   defects        list of strings   what was wrong, as far as the mail has been read; sorted
 *   auth           {verdict, server, dkim, spf, dmarc, aligned, reasons}   as `classify --json` [1]
 *   notice         table    as `classify --json`                                                [1]
 *   envelope       {spool, file, arrival, recipient}   strings or nil; arrival in seconds       [1]
 *
 * A part:  type string; charset, disposition, filename (also: name) string or nil; size integer (decoded
 * bytes); text string or nil (text/ parts: UTF-8, LF); message: the mail in a message/rfc822 part, or nil.
 * [1]: nil for a mail within a mail. */
#include "rules/lua_message.h"
#include "rules/account.h"
#include "rules/budget.h"
#include "rules/lua_json.h"
#include "rules/lua_message_inside.h"
#include "rules/notice.h"
#include "rules/step.h"
#include "base/guard.h"

#include <string.h>

#define TYPE_NAME "awsift.message"
enum { MAIL_READ = 1, MAIL_OUTERMOST };

struct message_box *lua_message_check(lua_State *lua, int index)
{
    struct message_box *box = luaL_checkudata(lua, index, TYPE_NAME);
    if (box->outermost->reading == NULL)
        luaL_error(lua, "message is no longer available");
    return box;
}

static int push_header(lua_State *lua, const char *(*read)(struct message *, const char *, unsigned))
{
    const struct message_box *box = lua_message_check(lua, 1);
    const char *name = luaL_checkstring(lua, 2);
    lua_Integer n = luaL_optinteger(lua, 3, 1);
    lua_pushstring(lua, n >= 1 && n <= 1000 ? read(box->message, name, (unsigned)n - 1) : NULL);
    return 1;
}

static int call_header(lua_State *lua)
{
    return push_header(lua, message_header);
}

static int call_raw_header(lua_State *lua)
{
    return push_header(lua, message_header_raw);
}

enum { BYTES_A_STEP = 64 };

static int call_half(lua_State *lua)
{
    const struct message_box *box = lua_message_check(lua, 1);
    const char *language = luaL_checkstring(lua, 2);
    budget_charge(budget_of(lua), lua, (int64_t)(strlen(message_text(box->message)) / BYTES_A_STEP));
    lua_pushstring(lua, notice_half(box->outermost->reading, box->message, language));
    return 1;
}

/* Each pushes one value; the mail is at index 1. */
static void push_subject(lua_State *lua, const struct message_box *box)
{
    lua_pushstring(lua, message_subject(box->message));
}

static void push_title(lua_State *lua, const struct message_box *box)
{
    lua_pushstring(lua, box->reading != NULL ? reading_title(box->reading) : NULL);
}

static void push_from(lua_State *lua, const struct message_box *box)
{
    const struct address *from = message_from(box->message);
    lua_newtable(lua);
    lua_pushstring(lua, from != NULL ? from->name : "");
    lua_setfield(lua, -2, "name");
    lua_pushstring(lua, from != NULL ? from->address : "");
    lua_setfield(lua, -2, "address");
}

static void push_to(lua_State *lua, const struct message_box *box)
{
    lua_message_push_addresses(lua, box->message, "To");
}

static void push_cc(lua_State *lua, const struct message_box *box)
{
    lua_message_push_addresses(lua, box->message, "Cc");
}

static void push_reply_to(lua_State *lua, const struct message_box *box)
{
    lua_message_push_addresses(lua, box->message, "Reply-To");
}

static void push_date(lua_State *lua, const struct message_box *box)
{
    int64_t date;
    if (message_best_date(box->message, &date))
        lua_pushinteger(lua, date / 1000);
    else
        lua_pushnil(lua);
}

static void push_message_id(lua_State *lua, const struct message_box *box)
{
    lua_pushstring(lua, message_id(box->message));
}

static void push_in_reply_to(lua_State *lua, const struct message_box *box)
{
    lua_message_push_ids(lua, box->message, "In-Reply-To");
}

static void push_references(lua_State *lua, const struct message_box *box)
{
    lua_message_push_ids(lua, box->message, "References");
}

static void push_headers(lua_State *lua, const struct message_box *box)
{
    lua_message_push_headers(lua, box->message);
}

static void push_raw_headers(lua_State *lua, const struct message_box *box)
{
    lua_message_push_raw_headers(lua, box->message);
}

static void push_parts(lua_State *lua, const struct message_box *box)
{
    lua_message_push_parts(lua, box->message);
}

static void push_attachments(lua_State *lua, const struct message_box *box)
{
    lua_message_push_attachments(lua, box->message);
}

static void push_text(lua_State *lua, const struct message_box *box)
{
    lua_pushstring(lua, message_text(box->message));
}

static void push_plain(lua_State *lua, const struct message_box *box)
{
    lua_pushstring(lua, message_plain(box->message));
}

static void push_html(lua_State *lua, const struct message_box *box)
{
    lua_pushstring(lua, message_html(box->message));
}

static void push_defects(lua_State *lua, const struct message_box *box)
{
    json_t *defects = message_defects(box->message);
    lua_json_push(lua, defects);
    json_decref(defects);
}

static void push_auth(lua_State *lua, const struct message_box *box)
{
    if (box->reading != NULL)
        lua_json_push(lua, box->reading->auth->json);
    else
        lua_pushnil(lua);
}

static void push_notice(lua_State *lua, const struct message_box *box)
{
    if (box->reading != NULL)
        lua_json_push(lua, notice_of(box->reading, true));
    else
        lua_pushnil(lua);
}

static void push_envelope(lua_State *lua, const struct message_box *box)
{
    struct reading *reading = box->reading;
    if (reading == NULL) {
        lua_pushnil(lua);
        return;
    }
    lua_newtable(lua);
    lua_pushstring(lua, reading->spool);
    lua_setfield(lua, -2, "spool");
    lua_pushstring(lua, reading->file);
    lua_setfield(lua, -2, "file");
    lua_pushinteger(lua, reading->arrival / 1000);
    lua_setfield(lua, -2, "arrival");
    lua_pushstring(lua, account_recipient(reading));
    lua_setfield(lua, -2, "recipient");
}

static void push_header_call(lua_State *lua, const struct message_box *box)
{
    lua_pushcfunction(lua, call_header);
}

static void push_raw_header_call(lua_State *lua, const struct message_box *box)
{
    lua_pushcfunction(lua, call_raw_header);
}

static void push_half_call(lua_State *lua, const struct message_box *box)
{
    lua_pushcfunction(lua, call_half);
}

static const struct {
    const char *name;
    void (*push)(lua_State *lua, const struct message_box *box);
    bool changes; /* while the mail is read: never kept */
} fields[] = {
    {"subject", push_subject, false},
    {"title", push_title, false},
    {"from", push_from, false},
    {"to", push_to, false},
    {"cc", push_cc, false},
    {"reply_to", push_reply_to, false},
    {"date", push_date, false},
    {"message_id", push_message_id, false},
    {"in_reply_to", push_in_reply_to, false},
    {"references", push_references, false},
    {"headers", push_headers, false},
    {"raw_headers", push_raw_headers, false},
    {"header", push_header_call, false},
    {"raw_header", push_raw_header_call, false},
    {"parts", push_parts, false},
    {"attachments", push_attachments, false},
    {"half", push_half_call, false},
    {"text", push_text, false},
    {"body", push_text, false},
    {"plain", push_plain, false},
    {"html", push_html, false},
    {"defects", push_defects, true},
    {"auth", push_auth, false},
    {"notice", push_notice, false},
    {"envelope", push_envelope, false},
};

static int message_index(lua_State *lua)
{
    const struct message_box *box = lua_message_check(lua, 1);
    const char *key = luaL_checkstring(lua, 2);
    lua_settop(lua, 2);
    lua_getiuservalue(lua, 1, MAIL_READ);
    if (lua_getfield(lua, 3, key) != LUA_TNIL)
        return 1;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (strcmp(fields[i].name, key) != 0)
            continue;
        uint32_t left =
            step_leave(); /* should a push run out of memory, no rule stays in hand: the next one enters */
        fields[i].push(lua, box);
        step_return(left);
        if (!fields[i].changes) {
            lua_pushvalue(lua, -1);
            lua_setfield(lua, 3, key);
        }
        return 1;
    }
    return 0;
}

/* Pushes an empty box. */
static struct message_box *push_box(lua_State *lua)
{
    struct message_box *box = lua_newuserdatauv(lua, sizeof *box, 2);
    *box = (struct message_box){.outermost = box};
    if (luaL_newmetatable(lua, TYPE_NAME)) {
        lua_pushcfunction(lua, message_index);
        lua_setfield(lua, -2, "__index");
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    }
    lua_setmetatable(lua, -2);
    lua_newtable(lua);
    lua_setiuservalue(lua, -2, MAIL_READ);
    return box;
}

void lua_message_push_inner(lua_State *lua, int index, struct message *message)
{
    struct message_box *around = lua_message_check(lua, index), *box;
    index = lua_absindex(lua, index);
    box = push_box(lua);
    box->message = message;
    if (around->outermost == around)
        lua_pushvalue(lua, index);
    else
        lua_getiuservalue(lua, index, MAIL_OUTERMOST);
    lua_setiuservalue(lua, -2, MAIL_OUTERMOST);
    box->outermost = around->outermost;
}

void lua_message_push(lua_State *lua, struct reading *reading)
{
    luaL_checkstack(lua, 6, "message");
    struct message_box *box = push_box(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, "awsift.current");
    box->message = reading->message;
    box->reading = reading;
    lua_json_push(lua, reading->found);
}

void lua_message_end(lua_State *lua)
{
    if (lua_getfield(lua, LUA_REGISTRYINDEX, "awsift.current") == LUA_TUSERDATA && guard_stands("message"))
        ((struct message_box *)lua_touserdata(lua, -1))->reading = NULL;
    lua_pop(lua, 1);
}
