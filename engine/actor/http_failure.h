/* Why there was no answer. */
#pragma once
#include "actor/transfers.h"

/* "https://example.com: …", in words that stay the same while the cause does. The caller frees. */
char *http_failure(const struct transfer *transfer, CURLcode result, const char *origin);
