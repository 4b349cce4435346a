/*
 * The reference of bench/media: the least a relay can do.
 * relay FIRST_PORT N_LEGS: binds FIRST_PORT, FIRST_PORT + 2, ...; leg 2k and leg 2k+1 are bridged. Each datagram
 * goes on from the peer's socket to where the peer last sent from. Prints the relayed count on SIGTERM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LEGS 1024
#define MAX_EVENTS 256
#define MAX_PACKET 2048

struct leg {
    int fd;
    struct sockaddr_in party;
    socklen_t party_size;
};

static struct leg legs[MAX_LEGS];
static volatile sig_atomic_t stopped;

static void stop(int signal_number) {
    (void)signal_number;
    stopped = 1;
}

static int open_leg(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("bind");
        exit(1);
    }
    return fd;
}

static unsigned long drain(int index) {
    char packet[MAX_PACKET];
    unsigned long relayed = 0;
    struct leg *leg = &legs[index], *peer = &legs[index ^ 1];
    for (;;) {
        leg->party_size = sizeof leg->party;
        ssize_t size = recvfrom(leg->fd, packet, sizeof packet, 0, (struct sockaddr *)&leg->party, &leg->party_size);
        if (size < 0) return relayed;
        if (peer->party_size && sendto(peer->fd, packet, (size_t)size, 0, (struct sockaddr *)&peer->party,
                                       sizeof peer->party) == size)
            relayed++;
    }
}

int main(int argc, char **argv) {
    struct epoll_event ready[MAX_EVENTS];
    unsigned long relayed = 0;
    int n_legs = argc == 3 ? atoi(argv[2]) : 0;
    if (n_legs < 2 || n_legs > MAX_LEGS || n_legs % 2) return 2;
    int poll = epoll_create1(0);
    signal(SIGTERM, stop);
    for (int i = 0; i < n_legs; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)i};
        legs[i].fd = open_leg(atoi(argv[1]) + 2 * i);
        epoll_ctl(poll, EPOLL_CTL_ADD, legs[i].fd, &event);
    }
    puts("ready");
    fflush(stdout);
    while (!stopped) {
        int n_ready = epoll_wait(poll, ready, MAX_EVENTS, 1000);
        for (int i = 0; i < n_ready; i++) relayed += drain((int)ready[i].data.u32);
    }
    printf("%lu\n", relayed);
    return 0;
}
