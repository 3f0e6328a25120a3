/* One keeper a store. The lock belongs to the file's inode and to the process: it outlives a renamed store,
 * and ends with the process however that ends. */
#pragma once
#include "base/error.h"

/* Takes it. What is about to end by itself (`awsift decide` without a daemon, a daemon that is ending) is
 * waited for, for half a minute; anything else that holds it is BUSY after a moment. decides: this one ends
 * by itself as well. The descriptor, or -1. Blocks. */
int store_lock(const char *store, bool decides, GError **error);
/* Whoever waits for the lock knows from now on that it will be free soon. */
void store_lock_ending(int lock);
