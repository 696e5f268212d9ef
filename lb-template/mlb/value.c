#include "lb-template/mlb/value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lb-template/name.h"
#include "lib/clean.h"
#include "lib/ipaddr.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define WORDS_LEN_MAX 4096
#define SHOWN_MAX 60

static bool is_plain(char c);
static char *vhost(const char *text, size_t len);

bool mlb_words_ok(const char *text)
{
    size_t len = strlen(text);

    if (!len || len > WORDS_LEN_MAX || text[0] == ' ' || text[len - 1] == ' ')
        return false;
    for (const char *c = text; *c; c++)
        if (!is_plain(*c) && (*c != ' ' || c[1] == ' '))
            return false;
    return true;
}

bool mlb_word_ok(const char *text)
{
    return mlb_words_ok(text) && !strchr(text, ' ');
}

bool mlb_path_ok(const char *text)
{
    const char *rest = strncmp(text, "-i ", 3) ? text : text + 3;

    return mlb_words_ok(rest) && *rest != '-' && !strstr(rest, " -");
}

bool mlb_quoted_ok(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c > '~' || strchr("\"\\$%", *c))
            return false;
    return *text && strlen(text) <= WORDS_LEN_MAX;
}

bool mlb_network_ok(const char *text)
{
    CLEAN(free_str) char *address = xstrndup(text, strcspn(text, "/"));
    const char *slash = strchr(text, '/');
    struct ipaddr a;
    long bits;

    if (ipaddr_parse(address, &a))
        return false;
    return !slash || mlb_number(slash + 1, 0, a.family == AF_INET ? 32 : 128, &bits);
}

bool mlb_truth(const char *text)
{
    return !strcasecmp(text, "true") || !strcasecmp(text, "t") || !strcasecmp(text, "yes") ||
           !strcasecmp(text, "y");
}

bool mlb_number(const char *text, long min, long max, long *ret)
{
    char *end;

    if (!text[strspn(text, " ")] || strspn(text, "-0123456789 ") != strlen(text))
        return false;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end[strspn(end, " ")] || n < min || n > max)
        return false;
    *ret = n;
    return true;
}

bool mlb_vhosts(const char *text, struct strv *ret)
{
    for (;;) {
        text += strspn(text, " ");
        size_t len = strcspn(text, ","), end = len;

        while (end && text[end - 1] == ' ')
            end--;
        char *host = vhost(text, end);
        if (!host)
            return false;
        strv_add_take(ret, host);
        if (!text[len])
            return true;
        text += len + 1;
    }
}

char *mlb_clean(const char *text)
{
    char *clean = xstrdup(text);

    for (char *c = clean; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') &&
            *c != '-')
            *c = '_';
    return clean;
}

char *mlb_shown(const char *text)
{
    CLEAN(free_str) char *cut = xstrndup(text, SHOWN_MAX);
    CLEAN(sbuf) struct sbuf shown = SBUF_INIT;

    sbuf_add_printable(&shown, cut);
    return sbuf_take(&shown);
}

static bool is_plain(char c)
{
    return c > ' ' && c <= '~' && !strchr("\"'\\#", c);
}

/* A Host header on an unusual port has the port in it. */
static char *vhost(const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    size_t name_len = colon ? (size_t)(colon - text) : len;
    CLEAN(free_str) char *name = name_host(text, name_len);

    if (!name || !colon)
        return TAKE_PTR(name);
    CLEAN(free_str) char *port = xstrndup(colon + 1, len - name_len - 1);
    long number;
    if (!mlb_number(port, 1, UINT16_MAX, &number))
        return NULL;
    return xasprintf("%s:%ld", name, number);
}
