/* Prepared statements with errors as GError. Inside of ledger/ only. */
#pragma once
#include "ledger/checkpoint.h"
#include "ledger/ledger.h"

#include <sqlite3.h>

struct ledger {
    sqlite3 *database;
    char *path;
    int64_t thread_window; /* ms */
    int64_t first;         /* the number that this life's first mail gets; 0: no life has begun */
    const json_t *alerts;  /* the policy of alerts.h; or NULL */
    bool proven;           /* it was read through when it was opened */
    bool disk_failed;      /* the transaction that runs or ran last */
    struct checkpoints checkpoints;
    GHashTable *statements; /* SQL text (static) -> sqlite3_stmt */
};

/* The cached statement, reset and with parameters bound from `format`: i int64_t, t const char * (NULL is
 * NULL), j const json_t * (as canonical text, NULL is NULL). NULL with an error. */
sqlite3_stmt *statement_bind(struct ledger *ledger, GError **error, const char *sql, const char *format, ...);
/* One step: SQLITE_ROW or SQLITE_DONE; anything else sets the error. */
int statement_step(struct ledger *ledger, sqlite3_stmt *statement, GError **error);
/* The number in the first column of a query that yields a row in any case. statement: NULL where binding
 * failed already. */
bool statement_number(struct ledger *ledger, sqlite3_stmt *statement, int64_t *number, GError **error);
/* Binds, runs to the end, ignores rows. */
bool statement_run(struct ledger *ledger, GError **error, const char *sql, const char *format, ...);
/* The database's own error, with what to do about it; always false. */
bool ledger_fail(struct ledger *ledger, GError **error);
const char *ledger_remedy(int number); /* of a primary result code of SQLite; NULL where none is known */
const char *column_text(sqlite3_stmt *statement, int column); /* NULL for NULL */
json_t *column_json(sqlite3_stmt *statement, int column);     /* null for NULL */
json_t *column_time(sqlite3_stmt *statement, int column);     /* ISO 8601, null for NULL */
/* For writing: makes or migrates it. For reading: only looks; schema_look takes an older version, too, and a
 * ledger that nobody has made yet. A version that is not ours is refused. */
bool schema_bring_up(struct ledger *ledger, GError **error);
bool schema_look(struct ledger *ledger, GError **error);
bool schema_check(struct ledger *ledger, GError **error);
