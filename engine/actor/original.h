/* The mail that an action tells of, as far as it can go along. */
#pragma once
#include "actor/performance.h"

/* What becomes of it. */
enum original_state { ORIGINAL_NONE, ORIGINAL_ATTACHED, ORIGINAL_LARGE, ORIGINAL_GONE };

struct original {
    enum original_state state;
    GBytes *bytes;   /* ATTACHED */
    char *why;       /* LARGE, GONE */
    bool again;      /* GONE: worth another attempt */
    int64_t size;    /* bytes; 0 when unknown */
    int64_t maximum; /* bytes */
};

struct original original_read(const struct performance *performance);
void original_clear(struct original *original);
