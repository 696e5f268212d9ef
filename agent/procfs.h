/* What the kernel's text files say: text in, values out. Pure.
 *
 * The kernel writes these files, but names in them come from anybody. A line that is not of the
 * file's form is left out. */
#ifndef AGENT_PROCFS_H
#define AGENT_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strv.h"

/* A port that a program listens on, or a UDP port that one has bound. */
struct procfs_listener {
    uint8_t protocol; /* IPPROTO_TCP or IPPROTO_UDP */
    uint16_t port;
    unsigned long inode; /* of the socket; 0: unknown */
};

struct procfs_listeners {
    struct procfs_listener *v;
    size_t n;
    size_t cap;
};

/* Sums over all processors of /proc/net/stat/nf_conntrack. */
struct procfs_drops {
    unsigned long long drop, early_drop, insert_failed;
};

/* /proc/net/dev: the names of all interfaces. */
void procfs_interfaces(const char *text, struct strv *ret);

/* /proc/net/route: the interfaces by which a gateway or a default route leads. */
void procfs_uplinks(const char *text, struct strv *ret);

/* /proc/net/if_inet6: the interfaces that have an IPv6 address of global scope. */
void procfs_ipv6(const char *text, struct strv *ret);

/* Adds what /proc/net/tcp, tcp6 or udp, udp6 lists; 'protocol' says which. */
void procfs_add_listeners(const char *text, uint8_t protocol, struct procfs_listeners *ret);

/* Returns -1 where the file is of another form. */
int procfs_drops_parse(const char *text, struct procfs_drops *ret);

/* /proc/PID/limits: the hard limit of open files; ULONG_MAX for unlimited. */
int procfs_open_files(const char *text, unsigned long *ret);

/* /proc/PID/status: has it the capability number 'n', effectively? */
int procfs_capability(const char *text, unsigned n, bool *ret);

#endif
