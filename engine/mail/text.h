/* Text as a person sees it, for matching. */
#pragma once
#include <stdbool.h>
#include <glib.h>

/* NFKC, zero-width and bidi controls removed, other controls dropped, every run of blanks within a line one
 * space, lines trimmed; at most 30
 * combining marks in a row; lines stay (LF). With one_line, line ends are blanks too. The caller frees. */
char *text_normalize(const char *text, bool one_line);
/* Whether there is anything to see: something else than blanks, controls and characters without a glyph. */
bool text_says_something(const char *text);
/* Valid UTF-8 on one line without controls, otherwise as it is: for showing and sending. The caller frees. */
char *text_one_line(const char *text);
/* At most `bytes` bytes, cut at a character, "…" appended when cut. The caller frees. */
char *text_clip(const char *text, size_t bytes);
/* format=flowed (RFC 3676) with its soft line ends gone; with delete_space (DelSp=yes) their blanks too. The
 * caller frees. */
char *text_unflow(const char *text, bool delete_space);
/* The text of HTML as a person reads it: blocks as lines, links kept as "text <url>" when they differ.
 * anchors: gets the links that can be seen, as struct anchor; or NULL. */
char *text_from_html(const char *html, GPtrArray *anchors);
/* A link of HTML: what is shown of it, at most so many bytes of it, and where it leads. */
enum { TEXT_ANCHOR_SHOWN = 500 };
struct anchor {
    char *shown, *target;
};
GPtrArray *text_anchors_new(void);
/* The same without any understanding, in little time: the tags left out; of each, every address is an anchor
 * of which nothing is shown. */
char *text_without_tags(const char *html, GPtrArray *anchors);
/* The charset that HTML declares in itself, in its first 1024 bytes, as browsers look for it; NULL: none. */
char *html_charset(const char *bytes, size_t length);
bool text_is_cjk(gunichar character);
/* Controls of the bidirectional algorithm (UAX 9, 2), which show text in another order. */
bool text_is_bidi(gunichar character);
bool text_is_zero_width(gunichar character);
/* Sets what there is of both in valid UTF-8; leaves the other alone. */
void text_find_hiding(const char *text, bool *bidi, bool *zero_width);
