/* A service that runs on virtual machines: what a file in services.d/ declares.
 *
 * Values only; vmfile.h reads them, vmnode.h makes instances of them. Pure. */
#ifndef REGISTRATOR_VMSERVICE_H
#define REGISTRATOR_VMSERVICE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/kv.h"
#include "lib/strv.h"

enum vm_check_type {
    VM_CHECK_NONE, /* the machines count as working */
    VM_CHECK_TCP,  /* a connection can be made */
    VM_CHECK_HTTP, /* GET is answered with 2xx or 3xx */
};

struct vm_check {
    enum vm_check_type type;
    char *path;      /* of VM_CHECK_HTTP, begins with '/'; else NULL */
    uint16_t port;   /* where it is made; 0: the service's */
    double interval; /* seconds from one check to the next, give or take a tenth */
    double timeout;  /* seconds */
    unsigned rise;   /* good checks in a row that bring a machine back */
    unsigned fall;   /* bad ones that take it out */
};

struct vm_service {
    char *name;
    struct strv addresses; /* numeric addresses and host names */
    uint16_t port;
    uint8_t protocol;      /* IPPROTO_TCP or IPPROTO_UDP */
    uint16_t service_port; /* the port that the load balancer opens; 0: none */
    char *vhost;           /* comma list of host names in lower case, or NULL */
    char *mode;            /* "http" or "tcp", or NULL */
    struct strv tags;
    struct kvs meta; /* as declared */
    unsigned weight; /* of each machine, 1..256; 0: not said */
    struct vm_check check;
};

struct vm_services {
    struct vm_service *v;
    size_t n;
    size_t cap;
};

/* Appends a service with the defaults of services.d(5) and returns it; valid until the next. */
struct vm_service *vm_services_add(struct vm_services *l, const char *name);

/* The service of that name, or NULL. Valid until one is added. */
struct vm_service *vm_services_find(const struct vm_services *l, const char *name);

void vm_services_done(struct vm_services *l);

#endif
