/* One action being carried out: a Lua coroutine and what it is about. Ends exactly once, with done, retry or
 * dead. */
#pragma once
#include "actor/http.h"
#include "actor/post.h"
#include "actor/process.h"
#include "rules/sandbox.h"
#include "wire/action.h"
#include "wire/channel.h"
#include "wire/progress.h"

#include <jansson.h>

struct actor {
    uv_loop_t loop;
    uv_timer_t heart;
    struct channel *channel;
    struct snapshot *snapshot;
    struct progress *progress;
    struct sandbox *sandbox;
    struct transfers *transfers;
    struct http *http;
    struct post *post;
    json_t *config;
    size_t loaded;      /* bytes of the heap when all was loaded */
    const char *origin; /* "shipped" or "custom": whose actions this one carries out */
};

struct performance {
    struct actor *actor;
    lua_State *coroutine;
    int anchor;                 /* reference that keeps the coroutine */
    json_t *request;            /* ACT's body */
    int original;               /* descriptor, -1 for alerts */
    uv_timer_t timer, deadline; /* timer: of sleep */
    unsigned handles;           /* of these two that are not yet closed */

    /* what the coroutine waits for, at most one not NULL; and what came of it, only while it is resumed */
    struct http_transfer *transfer;
    struct posting *posting;
    struct process *program;
    const struct http_reply *reply;
    const struct posted *posted;
    const struct process_end *program_end;

    unsigned delivered; /* mails that went out or into the outbox */
    int64_t attached;   /* bytes of the original of the mail that is on its way */
    bool affected;      /* something of it has left this process */
    bool accepted;      /* what it sent last was taken, unless its code reads otherwise in the answer */
    bool happened;      /* something did, or may have: another attempt repeats it */
    int64_t taken;      /* bytes of the heap since that was looked at */
    unsigned effects;   /* that have begun */
    unsigned logged;    /* lines */

    json_t *recipients; /* OUTCOME_SPLIT: of the actions that it becomes */
    bool ended;         /* the outcome stands, whatever its Lua does from now on */
    bool raised, down;  /* as in struct action_result */
    enum outcome outcome;
    int64_t after;       /* ms; -1 when not said */
    const char *failure; /* action_failure, NULL where that is not known */
    char *reason;
};

/* An action that has not ended by then (ms) is broken off and tried again: the keeper waits two minutes and
 * then ends the whole process, with what the others have in hand. */
enum { PERFORMANCE_TIME = 100000 };

/* In one attempt: what it may send, and write into the log; and bytes of the heap: after how many that it
 * took it is looked whether actions hold more than so many while they wait, which leaves the others no room.
 */
enum {
    PERFORMANCE_EFFECTS = 1000,
    PERFORMANCE_LINES = 100,
    PERFORMANCE_TAKEN = 32 << 20,
    PERFORMANCE_HELD = 64 << 20
};

/* Takes the descriptor of the original (-1: none). */
void performance_start(struct actor *actor, const json_t *request, int original);
/* Goes on after a wait; `values` of them stand on the coroutine's stack. */
void performance_resume(struct performance *performance, int values);
/* Before anything of it leaves this process: whoever ends the process leaves it in doubt from then on. */
void performance_note_effect(struct performance *performance);
/* What was sent last was taken; its own code may still read in the answer that it was not. */
void performance_note_accepted(struct performance *performance);
/* Something happened, or nobody can say whether: an attempt that is to be repeated ends "unknown" then,
 * whatever its code says. */
void performance_note_happened(struct performance *performance);
/* The performance that the running coroutine belongs to. May raise when there is none. */
struct performance *performance_of(lua_State *lua);
bool performance_is_running(lua_State *lua); /* whether there is one */
/* The original's bytes, read anew: an action that waits holds none of them. NULL with AWSIFT_ERROR_LIMIT when
 * there are more than `most` (at most 64 MiB), _GONE when there is no file, _IO when it cannot be read. */
GBytes *performance_original(const struct performance *performance, size_t most, GError **error);
/* A text for the record: valid UTF-8, at most 1000 bytes. The caller frees. */
char *performance_text(const char *text, size_t length);
