/* outbox.deliver and outbox.original. A mail goes into the store's Maildir, or over the post, where each
 * recipient's is a mail and an action of its own: a server that refuses one of them holds back no other. What
 * a mail is is said in mail_of_action.c; what an answer means, in smtp.c and sendmail.c. */
#include "actor/lua_act_inside.h"
#include "actor/mail_of_action.h"
#include "actor/post.h"
#include "base/json.h"
#include "mail/compose.h"
#include "rules/lua_json.h"

#include <string.h>

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

static enum outcome nobody(char **why)
{
    *why = g_strdup("nobody to send to: no address is given that a mail can be sent to");
    return OUTCOME_RETRY;
}

static json_t *json_of(const char *const *texts)
{
    json_t *list = json_array();
    for (size_t i = 0; texts[i] != NULL; i++)
        json_array_append_new(list, json_text_new(texts[i]));
    return list;
}

/* The original, unless the mail goes without. OUTCOME_DONE when it is well. */
static enum outcome attach(const struct performance *performance, const json_t *mail,
                           struct original *original, char **why)
{
    *original = (struct original){0};
    if (!json_is_false(json_object_get(mail, "original")))
        *original = original_read(performance);
    if (!original->again)
        return OUTCOME_DONE;
    *why = g_strdup_printf("the original cannot be read: %s", original->why);
    return OUTCOME_RETRY;
}

/* Into the Maildir, to all at once. */
static enum outcome deliver_here(struct performance *performance, const json_t *mail, const char *const *to,
                                 char **why)
{
    struct original original;
    if (to[0] == NULL)
        return nobody(why);
    enum outcome outcome = attach(performance, mail, &original, why);
    if (outcome == OUTCOME_DONE) {
        g_autoptr(GBytes) bytes = mail_compose(performance, mail, to, &original);
        *why = lua_act_deliver_below(performance, "outbox", bytes);
        performance->delivered++;
        outcome = *why != NULL ? OUTCOME_RETRY : OUTCOME_DONE;
        if (outcome == OUTCOME_DONE) /* who takes it from there takes a second one as well */
            performance_note_happened(performance);
    }
    original_clear(&original);
    return outcome;
}

static void on_posted(const struct posted *posted, void *data)
{
    struct performance *performance = data;
    performance->posting = NULL;
    performance->posted = posted;
    performance_resume(performance, 0);
}

static char *sender_of(const json_t *smtp)
{
    const char *sender = json_text(smtp, "sender");
    if (sender != NULL && sender[0] == '\0')
        return g_strdup("");
    char *address = mailbox_address(sender != NULL ? sender : json_text_or(smtp, "from", "awsift@localhost"));
    return address != NULL ? address : g_strdup("");
}

/* Over the post, to one. OUTCOME_DONE: it is on its way. */
static enum outcome deliver_by_post(struct performance *performance, const json_t *mail,
                                    const char *recipient, char **why)
{
    const char *const to[] = {recipient, NULL};
    struct original original;
    enum outcome outcome = attach(performance, mail, &original, why);
    if (outcome == OUTCOME_DONE) {
        g_autoptr(GBytes) bytes = mail_compose(performance, mail, to, &original);
        g_autofree char *sender = sender_of(json_object_get(performance->actor->config, "smtp")),
                        *address = mailbox_address(recipient);
        const struct letter letter = {.sender = sender, .recipient = address, .bytes = bytes};
        struct posted posted = {0};
        performance_note_effect(performance);
        performance->attached = original.size;
        performance->posting = post_start(performance->actor->post, &letter, on_posted, performance, &posted);
        if (performance->posting == NULL) {
            outcome = posted.outcome;
            performance->down = posted.down;
            performance->failure = posted.failure;
            *why = (char *)posted.words;
        }
    }
    original_clear(&original);
    return outcome;
}

/* Who it is, and what the other side said of it. */
static void push_told(lua_State *lua, const char *recipient, const char *words)
{
    if (words[0] == '\0')
        lua_pushstring(lua, recipient);
    else
        lua_pushfstring(lua, "%s: %s", recipient, words);
}

/* Where the call goes on when the answer is there; the recipient is at index 2. */
static int after_posted(lua_State *lua, int status, lua_KContext context)
{
    struct performance *performance = performance_of(lua);
    const struct posted *posted = performance->posted;
    if (posted->outcome == OUTCOME_DONE) {
        performance->delivered++;
        performance_note_happened(performance);
        push_told(lua, lua_tostring(lua, 2), posted->words);
        return 1;
    }
    lua_getfield(lua, 1, "unless_large");
    if (posted->large && lua_toboolean(lua, -1)) {
        lua_pushnil(lua);
        lua_pushinteger(lua, posted->limit > 0 ? posted->limit : performance->attached);
        return 2;
    }
    performance->down = posted->down;
    performance->failure = posted->failure;
    if (posted->down) /* it is said of no address, and the same of all */
        lua_pushstring(lua, posted->words);
    else
        push_told(lua, lua_tostring(lua, 2), posted->words);
    lua_replace(lua, 1);
    return lua_act_end(lua, posted->outcome, -1);
}

/* What of a mail of a rule folder's action to several stands on its stack. It is not split, since all else
 * that the action does would be done anew for each of them: they get it one after the other, whatever becomes
 * of the others, and the worst of it is its end. */
enum { MAIL = 1, RECIPIENTS, PLACE, TOLD, REFUSED, WORST };

static void append_told(lua_State *lua, int index, const char *recipient, const char *words)
{
    lua_pushvalue(lua, index);
    lua_pushstring(lua, lua_rawlen(lua, index) > 0 ? "; " : "");
    push_told(lua, recipient, words);
    lua_concat(lua, 3);
    lua_replace(lua, index);
}

static void note_one(lua_State *lua, enum outcome outcome, const char *words)
{
    lua_rawgeti(lua, RECIPIENTS, lua_tointeger(lua, PLACE));
    append_told(lua, outcome == OUTCOME_DONE ? TOLD : REFUSED, lua_tostring(lua, -1), words);
    lua_settop(lua, WORST);
    bool worse = outcome != OUTCOME_DONE && lua_tointeger(lua, WORST) != OUTCOME_UNKNOWN &&
                 (outcome != OUTCOME_DEAD || lua_tointeger(lua, WORST) == OUTCOME_DONE);
    if (worse) { /* what may be mended is tried again, also where something else was refused for good */
        lua_pushinteger(lua, outcome);
        lua_replace(lua, WORST);
    }
    lua_pushinteger(lua, lua_tointeger(lua, PLACE) + 1);
    lua_replace(lua, PLACE);
}

static int after_one(lua_State *lua, int status, lua_KContext context);

static int send_next(lua_State *lua, struct performance *performance)
{
    while (lua_rawgeti(lua, RECIPIENTS, lua_tointeger(lua, PLACE)) == LUA_TSTRING) {
        char *why = NULL;
        json_t *mail = lua_json_read(lua, MAIL);
        enum outcome outcome = deliver_by_post(performance, mail, lua_tostring(lua, -1), &why);
        json_decref(mail);
        lua_settop(lua, WORST);
        if (outcome == OUTCOME_DONE)
            return lua_yieldk(lua, 0, 0, after_one);
        char words[1000];
        g_strlcpy(words, why != NULL ? why : "", sizeof words);
        g_free(why); /* Lua may raise from here on */
        note_one(lua, outcome, words);
    }
    enum outcome worst = (enum outcome)lua_tointeger(lua, WORST);
    lua_pushvalue(lua, worst == OUTCOME_DONE ? TOLD : REFUSED);
    if (worst == OUTCOME_DONE)
        return 1;
    lua_replace(lua, 1);
    return lua_act_end(lua, worst, -1);
}

static int after_one(lua_State *lua, int status, lua_KContext context)
{
    struct performance *performance = performance_of(lua);
    const struct posted *posted = performance->posted;
    if (posted->outcome == OUTCOME_DONE) {
        performance->delivered++;
        performance_note_happened(performance);
    } else {
        performance->failure = posted->failure;
    }
    note_one(lua, posted->outcome, posted->words);
    return send_next(lua, performance);
}

/* Of the recipients' list, which is freed. */
static int send_all(lua_State *lua, struct performance *performance)
{
    json_t *list = g_steal_pointer(&performance->recipients);
    lua_settop(lua, MAIL);
    lua_json_push(lua, list);
    json_decref(list);
    lua_pushinteger(lua, 1);
    lua_pushliteral(lua, "");
    lua_pushliteral(lua, "");
    lua_pushinteger(lua, OUTCOME_DONE);
    return send_next(lua, performance);
}

/* Whom this action is for: the one that it was split for, while the mail still goes there; NULL where it has
 * to be split, for there are several, or others by now. */
static const char *recipient_of(const struct performance *performance, const char *const *to)
{
    const char *own = json_text(json_object_get(performance->request, "args"), ACTION_RECIPIENT);
    if (own == NULL)
        return to[0] != NULL && to[1] == NULL ? to[0] : NULL;
    return g_strv_contains(to, own) ? own : NULL;
}

/* Ends the action: from now on there is one for each of them. One that may do more than this one mail sends
 * to all of them itself. */
static int split(lua_State *lua, struct performance *performance)
{
    if (json_array_size(performance->recipients) > ACTION_RECIPIENTS_MOST) {
        g_clear_pointer(&performance->recipients, json_decref);
        return lua_act_report(lua, OUTCOME_DEAD,
                              g_strdup("there are more than 100 addresses: name a mailing list"));
    }
    if (strcmp(performance->actor->origin, "shipped") != 0 || performance->delivered > 0 ||
        performance->affected)
        return send_all(lua, performance);
    lua_settop(lua, 0);
    lua_pushliteral(lua, "");
    return lua_act_end(lua, OUTCOME_SPLIT, -1);
}

/* Into the Maildir, at once. */
static int act_deliver_here(lua_State *lua, struct performance *performance)
{
    char *why = NULL;
    json_t *mail = lua_json_read(lua, 1);
    const char **to = mail_recipients(mail);
    enum outcome outcome = deliver_here(performance, mail, to, &why);
    char *told = g_strjoinv(", ", (char **)to);
    g_free(to);
    json_decref(mail);
    lua_pushstring(lua, told);
    g_free(told);
    return outcome == OUTCOME_DONE ? 1 : lua_act_report(lua, outcome, why);
}

/* Over the post, where an answer is waited for. */
static int act_deliver_by_post(lua_State *lua, struct performance *performance)
{
    char *why = NULL;
    json_t *mail = lua_json_read(lua, 1);
    const char **to = mail_recipients(mail);
    const char *recipient = recipient_of(performance, to);
    enum outcome outcome = OUTCOME_DONE;
    lua_pushstring(lua, recipient); /* -> mail, recipient */
    if (recipient != NULL)
        outcome = deliver_by_post(performance, mail, recipient, &why);
    else if (to[0] == NULL)
        outcome = nobody(&why);
    else
        performance->recipients = json_of(to);
    g_free(to);
    json_decref(mail);
    if (performance->recipients != NULL)
        return split(lua, performance);
    return outcome == OUTCOME_DONE ? lua_yieldk(lua, 0, 0, after_posted) : lua_act_report(lua, outcome, why);
}

/* outbox.deliver(mail): who was told, and what the other side said. With unless_large: nil, and how many
 * bytes a mail may have, where this one has more than the other side takes; else the action is dead then. */
static int act_deliver(lua_State *lua)
{
    struct performance *performance = lua_act_acting(lua);
    bool by_post = post_is_used(performance->actor->post);
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    if (by_post)
        lua_act_waiting(lua);
    return by_post ? act_deliver_by_post(lua, performance) : act_deliver_here(lua, performance);
}

const luaL_Reg lua_outbox_functions[] = {{"deliver", act_deliver}, {"original", act_original}, {NULL, NULL}};
const luaL_Reg lua_smtp_functions[] = {{"send", act_deliver}, {"original", act_original}, {NULL, NULL}};
