/* The keeper: owns spools, ledger and children. Runs no Lua, parses no mail. */
#pragma once
#include "base/config.h"

struct keeper_options {
    bool once;            /* drain spools and what is due, then end */
    const json_t *decide; /* NULL, or {ids: [n], as: category|null, by: name|null, dry_run: bool}: decide
                             these again, act, end (implies once, no spool) */
    json_t *
        *decided; /* NULL, or where the results of that go: [{id, before, after, …}]; the caller owns them */
};
/* Blocks until the end; the process exit status. */
int keeper_run(const struct config *config, const struct keeper_options *options);
