/* What a stranger's mail may hold and a chat or a log must not: access keys, one-time codes, links that reset
 * or confirm something. */
#pragma once

/* The text with these masked: an access key keeps its kind and last four characters, a link its host. Valid
 * UTF-8. The caller frees. */
char *mask_secrets(const char *text);
