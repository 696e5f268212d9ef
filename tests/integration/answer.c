/* A web server that answers every request with the name of its host, in one write.
 *
 *     answer PORT
 *
 * httpd writes the head of an answer and then its body: when it is killed in between, half an
 * answer has gone out, and no load balancer can hide that from the client. This one has answered
 * wholly or not at all. It is built by image.py, statically, for the test containers. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int listen_at(const char *port)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 256)) {
        perror(port);
        exit(1);
    }
    return fd;
}

/* Reads to the end of a request's head. False where there is none: a health check, for one. */
static int read_request(int fd)
{
    char head[8192];
    size_t len = 0;

    while (len < sizeof head - 1) {
        ssize_t n = read(fd, head + len, sizeof head - 1 - len);

        if (n <= 0)
            return 0;
        len += (size_t)n;
        head[len] = '\0';
        if (strstr(head, "\r\n\r\n"))
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct timeval patience = {.tv_sec = 5};
    char name[256] = "", answer[512];

    if (argc != 2)
        return 2;
    signal(SIGPIPE, SIG_IGN);
    gethostname(name, sizeof name - 1);
    int len =
        snprintf(answer, sizeof answer,
                 "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s\n",
                 strlen(name) + 1, name);
    for (int listener = listen_at(argv[1]);;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        if (read_request(fd) && write(fd, answer, (size_t)len) != len)
            perror("write");
        close(fd);
    }
}
