/* Secrets: from the environment, or from the folder of credentials that the service manager gives. They are
 * handed to libcurl or to an action's Lua and stand nowhere else. */
#pragma once
#include <stdbool.h>
#include <glib.h>

/* Letters, digits, '_', '.' and '-'; no path. */
bool secret_is_name(const char *name);
/* $AWSIFT_SECRET_NAME. The caller frees. */
char *secret_variable(const char *name);
/* NULL when it is not set. The caller frees. */
char *secret_find(const char *name);
/* The same, or what is wrong with the name, or where it is looked for. The caller frees. */
char *secret_get(const char *name, GError **error);
