/* Registrator's environment: Docker's and Consul's variables as options of berth. Pure. */
#ifndef AGENT_REGISTRATOR_ENV_H
#define AGENT_REGISTRATOR_ENV_H

#include "agent/config.h"

/* Sets in 'config' what DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH and CONSUL_* say, and the
 * registry 'uri'. 'get' is getenv(); what it returns must last as long as 'config'. Without
 * DOCKER_HOST Docker is at 'docker_default'. */
int registrator_env_apply(struct config *config, const char *uri, const char *docker_default,
                          char *(*get)(const char *name), struct err **err);

#endif
