/* Notices that rules were saved, and reloads once the saving is over. */
#pragma once
#include "keeper/keeper_internal.h"

struct rules_watch *rules_watch_start(struct keeper *keeper);
void rules_watch_loaded(struct rules_watch *watch,
                        guint64 fingerprint);            /* what the last snapshot was taken of */
void rules_watch_stop(struct rules_watch *watch);        /* frees it once its handles closed; NULL-safe */
char *rules_watch_scripts(void);                         /* the folder of the shipped scripts; caller frees */
char **rules_watch_folders(const struct config *config); /* the rule folders, NULL-terminated; caller frees */
