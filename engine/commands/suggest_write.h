/* Suggestions as files of a rule folder. */
#pragma once
#include "base/config.h"

#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

/* The mail of a suggestion's test, whole. The caller owns it. */
GBytes *suggest_fixture(const json_t *suggestion);
/* Writes folder/NN-suggested.lua, folder/tests/NN-suggested.lua and the tests' fixtures, with the first NN
 * from 80 that is free; no file that is there is touched. Only suggestions that hold ("sound") are written,
 * with their categories where the folder is none of the configuration's: it can then be checked alone.
 * The rule file's path, which the caller frees; NULL with an error. */
char *suggest_write(const struct config *config, const char *folder, const json_t *suggestions,
                    GError **error);
/* One suggestion alone, as NAME.lua with its test in both forms, for trying it. */
bool suggest_write_one(const char *folder, const char *name, const json_t *suggestion, GError **error);
