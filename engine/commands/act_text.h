/* What an action would send, for people and for programs. */
#pragma once
#include <jansson.h>

/* Takes out of what was written down what may be a secret: of an address all behind its host, in texts codes
 * and keys. */
void act_mask(json_t *sends);
void act_print_sends(const json_t *sends);
