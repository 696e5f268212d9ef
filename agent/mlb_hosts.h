/* The addresses of agents that Marathon knows by name, asked for beside the loop and kept.
 *
 * What was known stays while a name cannot be resolved. */
#ifndef AGENT_MLB_HOSTS_H
#define AGENT_MLB_HOSTS_H

#include <ev.h>
#include <stdbool.h>

#include "lib/err.h"
#include "lib/ipaddr.h"
#include "lib/marathon_app.h"
#include "lib/problem.h"

struct mlb_hosts;

/* 'on_change' is called, from the loop, when a host has another address, and when the last of
 * those that were asked for the first time is settled. */
struct mlb_hosts *mlb_hosts_new(struct ev_loop *loop, void (*on_change)(void *arg), void *arg,
                                struct err **err);
void mlb_hosts_free(struct mlb_hosts *h);

/* Asks for the hosts of all tasks that are not known yet, or not any more. */
void mlb_hosts_ask(struct mlb_hosts *h, const struct marathon_apps *apps);

/* Is a host still being asked for the first time? */
bool mlb_hosts_are_open(const struct mlb_hosts *h);

/* The address of 'host'; false: none is known. */
bool mlb_hosts_find(const struct mlb_hosts *h, const char *host, struct ipaddr *ret);

/* Adds the hosts that have none. */
void mlb_hosts_report(const struct mlb_hosts *h, struct problems *problems);

#endif
