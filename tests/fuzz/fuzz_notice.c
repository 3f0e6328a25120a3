/* The notice of a mail whose body is the bytes, under the subject that is their first line; and the reader of
 * moments at each of its places. */
#include "fuzz.h"
#include "base/json.h"
#include "base/limits.h"
#include "mail/moments.h"
#include "rules/notice.h"
#include "rules/notice_marks.h"
#include "rules/rule_set.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct limits limits = LIMITS_DEFAULT;

static const struct rule_set *shipped(void)
{
    static struct rule_set *set;
    if (set != NULL)
        return set;
    GError *error = NULL;
    g_autofree char *folder = g_dir_make_tmp("awsift-fuzz-XXXXXX", NULL);
    const char *folders[] = {folder, NULL};
    struct snapshot *snapshot = snapshot_take("scripts/awsift", folders, &error);
    must(snapshot != NULL, "fuzzers run in the repository's root");
    struct sandbox_options options = {.memory = 64 << 20};
    struct sandbox *sandbox = sandbox_new(snapshot, &options, &error);
    must(sandbox != NULL && sandbox_load(sandbox, &error), "the shipped scripts load");
    set = rule_set_new(sandbox);
    must(json_array_size(set->errors) == 0, "the shipped cues are sound");
    g_rmdir(folder);
    mail_start();
    return set;
}

static void check_moments(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        struct moment moment;
        int64_t time = 0;
        size_t length = moment_read(at, &moment);
        must(length <= strlen(at), "a moment ends where the text does");
        if (length > 0 && moment_time(&moment, 0, &time))
            must(time > INT64_C(-2300000000000) && time < INT64_C(4200000000000),
                 "a time is of 1900 to 2100");
        must(moment_read_lasting(at, &time) <= strlen(at), "a span ends where the text does");
    }
    struct marked marked;
    marks_read(&marked, text);
    must_be_text(marked.text->str);
    must(marked.moments->len <= MARKS_MAXIMUM && marked.lastings->len <= MARKS_MAXIMUM, "signs are numbered");
    marks_clear(&marked);
}

static void check_list(const json_t *notice, const char *key)
{
    const json_t *list = json_object_get(notice, key);
    for (size_t i = 1; i < json_array_size(list); i++)
        must(strcmp(json_string_value(json_array_get(list, i - 1)),
                    json_string_value(json_array_get(list, i))) < 0,
             "lists are sorted, and have each value once");
}

static void check_notice(struct reading *reading)
{
    static const char *const lists[] = {"accounts", "regions", "resources", "links"};
    static const char *const times[] = {"starts", "ends", "deadline"};
    const json_t *notice = notice_of(reading, true);
    must_serialise(notice);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        check_list(notice, lists[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        must(strlen(json_text_or(notice, times[i], "2026-12-05T00:00:00Z")) == 20, "times are whole");
    must(json_text_or(notice, "title", NULL) != NULL, "there is a title");
    const char *ja = notice_half(reading, reading->message, "ja"),
               *en = notice_half(reading, reading->message, "en");
    must_be_text(ja != NULL ? ja : "");
    must_be_text(en != NULL ? en : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct rule_set *set = shipped();
    g_autofree char *text = g_utf8_make_valid(size > 0 ? (const char *)data : "", (gssize)size);
    g_autofree char *subject = g_strndup(text, strcspn(text, "\n"));
    g_autofree char *mail = g_strdup_printf("From: no-reply-aws@amazon.com\nSubject: %s\nMIME-Version: 1.0\n"
                                            "Content-Type: text/plain; charset=utf-8\n"
                                            "Content-Transfer-Encoding: 8bit\n\n%s",
                                            subject, text + strlen(subject));
    g_autoptr(GBytes) raw = g_bytes_new(mail, strlen(mail));
    g_autoptr(message) message = message_new(raw, &limits);
    struct reading reading;
    reading_start(&reading, set, message);
    check_notice(&reading);
    reading_clear(&reading);
    check_moments(text);
    return 0;
}
