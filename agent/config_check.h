/* Values of single options: what fits the type but not the purpose is refused.
 *
 * They are struct conf_key's 'check': each returns 0, or -1 and says how the value must be. What
 * several options say together is looked at in config_finish(). But for config_check_template(),
 * which reads the file, each is pure. */
#ifndef AGENT_CONFIG_CHECK_H
#define AGENT_CONFIG_CHECK_H

#include "lib/err.h"

#define CONFIG_POOL_LOWEST 1024 /* ports below are left to those who ask for them by number */

int config_check_log_level(const char *value, struct err **err);
int config_check_log_format(const char *value, struct err **err);
int config_check_address(const char *value, struct err **err);
int config_check_address6(const char *value, struct err **err);
int config_check_register_when(const char *value, struct err **err);
int config_check_on_kill(const char *value, struct err **err);
int config_check_adopt(const char *value, struct err **err);
int config_check_absolute(const char *value, struct err **err);
int config_check_pool(const char *value, struct err **err);
int config_check_registry(const char *value, struct err **err);
int config_check_bind(const char *value, struct err **err);
int config_check_name(const char *value, struct err **err);
int config_check_admin(const char *value, struct err **err);
int config_check_admin_socket(const char *value, struct err **err);
int config_check_hosts(const char *value, struct err **err);
int config_check_mark(const char *value, struct err **err);
int config_check_on_exit(const char *value, struct err **err);
int config_check_docker(const char *value, struct err **err);
int config_check_absolute_or_none(const char *value, struct err **err);
int config_check_sockets(const char *value, struct err **err);
int config_check_select(const char *value, struct err **err);
int config_check_template(const char *value, struct err **err);
int config_check_wait(const char *value, struct err **err);
int config_check_ip(const char *value, struct err **err);
int config_check_service(const char *value, struct err **err);
int config_check_dns_server(const char *value, struct err **err);
int config_check_tags(const char *value, struct err **err);
int config_check_deregister(const char *value, struct err **err);
int config_check_marathon(const char *value, struct err **err);
int config_check_scheme(const char *value, struct err **err);

#endif
