/* Counting. Instructions are counted by Lua's hook, every thousand of them; memory is what a call allocates,
 * whether it keeps it or not, so that a text that is copied over and over comes to its end as a loop does.
 * Once a budget is used up, the call cannot go on: the hook raises at every further instruction, the
 * allocator gives nothing more, and pcall raises again.
 *
 * A decision must not depend on the mails before it. While a function runs nothing is collected, so what a
 * call allocates is what it uses. Only what earlier mails left in the heap (a text that is there already, a
 * table that has grown) can spare a call some of it; where that could decide between enough and not enough,
 * the budget is doubtful, and the mail is to be decided again in a state that is as loaded.
 *
 * The hook does not run inside C functions: who waits for this process must keep a clock. */
#include "rules/budget.h"
#include "base/guard.h"

#include <glib.h>
#include <lauxlib.h>
#include <stdlib.h>

enum {
    HOOK_STEP = 1000,
    CALL_STEPS = 100, /* of a mail's budget, for a call that is too short to be counted */
    DIRT_SHARE = 16,  /* the part of the heap that may be of earlier mails */
    LEFT_SHARE = 8,   /* and of earlier calls for the same mail */
    SPARE = 1 << 20,  /* bytes that the next rule file needs at least */
};

static void on_count(lua_State *lua, lua_Debug *debug)
{
    struct budget *budget = budget_of(lua);
    budget->instructions -= HOOK_STEP;
    if (budget->instructions <= 0 && guard_stands("instructions"))
        budget_raise(budget, lua);
}

const char *budget_message(enum budget_spent spent)
{
    return spent == BUDGET_MEMORY ? "the budget of memory is used up"
                                  : "the budget of instructions is used up";
}

void budget_raise(struct budget *budget, lua_State *lua)
{
    if (budget->spent == BUDGET_LEFT)
        budget->spent = BUDGET_INSTRUCTIONS;
    if (!guard_stands("sticky")) {
        budget->spent = BUDGET_LEFT;
        budget->instructions = budget->given;
        luaL_error(lua, "%s", budget_message(BUDGET_INSTRUCTIONS));
    }
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
    if (budget->spent == BUDGET_MEMORY) {
        lua_pushnil(lua); /* there is no memory for words */
        lua_error(lua);
    }
    luaL_where(lua, 0);
    lua_pushstring(lua, budget_message(budget->spent));
    lua_concat(lua, 2);
    lua_error(lua);
}

void budget_charge(struct budget *budget, lua_State *lua, int64_t steps)
{
    if (!guard_stands("steps"))
        return;
    budget->instructions -= CLAMP(steps, 0, MAX(budget->instructions, 0));
    if (budget->instructions <= 0 && guard_stands("instructions"))
        budget_raise(budget, lua);
}

static size_t heap_of(const struct budget *budget)
{
    return budget->loading && budget->running != NULL ? budget->heap / RULES_SHARE : budget->heap;
}

static bool may_grow(struct budget *budget, size_t more)
{
    bool bounded = budget->running != NULL && budget->memory > 0;
    if (!guard_stands("memory"))
        return true;
    if (bounded && budget->spent == BUDGET_MEMORY)
        return false;
    bool fits = budget->used + more <= heap_of(budget);
    if (!bounded || (fits && budget->grown + (int64_t)more <= budget->memory))
        return fits;
    budget->spent = BUDGET_MEMORY;
    budget->instructions = 0;
    lua_sethook(budget->running, on_count, LUA_MASKCOUNT, 1);
    return false;
}

static void grow(struct budget *budget, int64_t bytes)
{
    budget->used += (size_t)bytes;
    budget->grown += bytes;
    budget->peak = MAX(budget->peak, budget->grown);
}

void *budget_allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct budget *budget = data;
    size_t before = block == NULL ? 0 : old_size;
    if (new_size == 0) {
        free(block);
        grow(budget, -(int64_t)before);
        return NULL;
    }
    if (new_size > before && !may_grow(budget, new_size - before))
        return NULL;
    void *grown = realloc(block, new_size);
    if (grown != NULL)
        grow(budget, (int64_t)new_size - (int64_t)before);
    return grown;
}

void budget_begin(struct budget *budget, lua_State *lua, int64_t instructions, int64_t memory)
{
    budget->running = lua;
    budget->given = budget->instructions = instructions;
    budget->memory = memory;
    budget->grown = budget->peak = 0;
    budget->spent = BUDGET_LEFT;
    lua_sethook(lua, on_count, LUA_MASKCOUNT, HOOK_STEP);
}

void budget_end(struct budget *budget)
{
    lua_sethook(budget->running, NULL, 0, 0);
    budget->running = NULL;
}

bool budget_is_filled(const struct budget *budget, lua_State *lua)
{
    size_t most = budget->heap / RULES_SHARE - MIN(budget->heap / RULES_SHARE, SPARE);
    if (!guard_stands("memory") || budget->used < most)
        return false;
    lua_gc(lua, LUA_GCCOLLECT);
    return budget->used >= most;
}

void budget_settle(struct budget *budget, lua_State *lua)
{
    lua_gc(lua, LUA_GCCOLLECT);
    lua_gc(lua, LUA_GCSTOP);
    budget->settled = budget->used;
}

void budget_mail_begin(struct budget *budget, lua_State *lua)
{
    if (budget->settled == 0)
        budget_settle(budget, lua);
    if (budget->used > budget->settled + budget->heap / DIRT_SHARE)
        lua_gc(lua, LUA_GCCOLLECT);
    budget->dirt = budget->used > budget->settled ? budget->used - budget->settled : 0;
    budget->mail_instructions = MAIL_INSTRUCTIONS;
    budget->mail_grown = 0;
    budget->doubtful = false;
}

bool budget_mail_allows(struct budget *budget, int64_t *instructions)
{
    if (!guard_stands("mail-instructions"))
        return true;
    *instructions = MIN(*instructions, budget->mail_instructions);
    return budget->mail_instructions > 0;
}

void budget_mail_charge(struct budget *budget, lua_State *lua)
{
    budget->mail_instructions -= budget->given - MAX(budget->instructions, 0) + CALL_STEPS;
    bool close = budget->spent == BUDGET_MEMORY || budget->peak + (int64_t)budget->dirt >= budget->memory;
    budget->doubtful = budget->doubtful || (close && budget->dirt > 0);
    budget->mail_grown += budget->peak;
    if (budget->mail_grown < (int64_t)(budget->heap / LEFT_SHARE))
        return;
    lua_gc(lua, LUA_GCCOLLECT);
    budget->mail_grown = 0;
}
