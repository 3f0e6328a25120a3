/* Opens a folder for listing, and as the base of openat(2) and its like. Of the symbolic links on the way
 * only those are followed that root or this user made, so that whoever may write a folder on the way cannot
 * lead us elsewhere with one. The caller closes the descriptor; -1 on failure. Blocks. */
#pragma once
#include <glib.h>

int folder_open(const char *path, GError **error);
