/* The daily digest to the operators: when it is due. */
#pragma once

struct keeper;
struct digest;
struct digest *digest_new(void);
void digest_free(struct digest *digest); /* NULL-safe */
/* Every tick of a keeper that has live rules: has the digest made when it is due. */
void digest_tick(struct keeper *keeper);
