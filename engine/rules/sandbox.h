/* A Lua state that hostile or fallible rule files can run in: text chunks only, no io, os, debug, package or
 * coroutine library, frozen library tables, bounded memory and instructions. Two kinds with two sets of
 * globals: deciding (pure) and acting. Files come from the snapshot alone; `require "awsift.x"` finds
 * awsift/x.lua, `require "x"` finds lib/x.lua of the rule folder that asks. */
#pragma once
#include "wire/snapshot.h"

#include <jansson.h>
#include <lua.h>

/* In the registry: the function that checks what a rule's `actions` yielded (scripts/awsift/action_calls.lua). */
#define SANDBOX_ACTIONS "awsift.actions"
/* The function that says whom a role of a contact means (scripts/awsift/grouping.lua). */
#define SANDBOX_PEOPLE "awsift.people"

#define SANDBOX_LOADED SIZE_MAX

struct sandbox;
typedef struct sandbox sandbox;

struct sandbox_options {
    bool acting;
    bool shipped_tests;   /* the shipped rules' own tests are loaded, too */
    size_t memory;        /* bytes of the Lua heap, at most */
    const json_t *names;  /* channels, commands, webhooks, shipped_rules as config_for_decider says them, for
                             checking; or NULL */
    lua_CFunction extend; /* acting: called with the globals' table as its argument, adds http, smtp, exec, …
                             ; or NULL */
    void (*loading)(size_t index, void *data); /* told the index of each snapshot file before it is loaded,
                                                   SANDBOX_LOADED when the last one is; or NULL */
    void *data;
};

struct sandbox *sandbox_new(const struct snapshot *snapshot, const struct sandbox_options *options,
                            GError **error);
void sandbox_free(struct sandbox *sandbox);
lua_State *sandbox_state(struct sandbox *sandbox);
size_t sandbox_memory(const struct sandbox *sandbox); /* bytes of the Lua heap now */
/* Runs the shipped scripts and every rule file. What goes wrong in rule files is collected in the
 * declarations' errors, not returned; false only when the shipped scripts fail. */
bool sandbox_load(struct sandbox *sandbox, GError **error);
/* Runs one file of the snapshot and leaves the value that it returned on the stack. */
bool sandbox_run_module(struct sandbox *sandbox, const char *name, GError **error);
/* For what runs in the state. Pushes a file's own globals, which fall back to the frozen ones. */
void sandbox_push_environment(lua_State *lua);
bool sandbox_is_acting(lua_State *lua);
bool sandbox_is_deciding(lua_State *lua); /* all is loaded, and this is no actor */
/* A file of the snapshot that the state runs; NULL bytes when there is none. */
struct snapshot_file sandbox_file(lua_State *lua, const char *name);
/* Pushes the table of declarations (scripts/awsift/declarations.lua says its shape): actions, contacts,
 * categories, rules, placeholders, decorations, senders, tests, errors, warnings. */
void sandbox_push_declarations(struct sandbox *sandbox);
/* Calls the function below its arguments on top of the stack, with at most `instructions` Lua instructions;
 * results as lua_pcall. On failure pops everything, leaves nothing, and sets an error whose message is
 * "file:line: what"; *kind (may be NULL) is then "instructions" or "memory" where that budget was used up,
 * else "raised". No error object of any kind gets out of here. */
bool sandbox_call(struct sandbox *sandbox, int arguments, int results, int64_t instructions,
                  const char **kind, GError **error);
/* The same for a rule's function while a mail is decided: CALL_INSTRUCTIONS, a share of the heap, and no more
 * than the mail has left of its own budget. */
bool sandbox_call_for_mail(struct sandbox *sandbox, int arguments, int results, const char **kind,
                           GError **error);
/* To be called when all is loaded and compiled. Fails when that fills too much of the heap. */
bool sandbox_settle(struct sandbox *sandbox, GError **error);
/* Before a mail is decided. */
void sandbox_begin_mail(struct sandbox *sandbox);
/* Whether the last mail's decision could be another one in a state that has decided nothing before. */
bool sandbox_doubtful(const struct sandbox *sandbox);
/* Resumes a coroutine (acting) with so many instructions; *overran: they are used up, or the heap is, by it.
 * *finished when it returned; values stay on the coroutine's stack. */
bool sandbox_resume(struct sandbox *sandbox, lua_State *coroutine, int arguments, int *results,
                    int64_t instructions, bool *finished, bool *overran, GError **error);
/* By how much that has let the heap grow, which may be garbage; and what is left when it is collected. */
int64_t sandbox_grown(const struct sandbox *sandbox);
void sandbox_collect(struct sandbox *sandbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sandbox, sandbox_free)
