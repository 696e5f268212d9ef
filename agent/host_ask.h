/* Asks Docker, the agent and nf_tables what a struct host has of them, and watches conntrack for a
 * moment. */
#ifndef AGENT_HOST_ASK_H
#define AGENT_HOST_ASK_H

#include "agent/host.h"
#include "lib/http_server.h"

/* Fills 'survey' and 'survey_lost' of 'h', by 'h->mark'. */
void host_ask_kernel(struct host *h);

/* Fills 'docker' and 'docker_lost' of 'h' from 'server', which is Docker, and the second of 'drops'
 * from the files below 'root'. Takes a second, and where Docker does not answer ten. */
void host_ask_docker(struct host *h, const struct http_server *server, const char *root);

/* Fills 'dubbo_problems' and 'agent_lost' of 'h', and what host_dns_take() does where it has 'dns',
 * from the agent's admin server at 'admin', "127.0.0.1:7707" or "". */
void host_ask_agent(struct host *h, const char *admin);

#endif
