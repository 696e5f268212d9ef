/* The journal of changes, as those read it who watch more services than Consul has connections for.
 *
 * Each berth that registers with Consul keeps one key, JOURNAL_PREFIX<node>, with the names of the
 * services that it changed last (registrator/consul_journal.h writes it):
 *
 *     {"boot": "<random>", "at": 17, "services": ["web", "api"]}
 *
 * 'at' counts changes from 1; the last of 'services' is change 'at', the one before it 'at' - 1.
 * One blocking query on the prefix tells the news of all nodes. Pure. */
#ifndef REGISTRATOR_CONSUL_NEWS_H
#define REGISTRATOR_CONSUL_NEWS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"
#include "lib/strv.h"

#define JOURNAL_PREFIX "berth/changes/"
#define JOURNAL_NAMES_MAX 32

struct consul_news_node;

/* How far each journal has been read; zero it first. */
struct consul_news {
    struct consul_news_node *v; /* sorted by key */
    size_t n;
    size_t cap;
};

void consul_news_done(struct consul_news *news);

/* Reads the answer to /v1/kv/<JOURNAL_PREFIX>?recurse; "" is one without keys. Appends the services
 * that have changed since the last call to 'ret', doubles included. '*ret_gap' becomes true where
 * there were more changes than a journal tells, and stays as it is otherwise. A journal that cannot
 * be read counts as such a gap once. */
int consul_news_read(struct consul_news *news, const char *text, size_t len, struct strv *ret,
                     bool *ret_gap, struct err **err);

#endif
