/* Registrator's environment as options. */
#include "agent/registrator_env.h"

#include <string.h>

#include "lib/kv.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct kvs environment;

static char *get(const char *name)
{
    for (size_t i = 0; i < environment.n; i++)
        if (!strcmp(environment.v[i].key, name))
            return environment.v[i].value;
    return NULL;
}

/* 'text' is "NAME=value NAME=value". */
static void set_environment(const char *text)
{
    kvs_done(&environment);
    while (*text) {
        size_t len = strcspn(text, " ");
        CLEAN(free_str) char *pair = xstrndup(text, len);
        char *equals = strchr(pair, '=');

        *equals = '\0';
        kvs_add(&environment, pair, equals + 1);
        text += len + (text[len] == ' ');
    }
}

static void test_rows(void)
{
    static const struct {
        const char *uri, *environment, *wanted;
    } rows[] = {
        {"consul://", "", "/d.sock certs= consul:// token=- ca= verify=1"},
        {"consul://", "DOCKER_HOST=tcp://d:1 CONSUL_HTTP_ADDR=c:8500",
         "tcp://d:1 certs= http://c:8500 token=- ca= verify=1"},
        {"consul://", "CONSUL_HTTP_ADDR=https://c:8501",
         "/d.sock certs= https://c:8501 token=- ca= verify=1"},
        {"consul://", "CONSUL_HTTP_ADDR=unix:///c.sock",
         "/d.sock certs= unix:///c.sock token=- ca= verify=1"},
        {"consul://", "CONSUL_HTTP_ADDR=c:1 CONSUL_HTTP_SSL=true CONSUL_HTTP_SSL_VERIFY=false",
         "/d.sock certs= https://c:1 token=- ca= verify=0"},
        {"consul://a:1", "CONSUL_HTTP_ADDR=c:1",
         "/d.sock certs= consul://a:1 token=- ca= verify=1"},
        {"consul://a:1", "CONSUL_HTTP_SSL=1",
         "/d.sock certs= consul-tls://a:1 token=- ca= verify=1"},
        {"consul-tls://a:1", "CONSUL_CACERT=/ca CONSUL_HTTP_TOKEN=secret",
         "/d.sock certs= consul-tls://a:1 token=secret ca=/ca verify=1"},
        {"consul-tls://a:1", "CONSUL_CAPATH=/cas CONSUL_TLS_SERVER_NAME=c.example",
         "/d.sock certs= consul-tls://a:1 token=- ca=/cas verify=1 name=c.example"},
        {"consul://a:1", "CONSUL_HTTP_AUTH=me:secret",
         "/d.sock certs= consul://a:1 token=- ca= verify=1 user=me:secret"},
        {"consulkv://a:1/p", "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/certs",
         "/d.sock certs=/certs consulkv://a:1/p token=- ca= verify=1"},
        {"consul://", "DOCKER_TLS_VERIFY=1 HOME=/home/me",
         "/d.sock certs=/home/me/.docker consul:// token=- ca= verify=1"},
        {"consul://", "DOCKER_CERT_PATH=/certs", "/d.sock certs= consul:// token=- ca= verify=1"},
        {"consul://", "DOCKER_HOST=nowhere",
         "[docker] socket = nowhere: it must be an absolute path, unix:///path or tcp://host:port"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config c = {0};
        CLEAN(err) struct err *err = NULL;

        set_environment(rows[i].environment);
        conf_defaults(&config_table, &c);
        CLEAN(free_str)
        char *got =
            registrator_env_apply(&c, rows[i].uri, "/d.sock", get, &err)
                ? xstrdup(err_msg(err))
                : xasprintf("%s certs=%s %s token=%s ca=%s%s verify=%d%s%s%s%s", c.docker_socket,
                            c.docker_cert_path, c.registry, c.consul_token ? c.consul_token : "-",
                            c.consul_ca_file, c.consul_ca_dir, c.consul_tls_verify,
                            *c.consul_server_name ? " name=" : "", c.consul_server_name,
                            c.consul_user ? " user=" : "", c.consul_user ? c.consul_user : "");
        is_str(got, rows[i].wanted, "%s with '%s'", rows[i].uri, rows[i].environment);
        conf_done(&config_table, &c);
    }
    kvs_done(&environment);
}

int main(void)
{
    test_rows();
    return tap_done();
}
