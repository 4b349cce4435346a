
/*
 * A flood of one UDP port on loopback: flood PORT PACKETS_PER_SECOND SECONDS N_SOURCES
 *
 * Packets look like RTP of G.711, of a stream that changes with each. Sends those that are due since the last look, so
 * that a machine which is busy delays them but does not thin them out. Prints how many were sent, and in how many
 * seconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_SOURCES 512
#define SIZE 172

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    static int sockets[MAX_SOURCES];
    static unsigned char packet[SIZE];
    if (argc != 5) return 2;
    double rate = atof(argv[2]), seconds = atof(argv[3]);
    int n_sources = atoi(argv[4]);
    if (n_sources < 1 || n_sources > MAX_SOURCES) return 2;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < n_sources; i++)
        if ((sockets[i] = socket(AF_INET, SOCK_DGRAM, 0)) < 0) return 1;
    memset(packet, 0x55, sizeof packet);
    packet[0] = 0x80;
    packet[1] = 0;
    double began = now_s(), passed = 0;
    uint32_t sent = 0;
    while ((passed = now_s() - began) < seconds) {
        while (sent < passed * rate) {
            uint32_t mixed = sent * 2654435761u;
            memcpy(packet + 2, &mixed, 2);
            memcpy(packet + 8, &mixed, 4);
            sendto(sockets[sent % (uint32_t)n_sources], packet, SIZE, 0, (struct sockaddr *)&to, sizeof to);
            sent++;
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    printf("%u %.3f\n", sent, passed);
    return 0;
}
