/* Evaluating awsift.lua in this process; config_load does it in a child. */
#pragma once
#include <jansson.h>
#include <glib.h>

/* file NULL: the embedded defaults, relative to base. {"config": object, "errors": [{file, line, message}]},
 * config null where the file did not run to its end. NULL with an error when the shipped scripts fail. */
json_t *lua_config_read(const char *file, const char *base, GError **error);
