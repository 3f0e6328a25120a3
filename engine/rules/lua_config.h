/* Evaluating awsift.lua in this process; config_load does it in a child. */
#pragma once
#include <jansson.h>
#include <glib.h>

/* file NULL: the embedded defaults, relative to base. NULL with one line an error when anything is wrong. */
json_t *lua_config_read(const char *file, const char *base, GError **error);
