/* What a Lua state may use: memory of all of it, and instructions and memory of one call and of all calls for
 * a mail. All of it is counted, never timed, so that the same call ends the same way on any machine. */
#pragma once
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lua instructions of one call of a rule's function, and of all of them for one mail. */
#define CALL_INSTRUCTIONS 1000000
#define MAIL_INSTRUCTIONS 20000000
/* The part of the heap that one call may allocate, whether it keeps it or not; and that which the loaded
 * rules may fill. */
enum { CALL_SHARE = 4, RULES_SHARE = 2 };

enum budget_spent { BUDGET_LEFT, BUDGET_INSTRUCTIONS, BUDGET_MEMORY };

struct budget {
    size_t heap;                 /* bytes at most */
    size_t used;                 /* now */
    size_t settled;              /* when all rules were loaded and nothing had run; 0: not yet known */
    bool loading;                /* what runs may fill the rules' share alone: the rest is for saying so */
    lua_State *running;          /* what the call runs in; NULL between calls */
    int64_t given, instructions; /* of the running call: at first, and left */
    int64_t memory, grown, peak; /* of the running call: at most (0: the heap), now, and at most so far */
    int64_t mail_instructions;   /* left for the mail */
    int64_t mail_grown;          /* bytes since the mail began, or since what its calls left was collected */
    size_t dirt;                 /* of earlier mails in the heap when this one began */
    enum budget_spent spent;
    bool doubtful;
};

/* For lua_newstate, with the budget as data. */
void *budget_allocate(void *budget, void *block, size_t old_size, size_t new_size);
/* Around one call. memory: 0 for no other bound than the heap. */
void budget_begin(struct budget *budget, lua_State *lua, int64_t instructions, int64_t memory);
void budget_end(struct budget *budget);
/* Takes steps off the running call; may raise. */
void budget_charge(struct budget *budget, lua_State *lua, int64_t steps);
/* Raises that the budget is used up; again and again, whatever catches it. */
void budget_raise(struct budget *budget, lua_State *lua);
const char *budget_message(enum budget_spent spent);
/* How the state finds its budget, told by its owner. */
struct budget *budget_of(lua_State *lua);

/* Whether what was loaded leaves next to nothing of the rules' share. */
bool budget_is_filled(const struct budget *budget, lua_State *lua);
/* Once the rules are loaded. */
void budget_settle(struct budget *budget, lua_State *lua);
/* Before all calls for a mail. Nothing is collected but here, and between calls that left much. */
void budget_mail_begin(struct budget *budget, lua_State *lua);
/* Before a call for the mail: false when the mail's instructions are used up, else at most so many are left.
 */
bool budget_mail_allows(struct budget *budget, int64_t *instructions);
/* Afterwards: takes what the call has used off the mail's. */
void budget_mail_charge(struct budget *budget, lua_State *lua);
