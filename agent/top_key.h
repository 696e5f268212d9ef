/* Keys of a terminal: the bytes that it sends, the keys that somebody pressed. Pure. */
#ifndef AGENT_TOP_KEY_H
#define AGENT_TOP_KEY_H

#include <stdbool.h>
#include <stddef.h>

enum top_key {
    TOP_KEY_NONE, /* one that nobody knows */
    TOP_KEY_UP,
    TOP_KEY_DOWN,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_ENTER,
    TOP_KEY_ESCAPE,
    TOP_KEY_BACKSPACE,
    TOP_KEY_CHARACTER, /* printable ASCII */
};

/* Reads the first key of 'len' bytes. Returns how many bytes it has; 0: the rest of it is still to
 * come. Where 'all' bytes have come, an escape without more is the key itself. '*ret_character' is
 * set for TOP_KEY_CHARACTER. */
size_t top_key_read(const char *bytes, size_t len, bool all, enum top_key *ret,
                    char *ret_character);

#endif
