/* Where Docker is. */
#include "agent/docker_host.h"

#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_hosts(void)
{
    static const struct {
        const char *text, *certs, *wanted;
    } rows[] = {
        {"/var/run/docker.sock", "", "http://docker /var/run/docker.sock -"},
        {"unix:///tmp/docker.sock", "/certs", "http://docker /tmp/docker.sock -"},
        {"tcp://10.0.0.1:2375", "", "http://10.0.0.1:2375 - -"},
        {"tcp://docker", "", "http://docker:2375 - -"},
        {"tcp://docker/", "/c", "https://docker:2376 - /c/ca.pem"},
        {"tcp://10.0.0.1:99", "/c", "https://10.0.0.1:99 - /c/ca.pem"},
        {"tcp://[::1]", "", "http://[::1]:2375 - -"},
        {"tcp://[::1]:99", "", "http://[::1]:99 - -"},
        {"http://docker:80", "/c", "http://docker:80 - -"},
        {"https://docker", "", "https://docker:2376 - -"},
        {"tcp://", "", "it must be tcp://host:port, without a path"},
        {"tcp://:2375", "", "it must be tcp://host:port, without a path"},
        {"tcp://h/path", "", "it must be tcp://host:port, without a path"},
        {"tcp://u@h", "", "it must be tcp://host:port, without a path"},
        {"tcp://[::1", "", "it must be tcp://host:port, without a path"},
        {"unix://relative", "", "it must be an absolute path, unix:///path or tcp://host:port"},
        {"npipe:////./pipe/x", "", "it must be an absolute path, unix:///path or tcp://host:port"},
        {"", "", "it must be an absolute path, unix:///path or tcp://host:port"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct http_server s = {0};
        CLEAN(err) struct err *err = NULL;
        CLEAN(free_str)
        char *got = docker_host_parse(rows[i].text, rows[i].certs, &s, &err)
                        ? xstrdup(err_msg(err))
                        : xasprintf("%s %s %s", s.base, s.unix_socket ? s.unix_socket : "-",
                                    s.tls.ca_file ? s.tls.ca_file : "-");
        is_str(got, rows[i].wanted, "'%s' with '%s'", rows[i].text, rows[i].certs);
        http_server_done(&s);
    }
}

int main(void)
{
    test_hosts();
    return tap_done();
}
