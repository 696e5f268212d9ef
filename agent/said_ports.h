/* Ports that a container has because it says so, where its image exposes none. Pure. */
#ifndef AGENT_SAID_PORTS_H
#define AGENT_SAID_PORTS_H

#include "agent/container.h"
#include "registrator/service_ports.h"

/* Appends to the empty 'ret' what SERVICE_PORTS says; else, in the host's network and where nothing
 * is exposed, Mesos' PORT0, PORT1 ... The mode, the ports, the environment and the labels of 'c'
 * are read. */
void said_ports_read(const struct container *c, struct service_ports *ret);

#endif
