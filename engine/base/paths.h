/* Where the parts of an installation are. */
#pragma once

/* The folder that holds scripts/ and rules.d/: the source tree for a binary in its build tree, else the
 * installed data folder. Static. */
const char *path_data(void);
/* The running binary, for starting children of the same program. Static. */
const char *path_self(void);
