/* Reads awsift.lua. The Lua runs in a short-lived child, so that whoever calls (the keeper too) runs none. */
#pragma once
#include "base/config.h"
#include "wire/snapshot.h"

/* path NULL: $AWSIFT_CONFIG, ./awsift.lua, /etc/awsift/awsift.lua, else the embedded defaults. rules not
 * NULL: that folder instead of the configured ones (the shipped rules are not added). Errors are
 * AWSIFT_ERROR_CONFIG, one line each: "file:line: what, and what to do". */
struct config *config_load(const char *path, const char *rules, GError **error);
/* The snapshot of the configuration's rule folders and the shipped scripts. */
struct snapshot *config_snapshot(const struct config *config, GError **error);
