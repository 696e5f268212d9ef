#include "lb-template/mlb/head.h"

#include <stdbool.h>
#include <string.h>

#include "lb-template/mlb/translate.h"
#include "lb-template/mlb/value.h"
#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define DEFAULT_WORDS "redispatch,http-server-close,dontlognull"

static bool says_user(const char *head);
static void add_defaults(const struct mlb_options *options, struct sbuf *out);
static void add_words(const char *list, struct sbuf *out);

void mlb_head_own(const struct mlb_options *options, struct sbuf *out)
{
    const char *head = options->templates[MLB_HEAD];

    sbuf_adds(out, "# Written by berth in marathon-lb's place: changes made here are lost.\n"
                   "global\n"
                   "  master-worker\n"
                   "  mworker-max-reloads 10\n"
                   "  hard-stop-after 30m\n");
    sbuf_addf(out,
              "  stats socket %s/haproxy.sock mode 600 level admin expose-fd listeners\n"
              "  stats timeout 1h\n",
              options->dir);
    if (options->user && !(head && says_user(head)))
        sbuf_addf(out, "  user %s\n  group %s\n", options->user, options->group);
}

void mlb_head_default(const struct mlb_options *options, unsigned maxconn, struct sbuf *out)
{
    if (options->templates[MLB_HEAD]) {
        sbuf_adds(out, options->templates[MLB_HEAD]);
        if (out->len && out->data[out->len - 1] != '\n')
            sbuf_addch(out, '\n');
        return;
    }
    sbuf_addf(out,
              "\nglobal\n"
              "  log /dev/log local0\n"
              "  log /dev/log local1 notice\n"
              "  spread-checks 5\n"
              "  max-spread-checks 15000\n"
              "  maxconn %u\n"
              "  tune.ssl.default-dh-param 2048\n"
              "  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets\n"
              "  ssl-default-server-options ssl-min-ver TLSv1.2 no-tls-tickets\n",
              maxconn);
    add_defaults(options, out);
    sbuf_adds(out, "\nlisten stats\n"
                   "  bind 0.0.0.0:9090\n"
                   "  mode http\n"
                   "  stats enable\n"
                   "  monitor-uri /_haproxy_health_check\n"
                   "  http-request use-service prometheus-exporter if { path /metrics }\n"
                   "  use_backend " MLB_ANSWERS " if { path_beg /_haproxy_get /_mlb_signal/ }\n");
}

void mlb_head_answers(const struct mlb_options *options, struct sbuf *out)
{
    sbuf_adds(out, "\nbackend " MLB_ANSWERS "\n"
                   "  mode http\n"
                   "  timeout connect 3s\n"
                   "  timeout server 30s\n"
                   "  timeout queue 30s\n");
    if (options->answers)
        sbuf_addf(out, "  server berth %s\n", options->answers);
}

/* HAProxy refuses to be told twice who it is. */
static bool says_user(const char *head)
{
    bool says = false;

    while (head && !says) {
        struct strv words = {0};

        head = words_split(head, &words);
        for (size_t i = 0; i < words.n && i < 1; i++)
            says = !strcmp(words.v[0], "user") || !strcmp(words.v[0], "uid") ||
                   !strcmp(words.v[0], "group") || !strcmp(words.v[0], "gid");
        strv_done(&words);
    }
    return says;
}

static void add_defaults(const struct mlb_options *options, struct sbuf *out)
{
    sbuf_adds(out, "\ndefaults\n"
                   "  log global\n"
                   "  retries 3\n"
                   "  backlog 10000\n"
                   "  maxconn 10000\n"
                   "  timeout connect 3s\n"
                   "  timeout client 30s\n"
                   "  timeout server 30s\n"
                   "  timeout tunnel 3600s\n"
                   "  timeout http-keep-alive 1s\n"
                   "  timeout http-request 15s\n"
                   "  timeout queue 30s\n"
                   "  timeout tarpit 60s\n");
    add_words(options->default_words ? options->default_words : DEFAULT_WORDS, out);
}

static void add_words(const char *list, struct sbuf *out)
{
    struct strv words = {0};

    for (;;) {
        size_t len = strcspn(list, ","), start = strspn(list, " ");

        if (len > start) {
            CLEAN(free_str) char *word = xstrndup(list + start, len - start);
            if (mlb_words_ok(word))
                strv_add(&words, word);
        }
        if (!list[len])
            break;
        list += len + 1;
    }
    strv_sort_unique(&words);
    for (size_t i = 0; i < words.n; i++)
        sbuf_addf(out, "  option %s\n", words.v[i]);
    strv_done(&words);
}
