#include "lb-template/name.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define SUFFIX_LEN 9 /* "-" and eight digits */
#define LABEL_MAX 63 /* bytes between two dots of a host name */

static bool is_alnum(char c);
static bool is_name_byte(char c);
static bool labels_ok(const char *host);
static int by_name_then_place(const void *a, const void *b);
static bool rename_doubles(char **sorted[], size_t n);
static char *with_suffix(const char *name, uint32_t hash);

char *name_make(const char *text, bool altered)
{
    CLEAN(free_str) char *name = xstrndup(*text ? text : "_", NAME_LEN_MAX);

    altered = altered || !*text || strlen(text) > NAME_LEN_MAX;
    for (char *c = name; *c; c++) {
        if (!is_name_byte(*c)) {
            *c = '_';
            altered = true;
        }
    }
    return altered ? with_suffix(name, name_hash(text)) : TAKE_PTR(name);
}

void name_make_unique(char **names[], size_t n)
{
    do
        qsort(names, n, sizeof *names, by_name_then_place);
    while (rename_doubles(names, n));
}

char *name_host(const char *text, size_t len)
{
    if (len && text[len - 1] == '.')
        len--;
    if (!len || len > NAME_HOST_LEN_MAX)
        return NULL;
    CLEAN(free_str) char *host = xstrndup(text, len);

    for (char *c = host; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return strlen(host) == len && labels_ok(host) ? TAKE_PTR(host) : NULL;
}

uint32_t name_hash(const char *s)
{
    uint32_t hash = 2166136261u;

    for (; *s; s++)
        hash = (hash ^ (unsigned char)*s) * 16777619u;
    return hash;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_name_byte(char c)
{
    return is_alnum(c) || c == '_' || c == '.' || c == ':' || c == '-';
}

/* Letters, digits, '-' inside and '_', which DNS forbids in host names but people use. */
static bool labels_ok(const char *host)
{
    size_t len = 0;

    for (const char *c = host;; c++) {
        if (*c == '.' || !*c) {
            if (!len || len > LABEL_MAX || c[-1] == '-')
                return false;
            if (!*c)
                return true;
            len = 0;
        } else if (is_alnum(*c) || *c == '_' || (*c == '-' && len)) {
            len++;
        } else {
            return false;
        }
    }
}

/* The pointers lie in one array, or in structs of one array: their order is the places' order. */
static int by_name_then_place(const void *a, const void *b)
{
    char **x = *(char **const *)a, **y = *(char **const *)b;
    int c = strcmp(*x, *y);

    return c ? c : (x > y) - (x < y);
}

/* Renames all but the first of each run of equal names. Was there any? */
static bool rename_doubles(char **sorted[], size_t n)
{
    bool any = false;
    size_t first = 0;

    for (size_t i = 1; i < n; i++) {
        if (strcmp(*sorted[i], *sorted[first])) {
            first = i;
            continue;
        }
        char *old = *sorted[i];
        *sorted[i] = with_suffix(old, name_hash(old) + (uint32_t)(i - first));
        free(old);
        any = true;
    }
    return any;
}

static char *with_suffix(const char *name, uint32_t hash)
{
    return xasprintf("%.*s-%08x", NAME_LEN_MAX - SUFFIX_LEN, name, hash);
}
