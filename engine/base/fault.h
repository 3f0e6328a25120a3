/* Named steps of a mail's journey at which a test build can be made to die, stop or fail:
 * `meson setup -Dfaults=true`, and $AWSIFT_FAULT=STEP:WHAT[:N[-M]][,…]. In every other build all of this is
 * nothing.
 *
 * WHAT is kill (SIGKILL to its own process), stop (SIGSTOP), crash (SIGABRT), and where the step can fail,
 * fail (EIO) or the name of an error (ENOSPC …). It happens at the Nth passing, the first by default, up to
 * the Mth, or with * at each. AWSIFT_FAULT=list prints all steps. A process counts for itself, unless
 * $AWSIFT_FAULT_COUNTS names a file: then all that name it count together, over restarts too, and the file
 * says how often each step was passed, as 32 bits a step in the list's order. */
#pragma once
#include "constants.h"

#include <stdbool.h>

#define FAULT_VARIABLE "AWSIFT_FAULT" /* both begin with it */

#if AWSIFT_FAULTS
/* A step and what it means. They stand in fault_steps.c; a step that is named nowhere there ends the process.
 */
struct fault_step {
    const char *name, *process, *meaning;
    bool fails;
};
extern const struct fault_step fault_steps[]; /* ends with a name that is NULL */

/* Reads the variables. Ends the process where they name what there is not, or after the list. */
void fault_begin(void);
void fault_point(const char *step);
/* True: it fails, and errno says how. */
bool fault_fails(const char *step);
#else
#define fault_begin() ((void)0)
#define fault_point(step) ((void)0)
#define fault_fails(step) false
#endif
