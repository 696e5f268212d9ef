#include "registrator/naming.h"

#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/text.h"

#define IMAGE_ID_PREFIX "sha256:"
#define IMAGE_ID_DIGITS 64

static const char service_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

static bool is_image_id(const char *image);
static void mask_dots(struct sbuf *b);

char *naming_from_image(const char *image)
{
    if (is_image_id(image))
        return NULL;
    size_t end = strcspn(image, "@");
    while (end && image[end - 1] == '/')
        end--;
    size_t start = end;
    while (start && image[start - 1] != '/')
        start--;
    size_t len = strcspn(image + start, ":@/");
    return len ? xstrndup(image + start, len) : NULL;
}

char *naming_from_image_strict(const char *image)
{
    size_t end = strlen(image);

    while (end && image[end - 1] == '/')
        end--;
    size_t start = end;
    while (start && image[start - 1] != '/')
        start--;
    size_t len = strcspn(image + start, ":/");
    return len ? xstrndup(image + start, len) : NULL;
}

char *naming_service(const char *said, size_t max, bool *ret_changed)
{
    struct sbuf b = SBUF_INIT;

    for (const char *p = said; *p && b.len < max; p++)
        sbuf_addch(&b, strchr(service_characters, *p) ? *p : '-');
    mask_dots(&b);
    *ret_changed = strcmp(sbuf_str(&b), said) != 0;
    return sbuf_take(&b);
}

char *naming_id(const char *said, bool *ret_changed)
{
    struct sbuf b = SBUF_INIT;

    for (const char *p = said; *p;) {
        unsigned len = text_char_len(p);
        bool keep = len && *p != '/' && *p != ' ';

        if (b.len + (keep ? len : 1) > SERVICE_ID_MAX)
            break;
        if (keep)
            sbuf_add(&b, p, len);
        else
            sbuf_addch(&b, '-');
        p += len ? len : 1;
    }
    mask_dots(&b);
    *ret_changed = strcmp(sbuf_str(&b), said) != 0;
    return sbuf_take(&b);
}

static bool is_image_id(const char *image)
{
    size_t prefix = sizeof IMAGE_ID_PREFIX - 1;

    if (!strncmp(image, IMAGE_ID_PREFIX, prefix))
        return true;
    size_t digits = strspn(image, "0123456789abcdef");
    return digits == IMAGE_ID_DIGITS && !image[digits];
}

/* "." and ".." stand for something else in a URL's path. */
static void mask_dots(struct sbuf *b)
{
    if (strcmp(sbuf_str(b), ".") && strcmp(sbuf_str(b), ".."))
        return;
    memset(b->data, '-', b->len);
}
