/* The daemon's end of the control socket. */
#pragma once
#include "keeper/keeper_internal.h"

struct control *control_open(struct keeper *keeper, GError **error);
void control_close(struct control *control); /* handles close in the loop; NULL-safe */
