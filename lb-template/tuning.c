#include "lb-template/tuning.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define SHOWN_MAX 64 /* bytes of a wrong value that a problem quotes */

static const char path_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "/._~%-?=&,:@+";

static void read_balance(struct tuning *t, const char *text, const char *subject,
                         struct problems *problems);
static void read_path(struct tuning *t, const char *text, const char *subject,
                      struct problems *problems);
static bool read_flag(const struct instance *i, const char *key, const char *subject,
                      struct problems *problems);

void tuning_read(struct tuning *t, const struct instance *i, const char *subject,
                 struct problems *problems)
{
    read_balance(t, kvs_get(&i->meta, META_BALANCE), subject, problems);
    read_path(t, kvs_get(&i->meta, META_CHECK_PATH), subject, problems);
    t->sticky |= read_flag(i, META_STICKY, subject, problems);
    t->accept_proxy |= read_flag(i, META_ACCEPT_PROXY, subject, problems);
}

void tuning_done(struct tuning *t)
{
    free(t->check_path);
    *t = (struct tuning){0};
}

unsigned tuning_send_proxy(const struct instance *i, const char *subject, struct problems *problems)
{
    const char *text = kvs_get(&i->meta, META_SEND_PROXY);

    if (!text || !strcmp(text, "false"))
        return 0;
    if (!strcmp(text, "v1"))
        return 1;
    if (!strcmp(text, "v2") || !strcmp(text, "true"))
        return 2;
    problems_add(problems, subject, META_SEND_PROXY " \"%.*s\" is none of v1, v2, true and false",
                 SHOWN_MAX, text);
    return 0;
}

/* Only algorithms to which HAProxy can add servers while it runs. */
static void read_balance(struct tuning *t, const char *text, const char *subject,
                         struct problems *problems)
{
    static const char *const known[] = {"roundrobin", "leastconn", "random",
                                        "first",      "source",    "uri"};
    const char *balance = NULL;

    if (!text)
        return;
    for (size_t k = 0; k < ARRAY_LEN(known); k++)
        balance = !strcmp(text, known[k]) ? known[k] : balance;
    if (!balance)
        problems_add(problems, subject,
                     META_BALANCE " \"%.*s\" is none of roundrobin, leastconn, random, first, "
                                  "source and uri",
                     SHOWN_MAX, text);
    else if (t->balance && t->balance != balance)
        problems_add(problems, subject,
                     "its instances ask to be balanced by %s and by %s: %s it is", t->balance,
                     balance, t->balance);
    else
        t->balance = balance;
}

static void read_path(struct tuning *t, const char *text, const char *subject,
                      struct problems *problems)
{
    if (!text)
        return;
    if (*text != '/' || strlen(text) > TUNING_PATH_MAX || text[strspn(text, path_bytes)])
        problems_add(problems, subject,
                     META_CHECK_PATH " \"%.*s\" is no path that begins with '/', of at most %d "
                                     "bytes that may stand in a URL",
                     SHOWN_MAX, text, TUNING_PATH_MAX);
    else if (t->check_path && strcmp(t->check_path, text))
        problems_add(problems, subject, "its instances ask for checks of %s and of %s: %s it is",
                     t->check_path, text, t->check_path);
    else if (!t->check_path)
        t->check_path = xstrdup(text);
}

static bool read_flag(const struct instance *i, const char *key, const char *subject,
                      struct problems *problems)
{
    const char *text = kvs_get(&i->meta, key);

    if (!text || !strcmp(text, "false"))
        return false;
    if (!strcmp(text, "true"))
        return true;
    problems_add(problems, subject, "%s \"%.*s\" is neither true nor false", key, SHOWN_MAX, text);
    return false;
}
