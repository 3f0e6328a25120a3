/* Reading an action from a row. Inside of ledger/ only. */
#pragma once
#include "ledger/statement.h"

/* What action_row_read reads, from "actions a". */
#define ACTION_COLUMNS                                                                                                                                              \
    "a.id, a.message, a.decision, a.action, a.actor, a.key, a.args, coalesce(a.context, d.context),"                                                                \
    " a.attempts, coalesce(m.folder, now.category, ''), coalesce(m.sha256, ''), a.crashes, a.priority,"                                                             \
    " a.due, d.thread, a.destination, a.telling, coalesce(a.renewed, a.created),"                                                                                   \
    " coalesce(a.leads, 0), (SELECT count(*) FROM attempts t WHERE t.action = a.id) FROM actions a LEFT JOIN decisions d ON d.id = a.decision LEFT JOIN messages m" \
    " ON m.id = a.message LEFT JOIN decisions now ON now.id = m.decision"
struct ledger_action *action_row_read(sqlite3_stmt *statement);
