/* One notification of nf_tables: whose it is and whether it concerns berth. Pure. */
#ifndef PORTMAP_NOTICE_H
#define PORTMAP_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does one of the messages in the 'len' bytes at 'data', which are aligned as struct nlmsghdr is,
 * say that somebody other than the netlink port 'own_port' has changed the table `ip berth` or the
 * chain DOCKER-USER of `ip filter`? Bytes that are no message say nothing. */
bool notice_concerns_us(const void *data, size_t len, uint32_t own_port);

#endif
