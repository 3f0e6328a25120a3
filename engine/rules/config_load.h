/* Reads awsift.lua. The Lua runs in a short-lived child, so that whoever calls (the keeper too) runs none. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

/* path NULL: $AWSIFT_CONFIG, ./awsift.lua, /etc/awsift/awsift.lua, else the embedded defaults. rules not
 * NULL: that folder instead of the configured ones (the shipped rules are not added). Errors are
 * AWSIFT_ERROR_CONFIG, one line each: "file:line: what, and what to do". */
struct config *config_load(const char *path, const char *rules, GError **error);
/* The same for whoever goes on to check the rules: what is wrong is appended to problems as {file, line,
 * message}, and the configuration is made of what is right. NULL with an error or with problems when nothing
 * can be made. */
struct config *config_load_checked(const char *path, const char *rules, json_t *problems, GError **error);
/* The snapshot of the configuration's rule folders and the shipped scripts. What cannot be read is appended
 * to problems and left out; problems NULL: it is an error. */
struct snapshot *config_snapshot(const struct config *config, json_t *problems, GError **error);
