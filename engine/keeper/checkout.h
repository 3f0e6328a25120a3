/* Whether git is changing a folder just now. */
#pragma once

/* The index.lock of the work tree that holds the folder, where there is one: a checkout, merge or pull holds
 * it until all files are written, and one that was killed leaves it behind. NULL when there is none. The
 * caller frees it. */
char *checkout_lock(const char *folder);
