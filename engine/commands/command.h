/* One descriptor a command; main.c lists them. */
#pragma once
#include <glib.h>

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, EXIT_TRY_AGAIN = 75 };

struct command {
    const char *name, *arguments, *summary;
    const char *help;   /* paragraphs under the usage line */
    guint least, most;  /* arguments besides options */
    const char *wanted; /* what an argument is, for who gave too few; NULL when none is taken */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

extern const struct command command_run, command_check, command_test, command_classify, command_explain,
    command_inspect, command_ingest, command_list, command_show, command_retry, command_drop, command_resend,
    command_decide, command_status, command_reload, command_rules, command_suggest, command_silence,
    command_ack, command_drill, command_act, command_unreadable, command_backup, command_restore;
