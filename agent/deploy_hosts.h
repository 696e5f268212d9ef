/* The load balancers of `berth deploy`: one URL for each address that a host name has, as zdd.py
 * does. A name in DNS often stands for all of them, and each has to serve a task before an old one
 * is killed. */
#ifndef AGENT_DEPLOY_HOSTS_H
#define AGENT_DEPLOY_HOSTS_H

#include <ev.h>

#include "lib/err.h"
#include "lib/strv.h"

/* Appends to 'ret' the list 'urls', with commas or blanks between them, each without a slash at its
 * end and with addresses in the place of its host name. A URL of https keeps its name, which its
 * certificate is for. Runs 'loop' until the names are resolved; fails where one has no address. */
int deploy_hosts_expand(struct ev_loop *loop, const char *urls, struct strv *ret, struct err **err);

#endif
