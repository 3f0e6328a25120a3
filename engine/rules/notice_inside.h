/* The readers of the notice: each fills in its part of reading->notice from what the mail says. Inside of
 * notice*.c alone. */
#pragma once
#include "rules/notice.h"
#include "rules/notice_data.h"

enum { NOTICE_LIST_MAXIMUM = 500 };

/* notice_block.c: the metadata block; whether it names the service. */
bool notice_read_block(struct reading *reading, const char *body);
/* notice_accounts.c: accounts that the subject names, and those that a label in the body does. */
void notice_read_account_of_subject(struct reading *reading);
void notice_read_accounts(struct reading *reading, const char *body);
/* Whether twelve digits and no more stand there. */
bool notice_is_account(const char *text, const char *at);
/* notice_places.c: regions, resources, numbers of cases and abuse reports. needles: what cue_needles_in found
 * in the text. */
void notice_read_regions(struct reading *reading, const char *text, const bool *needles);
void notice_read_resources(struct reading *reading, const char *text, const bool *needles);
void notice_read_numbers(struct reading *reading, const char *text, const bool *needles);
/* A region by code or long name, as a code; what is neither is left out. */
void notice_add_region(struct reading *reading, const char *text, size_t length);
/* notice_service.c */
void notice_read_service_of_title(struct reading *reading);
void notice_read_service_of_type(struct reading *reading);
void notice_set_service(struct reading *reading, const char *code);
/* notice_times.c; needles: what cue_needles_in found in the body. */
void notice_read_times(struct reading *reading, const char *body, const bool *needles);
/* Sets a time when text is one, and true then. */
bool notice_set_time(struct reading *reading, const char *key, const char *text);
/* notice_status.c */
void notice_read_status(struct reading *reading, const char *body, const bool *needles);
/* notice_links.c */
void notice_read_links(struct reading *reading, const char *text);
/* notice_language.c */
void notice_read_language(struct reading *reading);
