/* What somebody asks over the control socket, checked. */
#pragma once
#include <stdbool.h>
#include <glib.h>
#include <jansson.h>

enum control_command {
    CONTROL_STATUS,
    CONTROL_RELOAD,
    CONTROL_DECIDE,
    CONTROL_ACK,
    CONTROL_SILENCE,
    CONTROL_HANDLE,
    CONTROL_DRILL
};

struct control_request {
    enum control_command command;
    json_t *ids;          /* of CONTROL_DECIDE and CONTROL_ACK; owned */
    char *as, *by, *note; /* NULL when absent; owned */
    json_t *silence;      /* of CONTROL_SILENCE (keeper/silencing.h); owned */
    json_t *handling;     /* of CONTROL_HANDLE (keeper/handling.h); owned */
    bool dry_run;
    bool release;  /* of CONTROL_DECIDE: what is unreadable, as `as` says */
    bool force;    /* of CONTROL_RELOAD */
    json_t *drill; /* of CONTROL_DRILL: as drill_start takes it; owned */
};

#define CONTROL_LINE_MOST (1u << 20)

bool control_request_parse(const char *line, size_t length, struct control_request *request, GError **error);
void control_request_clear(struct control_request *request);
