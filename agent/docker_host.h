/* Where Docker is, as DOCKER_HOST says it: a unix socket, or TCP with or without TLS. Pure. */
#ifndef AGENT_DOCKER_HOST_H
#define AGENT_DOCKER_HOST_H

#include "lib/err.h"
#include "lib/http_server.h"

/* Reads "/path", "unix:///path", "tcp://host:port", "http://host:port" or "https://host:port". With
 * a 'cert_path', the folder of ca.pem, cert.pem and key.pem, tcp:// means TLS; "" for none. As with
 * docker(1), the port is 2375 without TLS and 2376 with it where none is said. */
int docker_host_parse(const char *text, const char *cert_path, struct http_server *ret,
                      struct err **err);

#endif
