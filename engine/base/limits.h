/* Limits on one mail, each a number of the configuration (`limits { … }`). */
#pragma once
#include <stddef.h>

struct limits {
    size_t bytes;        /* of the file that are read at all */
    size_t header_block; /* of the top header */
    size_t header_field; /* of one field, unfolded, in parts too */
    size_t colons;       /* outside quotes in an address header */
    size_t headers;      /* fields of the top header */
    size_t parts;
    size_t depth;
    size_t text; /* bytes of decoded text that rules see */
};

#define LIMITS_DEFAULT                                                                                       \
    {                                                                                                        \
        .bytes = 10 << 20, .header_block = 64 << 10, .header_field = 16 << 10, .colons = 64, .headers = 200, \
        .parts = 200, .depth = 16, .text = 256 << 10                                                         \
    }
