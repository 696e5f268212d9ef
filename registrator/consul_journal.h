/* Tells those who watch many services which ones we changed: one key in Consul's key-value store.
 *
 * registrator/consul_news.h has the format and its readers. Names are collected while a write is
 * under way. A failure costs speed only: readers look at everything now and then; it is logged
 * once, and the next change tries again. */
#ifndef REGISTRATOR_CONSUL_JOURNAL_H
#define REGISTRATOR_CONSUL_JOURNAL_H

#include "registrator/consul_client.h"

struct consul_journal;

/* 'node' is our name, copied; 'c' is borrowed. */
struct consul_journal *consul_journal_new(struct consul_client *c, const char *node);
void consul_journal_free(struct consul_journal *j);

/* An instance of 'service' has been written or deleted. */
void consul_journal_note(struct consul_journal *j, const char *service);

#endif
