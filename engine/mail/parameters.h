/* Parameters of fields such as Content-Disposition, as RFC 2231 and as mailers write them. */
#pragma once

struct decode_faults;

/* The parameter of that name in a raw value, decoded; NULL when there is none. `name*` and `name*0…` (RFC
 * 2231, 4 and 3) come before `name`, whatever their order. near is the label of what stands near, or NULL. */
char *parameter_decode(const char *near, const char *raw, const char *name, struct decode_faults *faults);
