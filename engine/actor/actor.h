/* The actor: the child that has effects. One process runs the shipped actions (courier), one those of rule
 * folders. */
#pragma once
/* The child's main: CHILD_CHANNEL, CHILD_SNAPSHOT, CHILD_PROGRESS are open. Returns the exit status. */
int actor_main(void);
