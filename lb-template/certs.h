/* The directory of certificates that the HTTPS frontend uses.
 *
 * HAProxy reads it when it starts or reloads. */
#ifndef LB_TEMPLATE_CERTS_H
#define LB_TEMPLATE_CERTS_H

#include "lib/err.h"

#define CERTS_STAMP_LEN 8
#define CERTS_MAX 4096 /* files */

/* Writes to 'ret' what changes whenever a file in 'dir' comes, goes, or is written: hexadecimal
 * digits. Fails where the directory cannot be read, or has nothing in it. */
int certs_stamp(const char *dir, char ret[CERTS_STAMP_LEN + 1], struct err **err);

#endif
