/* Signs of deception in a mail. Whatever the bytes: each sign has its reason and its defect, a stranger's are
 * among all, and nothing that is looked at changes what the mail reads as. */
#include "fuzz.h"
#include "mail/deception.h"

#include <string.h>

static struct links *known_links(void)
{
    static struct links *made;
    if (made == NULL) {
        json_t *known =
            json_pack("{s:[ss], s:[s], s:[sss], s:[s], s:[ss], s:[ss], s:[s], s:[s]}", "aws", "amazon.com",
                      "aws.com", "hosted", "amazonaws.com", "redirects", "awstrack.me", "urldefense.com",
                      "google.com", "opaque", "mimecast.com", "lures", "login", "verif", "executable", "exe",
                      "js", "executable_types", "application/hta", "pages", "html");
        made = links_new(known);
        json_decref(known);
    }
    return made;
}

static struct auth_senders *senders(void)
{
    static struct auth_senders *made;
    if (made == NULL) {
        json_t *list = json_pack("[{s:s}]", "address", "no-reply-aws@amazon.com");
        made = auth_senders_new(list);
        json_decref(list);
    }
    return made;
}

static unsigned count_bits(unsigned bits)
{
    unsigned count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct limits limits = LIMITS_DEFAULT;
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    struct message *message = message_new(bytes, &limits), *again = message_new(bytes, &limits);
    json_t *reasons = json_array(), *less = json_array();
    unsigned signs = deception_read(message, known_links(), senders(), "root@example.jp", reasons);
    unsigned imitated = deception_read_imitation(again, known_links(), less);
    must(json_array_size(reasons) == count_bits(signs), "a sign has one reason");
    must((imitated & ~DECEPTION_IMITATED_LINK) == 0, "of a stranger's, only imitations are told");
    must((imitated & ~signs) == 0, "a stranger's signs are among all");
    must_serialise(reasons);
    size_t index;
    json_t *reason;
    json_array_foreach(reasons, index, reason)
        must_be_one_line(json_string_value(reason));
    must(strcmp(message_text(message), message_text(again)) == 0, "the mail reads the same");
    json_decref(reasons);
    json_decref(less);
    message_free(message);
    message_free(again);
    return 0;
}
