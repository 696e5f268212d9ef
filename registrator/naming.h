/* Names and ids of services: registrator's choice, made safe for registries and URLs. Pure. */
#ifndef REGISTRATOR_NAMING_H
#define REGISTRATOR_NAMING_H

#include <stdbool.h>
#include <stddef.h>

#define SERVICE_NAME_MAX 128 /* bytes */
#define SERVICE_ID_MAX 256   /* bytes */

/* The default service name: the last part of 'image' without tag and digest. An image that was run
 * by its id has no name: then NULL. The caller frees it. */
char *naming_from_image(const char *image);

/* The same as registrator does it, who takes the digest of "redis@sha256:..." and of a bare id for
 * a tag: "redis@sha256", "sha256". */
char *naming_from_image_strict(const char *image);

/* 'said' as a service name: every byte outside [A-Za-z0-9._-] becomes '-', and at most 'max' bytes
 * are kept. The caller frees it; '*ret_changed' tells whether it differs from 'said'. */
char *naming_service(const char *said, size_t max, bool *ret_changed);

/* 'said' as a service id: '/', spaces, control characters and bytes that are no UTF-8 become '-',
 * and at most SERVICE_ID_MAX bytes are kept. The same for the rest. */
char *naming_id(const char *said, bool *ret_changed);

#endif
