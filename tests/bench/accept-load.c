/* Sends one byte to whoever connects, and closes: the other end of connect-load.
 *
 *     accept-load PORT
 *
 * Listens on every IPv4 address, says "ready", and goes on until it is killed. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

static int listen_on(unsigned long port);

int main(int argc, char **argv)
{
    unsigned long port = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

    if (!port || port > 65535) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    int listener = listen_on(port);
    if (listener < 0) {
        perror("accept-load");
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

        if (fd < 0)
            continue; /* the peer has gone */
        send(fd, ".", 1, MSG_NOSIGNAL);
        close(fd);
    }
}

static int listen_on(unsigned long port)
{
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!bind(fd, (const struct sockaddr *)&any, sizeof any) && !listen(fd, BACKLOG))
        return fd;
    close(fd);
    return -1;
}
