/* Notifications of the kernel: whose they are and whether they concern berth. Pure. */
#ifndef PORTMAP_NOTICE_H
#define PORTMAP_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does one of the messages in the 'len' bytes at 'data', which are aligned as struct nlmsghdr is,
 * say that somebody other than the netlink port 'own_port' has changed one of our tables, a chain
 * DOCKER-USER of iptables, or FORWARD of ip6tables? Bytes that are no message say nothing. */
bool notice_concerns_us(const void *data, size_t len, uint32_t own_port);

/* The same for rtnetlink: does one of the messages say that a bridge has a port without hairpin
 * mode, which may be a container's new one? */
bool notice_of_bridge_port(const void *data, size_t len);

#endif
