/* The text of HTML, as it comes out of a part: valid UTF-8, anything else possible. */
#include "normalize.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *html = g_utf8_make_valid(size > 0 ? (const char *)data : "", (gssize)size);
    g_autofree char *text = text_from_html(html, NULL);
    must_be_text(text);
    must_normalize(text);
    g_autofree char *clipped = text_clip(text, 1000);
    must_be_text(clipped);
    must(strlen(clipped) <= 1000, "clipped text is within its limit");
    return 0;
}
