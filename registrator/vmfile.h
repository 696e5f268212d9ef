/* Reads a file of services.d/: an INI file, one section for each service. Pure.
 *
 * The keys are those of services.d(5). The first line that is wrong is said with its number and a
 * remedy, and nothing of the file counts then. */
#ifndef REGISTRATOR_VMFILE_H
#define REGISTRATOR_VMFILE_H

#include <stdbool.h>

#include "lib/err.h"
#include "registrator/vmservice.h"

#define VMFILE_MAX (64 * 1024) /* bytes */
#define VMFILE_SERVICES_MAX                                                                        \
    30                           /* of one file: one machine's part is one transaction of Consul's \
                                  */
#define VMFILE_ADDRESSES_MAX 256 /* of one service */
#define VMFILE_SUFFIX ".conf"

/* Reads 'text' into the empty 'ret'. An error begins with "line <n>: ". */
int vmfile_parse(const char *text, struct vm_services *ret, struct err **err);

/* The name that 'file', "billing.conf", gives what it declares: "billing". NULL where it is none of
 * ours: it does not end in .conf, or has characters that no lock can have. The caller frees it. */
char *vmfile_stem(const char *file);

#endif
