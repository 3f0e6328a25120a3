/* unreadable/: mail that no decider could read lies there under the name that it would have in the archive,
 * with a reason file beside it that tells a person what it is and what to do. The ledger is the truth. */
#pragma once
#include "keeper/filing.h"
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include <jansson.h>

char *aside_folder(const char *store);
char *aside_path(const char *store, int64_t message, const char *sha256);
/* What the reason file says. row: as ledger_unreadable gives it. */
char *aside_text(const json_t *row);
bool aside_explain(const char *store, const json_t *row, GError **error); /* writes that file, durably */
/* Its descriptor, where a file with these bytes lies there; -1 where none does. */
int aside_open(const char *store, int64_t message, const char *sha256);
/* Moves it into the archive, and makes that durable up to the folders, which the caller syncs. */
bool aside_bring(const char *store, const char *category, int64_t message, const char *sha256,
                 GError **error);
/* The mail is filed, durably: what is left of it here would tell otherwise. A file with other bytes stays. */
void aside_forget(const char *store, int64_t message, const char *sha256);

struct aside_name {
    int64_t message;
    char hex[FILING_HEX + 1]; /* how its SHA-256 begins */
    bool damaged;             /* it lay in the archive, and is not what came */
    bool reason;              /* the reason file, not the mail */
    bool temporary;           /* of a write that was cut */
};
/* False for a name that awsift does not give. */
bool aside_parse(const char *name, struct aside_name *parsed);
