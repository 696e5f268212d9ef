/* The checks of `berth doctor`: a host in, findings out. Pure.
 *
 * Each looks at one thing and adds one finding for each trouble, or one that says that all is well.
 * What a check needs and the host could not tell becomes a finding of its own. */
#ifndef AGENT_CHECK_H
#define AGENT_CHECK_H

#include "agent/finding.h"
#include "agent/host.h"

/* agent/check_forward.c */
void check_forwarding(const struct host *h, struct findings *out);
void check_forward_policy(const struct host *h, struct findings *out);
void check_docker_firewall(const struct host *h, struct findings *out);
void check_iptables_backends(const struct host *h, struct findings *out);
void check_mark(const struct host *h, struct findings *out);

/* agent/check_conntrack.c */
void check_conntrack_size(const struct host *h, struct findings *out);
void check_conntrack_drops(const struct host *h, struct findings *out);
void check_conntrack_timeouts(const struct host *h, struct findings *out);
void check_conntrack_windows(const struct host *h, struct findings *out);

/* agent/check_links.c */
void check_rp_filter(const struct host *h, struct findings *out);
void check_route_localnet(const struct host *h, struct findings *out);
void check_bridge_netfilter(const struct host *h, struct findings *out);
void check_bridge_mac(const struct host *h, struct findings *out);
void check_mtu(const struct host *h, struct findings *out);

/* agent/check_ports.c */
void check_port_range(const struct host *h, struct findings *out);
void check_mesos(const struct host *h, struct findings *out);
void check_mappings(const struct host *h, struct findings *out);

/* agent/check_haproxy.c */
void check_haproxy(const struct host *h, struct findings *out);

/* agent/check_system.c */
void check_kernel(const struct host *h, struct findings *out);
void check_userland_proxy(const struct host *h, struct findings *out);
void check_firewall_services(const struct host *h, struct findings *out);
void check_limits(const struct host *h, struct findings *out);

/* agent/check_dubbo.c; finds nothing where no directory is configured */
void check_dubbo(const struct host *h, struct findings *out);

/* agent/check_dns.c; finds nothing where no names are kept */
void check_dns(const struct host *h, struct findings *out);

/* For the checks: the number in the file 'path'. Where there is none, adds a finding that says so
 * and returns -1. */
int check_need(const struct host *h, struct findings *out, const char *path, long long *ret);

/* Have the packet filters, the interfaces, Docker, the processes been read? Where not, adds a
 * finding. */
bool check_has_survey(const struct host *h, struct findings *out);
bool check_has_links(const struct host *h, struct findings *out);
bool check_has_docker(const struct host *h, struct findings *out);
bool check_has_processes(const struct host *h, struct findings *out);

#endif
