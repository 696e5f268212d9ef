/* The ports that a Mesos agent gives to its tasks, as its --resources say. Pure; mesos_process.h
 * gets them from a running one. */
#ifndef LIB_MESOS_H
#define LIB_MESOS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/portset.h"

#define MESOS_FIRST 31000 /* what an agent offers that was told nothing else */
#define MESOS_LAST 32000

/* Is 'program', with or without a path, a Mesos agent, by this or its older name? */
bool mesos_is_agent(const char *program);

/* The resources that an agent was told: the last '--resources' among its arguments, or else
 * MESOS_RESOURCES in its environment; NULL: neither. Both are strings that end with a NUL each, as
 * in /proc/PID/cmdline, with one more NUL behind their 'len' bytes. Points into one of them. */
const char *mesos_resources(const char *arguments, size_t arguments_len, const char *environment,
                            size_t environment_len);

/* The file in which the resources are, where 'resources' only names it ("file:///etc/resources", or
 * the path alone); else NULL. Points into 'resources'. */
const char *mesos_file(const char *resources);

/* Adds the ports that 'resources' offer: "cpus:4;ports(role):[31000-32000]", or the same as JSON.
 * Where they say nothing of ports, or 'resources' is NULL, Mesos' default is added. */
void mesos_ports(const char *resources, struct portset *ret);

#endif
