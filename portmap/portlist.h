/* The kernel's lists of ports, as net.ipv4.ip_local_reserved_ports has them. Pure. */
#ifndef PORTMAP_PORTLIST_H
#define PORTMAP_PORTLIST_H

/* The list 'text', "5,100-200", with the ports 'first' to 'last' added, for the caller to free;
 * NULL where it has them already. What is no list counts as empty from there on. */
char *portlist_with(const char *text, unsigned first, unsigned last);

#endif
