/* Carrying out one action. What the Lua of an action does wrong is its own end alone: an error is tried
 * again, since rules that are saved meanwhile may mend it, a used up budget is dead, and a process that hangs
 * in C is killed by the keeper, which reads the page that says whose coroutine runs. What is repeated after
 * it happened, or may have, is told from what is merely tried again: such an attempt ends "unknown". */
#include "actor/performance.h"
#include "rules/lua_json.h"
#include "base/error.h"
#include "base/fault.h"
#include "base/files.h"
#include "base/json.h"
#include "base/secrecy.h"

#include <lauxlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESUME_INSTRUCTIONS 50000000
#define ORIGINAL_MAXIMUM ((size_t)64 << 20)
enum { TEXT_MAXIMUM = 1000 };

static void performance_free(struct performance *performance)
{
    json_decref(performance->request);
    json_decref(performance->recipients);
    if (performance->original >= 0)
        close(performance->original);
    g_free(performance->reason);
    g_free(performance);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct performance *performance = handle->data;
    if (--performance->handles == 0)
        performance_free(performance);
}

char *performance_text(const char *text, size_t length)
{
    if (length > TEXT_MAXIMUM)
        for (length = TEXT_MAXIMUM; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--; /* whole characters */
    return g_utf8_make_valid(text, (gssize)length);
}

static uint64_t number_of(const struct performance *performance)
{
    return (uint64_t)json_number(performance->request, "id", 0);
}

void performance_note_effect(struct performance *performance)
{
    performance->affected = true;
    performance->happened |= performance->accepted;
    performance->accepted = false;
    performance->effects++;
    progress_note_effect(performance->actor->progress, number_of(performance));
    fault_point("request-begins");
}

void performance_note_accepted(struct performance *performance)
{
    performance->accepted = true;
}

void performance_note_happened(struct performance *performance)
{
    performance->happened = true;
}

static void answer(struct performance *performance, const char *detail)
{
    if (performance->outcome == OUTCOME_RETRY && performance->happened)
        performance->outcome = OUTCOME_UNKNOWN;
    g_autofree char *reason = secrecy_mask(g_strdup(performance->reason != NULL ? performance->reason : "")),
                    *told = secrecy_mask(g_strdup(detail));
    g_autoptr(json_t) body =
        json_pack("{s:I, s:s, s:o, s:o, s:o}", "id", (json_int_t)number_of(performance), "outcome",
                  outcome_name(performance->outcome), "after",
                  performance->after >= 0 ? json_integer(performance->after) : json_null(), "reason",
                  json_text_new(reason), "detail", json_text_new(told));
    if (performance->raised)
        json_object_set_new(body, "raised", json_true());
    if (performance->down)
        json_object_set_new(body, "down", json_true());
    if (performance->failure != NULL)
        json_object_set_new(body, "failure", json_string(performance->failure));
    if (performance->recipients != NULL)
        json_object_set(body, "recipients", performance->recipients);
    fault_point("before-result");
    channel_send(performance->actor->channel, FRAME_RESULT, body, -1);
    fault_point("after-result");
}

static void end(struct performance *performance, const char *detail)
{
    lua_State *lua = sandbox_state(performance->actor->sandbox);
    answer(performance, detail);
    progress_end_effect(performance->actor->progress, number_of(performance));
    if (performance->coroutine != NULL) {
        lua_pushnil(lua);
        lua_rawsetp(lua, LUA_REGISTRYINDEX, performance->coroutine);
        luaL_unref(lua, LUA_REGISTRYINDEX, performance->anchor);
    }
    if (performance->taken > PERFORMANCE_TAKEN) /* Lua's buffers do not collect where they find no memory */
        sandbox_collect(performance->actor->sandbox);
    uv_close((uv_handle_t *)&performance->timer, on_handle_closed);
    uv_close((uv_handle_t *)&performance->deadline, on_handle_closed);
}

static struct performance *performance_find(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, lua);
    struct performance *performance = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return performance;
}

bool performance_is_running(lua_State *lua)
{
    return performance_find(lua) != NULL;
}

struct performance *performance_of(lua_State *lua)
{
    struct performance *performance = performance_find(lua);
    if (performance == NULL)
        luaL_error(lua, "this may only be called while an action runs");
    return performance;
}

/* Its code did not come to say what it makes of the last answer. */
static void set_outcome(struct performance *performance, enum outcome outcome, const char *format,
                        const char *text)
{
    if (performance->ended)
        return;
    performance->ended = true;
    performance->happened |= performance->accepted;
    performance->outcome = outcome;
    g_autofree char *reason = g_strdup_printf(format, text);
    performance->reason = performance_text(reason, strlen(reason));
}

/* What it waits for is given up. Whether that may have been done all the same. */
static bool break_off(struct performance *performance)
{
    bool doubtful = performance->posting != NULL && post_cancel(performance->posting);
    if (performance->transfer != NULL)
        doubtful |= http_cancel(performance->transfer);
    if (performance->program != NULL)
        process_cancel(performance->program);
    doubtful = doubtful || performance->program != NULL;
    performance->transfer = NULL;
    performance->posting = NULL;
    performance->program = NULL;
    return doubtful;
}

static void on_deadline(uv_timer_t *timer)
{
    struct performance *performance = timer->data;
    bool doubtful = break_off(performance);
    performance->failure = action_failure("timeout");
    set_outcome(performance, doubtful ? OUTCOME_UNKNOWN : OUTCOME_RETRY, "%s",
                "did not end in time; what it was waiting for is broken off");
    end(performance, "");
}

/* Looked at when it has taken much: what others hold besides is little, for they were looked at as well. */
static bool holds_too_much(struct performance *performance)
{
    struct actor *actor = performance->actor;
    if (performance->taken <= PERFORMANCE_TAKEN)
        return false;
    sandbox_collect(actor->sandbox);
    performance->taken = 0;
    return sandbox_memory(actor->sandbox) > actor->loaded + PERFORMANCE_HELD;
}

void performance_resume(struct performance *performance, int values)
{
    struct actor *actor = performance->actor;
    g_autoptr(GError) error = NULL;
    bool finished = false, overran = false;
    int results = 0;
    atomic_store(&actor->progress->sequence, number_of(performance));
    bool good = sandbox_resume(actor->sandbox, performance->coroutine, values, &results, RESUME_INSTRUCTIONS,
                               &finished, &overran, &error);
    atomic_store(&actor->progress->sequence, 0);
    performance->taken += MAX(sandbox_grown(actor->sandbox), 0);
    if (good && !finished) {
        if (!holds_too_much(performance))
            return;
        break_off(performance);
        performance->raised = true;
        performance->taken = PERFORMANCE_HELD;
        set_outcome(performance, OUTCOME_DEAD, "%s", "it holds more than 64 MiB of memory while it waits");
        end(performance, "");
        return;
    }
    performance->raised = !performance->ended && (overran || !good);
    if (overran)
        set_outcome(performance, OUTCOME_DEAD, "%s",
                    good ? "the budget of instructions is used up" : error->message);
    else if (!good)
        set_outcome(performance, OUTCOME_RETRY, "raised: %s", error->message);
    g_autofree char *detail = NULL;
    if (good && results > 0 && lua_type(performance->coroutine, -1) == LUA_TSTRING)
        detail = performance_text(lua_tostring(performance->coroutine, -1),
                                  lua_rawlen(performance->coroutine, -1));
    end(performance, detail != NULL ? detail : "");
}

/* ctx: {id, mail, key, attempt, now, message}; mail: its number in the ledger, 0 for an alert. */
static void push_context(lua_State *lua, const json_t *request)
{
    lua_newtable(lua);
    lua_pushinteger(lua, json_number(request, "id", 0));
    lua_setfield(lua, -2, "id");
    lua_pushinteger(lua, json_number(request, "mail", 0));
    lua_setfield(lua, -2, "mail");
    lua_pushstring(lua, json_text_or(request, "key", ""));
    lua_setfield(lua, -2, "key");
    lua_pushinteger(lua, json_number(request, "attempt", 1));
    lua_setfield(lua, -2, "attempt");
    lua_pushinteger(lua, json_number(request, "now", 0) / 1000);
    lua_setfield(lua, -2, "now");
    lua_json_push(lua, json_object_get(request, "context"));
    lua_setfield(lua, -2, "message");
}

/* Pushes run of the action, or nothing: false when there is none of that name. */
static bool push_action(struct actor *actor, lua_State *lua, const char *name)
{
    int top = lua_gettop(lua);
    sandbox_push_declarations(actor->sandbox);
    lua_getfield(lua, -1, "actions");
    if (lua_getfield(lua, -1, name) != LUA_TTABLE) {
        lua_settop(lua, top);
        return false;
    }
    lua_getfield(lua, -1, "run"); /* -> declarations, actions, action, run */
    lua_replace(lua, top + 1);
    lua_settop(lua, top + 1);
    return true;
}

/* What is longer is refused before anything of it is read; what came out shorter was not read whole. */
GBytes *performance_original(const struct performance *performance, size_t most, GError **error)
{
    struct stat status;
    if (performance->original < 0 || fstat(performance->original, &status) != 0) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "it is not in the archive");
        return NULL;
    }
    most = MIN(most, ORIGINAL_MAXIMUM);
    if ((uint64_t)status.st_size > most) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT,
                    "it has %" G_GINT64_FORMAT " bytes, and %zu are the most", (gint64)status.st_size, most);
        return NULL;
    }
    g_autoptr(GBytes) bytes = file_read(performance->original, most, error);
    if (bytes != NULL && g_bytes_get_size(bytes) < (size_t)status.st_size) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_IO, "it ends after %zu of %" G_GINT64_FORMAT " bytes",
                    g_bytes_get_size(bytes), (gint64)status.st_size);
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

static void timers_start(struct performance *performance)
{
    int64_t time = json_number(performance->request, "time", PERFORMANCE_TIME);
    uv_timer_init(&performance->actor->loop, &performance->timer);
    uv_timer_init(&performance->actor->loop, &performance->deadline);
    performance->handles = 2;
    performance->timer.data = performance->deadline.data = performance;
    uv_timer_start(&performance->deadline, on_deadline, (uint64_t)CLAMP(time, 1, PERFORMANCE_TIME), 0);
}

/* performance -> whether there is such an action; its coroutine then has run, ctx and args on its stack.
 * Called protected: another action may have left no memory. */
static int prepare(lua_State *lua)
{
    struct performance *performance = lua_touserdata(lua, 1);
    if (!push_action(performance->actor, lua, json_text_or(performance->request, "action", ""))) {
        lua_pushboolean(lua, 0);
        return 1;
    }
    lua_State *coroutine = lua_newthread(lua); /* -> run, coroutine */
    performance->anchor = luaL_ref(lua, LUA_REGISTRYINDEX);
    performance->coroutine = coroutine;
    lua_pushlightuserdata(lua, performance);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, coroutine);
    lua_xmove(lua, coroutine, 1);
    push_context(coroutine, performance->request);
    lua_json_push(coroutine, json_object_get(performance->request, "args"));
    lua_pushboolean(lua, 1);
    return 1;
}

/* False when it has ended already. */
static bool begin(struct performance *performance)
{
    lua_State *lua = sandbox_state(performance->actor->sandbox);
    lua_pushcfunction(lua, prepare);
    lua_pushlightuserdata(lua, performance);
    bool prepared = lua_pcall(lua, 1, 1, 0) == LUA_OK, known = prepared && lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    if (known)
        return true;
    if (prepared)
        set_outcome(performance, OUTCOME_DEAD, "there is no action '%s'",
                    json_text_or(performance->request, "action", ""));
    else
        set_outcome(performance, OUTCOME_RETRY, "%s", "no memory is left to begin");
    end(performance, "");
    return false;
}

void performance_start(struct actor *actor, const json_t *request, int original)
{
    struct performance *performance = g_new0(struct performance, 1);
    performance->actor = actor;
    performance->after = -1;
    performance->request = json_deep_copy(request);
    performance->original = original;
    progress_forget(actor->progress, number_of(performance));
    timers_start(performance);
    atomic_store(&actor->progress->sequence, number_of(performance));
    bool begun = begin(performance);
    atomic_store(&actor->progress->sequence, 0);
    if (begun)
        performance_resume(performance, 2);
}
