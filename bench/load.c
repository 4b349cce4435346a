/*
 * The load of bench/media: many voices, each at its own moment of the 20 ms.
 *
 * load N_STREAMS spread|bunched WARM_S SECONDS [EVEN_FRAMES ODD_FRAMES | PACKETS]
 *
 * Binds a socket per stream and prints their ports. Then reads from stdin the pid of the relaying process and for
 * each stream the port that it sends to; 0 = it only listens. Streams 2k and 2k+1 are the two ends of a call. Without
 * frames a packet is 20 ms of G.711 and carries when it left, so that the other end can tell the delay. A file of
 * frames (octets: payload type, RTP units of a frame as 16 bits, then frames, each after its size as 16 bits) is
 * sent again and again; packets are only counted then. A file of packets has for each stream all that it sends, each
 * in a slot of its own after its size as 16 bits: protected ones, which are known again by their sequence numbers,
 * however far the relay shifts these. Prints one line of JSON.
 *
 * A socket is read at the moment at which its stream sends: the kernel has noted when the packets arrived.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_STREAMS 1024
#define MAX_FRAMES 512
#define MAX_PACKET 2048
#define MAX_READ 16
#define HEADER 12
#define FRAME_NS 20000000L
#define SECOND_NS 1000000000L
#define AFTERWARDS_NS 500000000L /* what is later than this is lost */
#define G711_UNITS 160
#define SLOT 256 /* octets of a packet in a file of packets, with its size */

struct frames {
    int payload_type, units, n;
    int sizes[MAX_FRAMES];
    unsigned char octets[MAX_FRAMES][MAX_PACKET - HEADER];
};

struct stamp {
    int64_t left_ns;
    uint32_t stream;
};

struct stream {
    int fd, index, shift_known;
    uint16_t shift;
    long phase_ns, newest;
    struct sockaddr_in target;
    struct frames *frames;
};

static struct stream streams[MAX_STREAMS];
static struct stream *in_order[MAX_STREAMS];
static struct frames kinds[2];
static float *delays_us;
static unsigned long n_delays, max_delays, sent, received, foreign, late_sends;
static int64_t window_begins_ns, window_ends_ns; /* real time, as the kernel stamps packets */
static int stamped = 1;
static unsigned char *slots;
static int64_t *lefts_ns;
static long n_numbers; /* packets of a stream, and their moments, in a file of packets */

static int64_t clock_ns(clockid_t id) {
    struct timespec t;
    if (clock_gettime(id, &t) != 0) return 0;
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void sleep_until(int64_t due_ns) {
    struct timespec t = {.tv_sec = due_ns / SECOND_NS, .tv_nsec = due_ns % SECOND_NS};
    if (clock_ns(CLOCK_MONOTONIC) < due_ns)
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR) {
        }
}

static void open_stream(struct stream *stream) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int on = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    stream->fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (stream->fd < 0 || bind(stream->fd, (struct sockaddr *)&address, size) < 0) fail("bind");
    if (setsockopt(stream->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) fail("SO_TIMESTAMPNS");
    if (getsockname(stream->fd, (struct sockaddr *)&address, &size) < 0) fail("getsockname");
    stream->target = address;
    printf("%d ", ntohs(address.sin_port));
}

static void read_frames(struct frames *frames, const char *path) {
    unsigned char head[3], size[2];
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(head, 1, 3, file) != 3) fail(path);
    frames->payload_type = head[0];
    frames->units = head[1] << 8 | head[2];
    while (frames->n < MAX_FRAMES && fread(size, 1, 2, file) == 2) {
        int n_bytes = frames->sizes[frames->n] = size[0] << 8 | size[1];
        if (n_bytes > MAX_PACKET - HEADER) fail("a frame is too large");
        if (fread(frames->octets[frames->n], 1, (size_t)n_bytes, file) != (size_t)n_bytes) fail(path);
        frames->n++;
    }
    fclose(file);
}

static void read_packets(const char *path, int n_streams) {
    size_t n_packets = (size_t)n_streams * (size_t)n_numbers;
    FILE *file = fopen(path, "rb");
    slots = malloc(n_packets * SLOT);
    lefts_ns = calloc(n_packets, sizeof *lefts_ns);
    if (file == NULL || slots == NULL || lefts_ns == NULL || fread(slots, SLOT, n_packets, file) != n_packets)
        fail(path);
    fclose(file);
}

/*
 * Find when a protected packet left. The first one of a stream is taken for the newest that may have arrived, which
 * tells how far its numbers are shifted; a later one that would have come before it left corrects that.
 */
static int find_left(const unsigned char *packet, int64_t arrived_ns, struct stream *at, struct stamp *stamp) {
    const struct stream *from = &streams[at->index ^ 1];
    const int64_t *lefts = lefts_ns + from->index * n_numbers;
    uint16_t seq = (uint16_t)(packet[2] << 8 | packet[3]);
    long number = at->shift_known ? (uint16_t)(seq - at->shift) : from->newest;
    if (number >= n_numbers) return 0;
    while (number > 0 && (lefts[number] == 0 || lefts[number] > arrived_ns)) number--;
    at->shift = (uint16_t)(seq - number);
    at->shift_known = 1;
    stamp->left_ns = lefts[number];
    stamp->stream = (uint32_t)from->index;
    return 1;
}

static void note_arrival(const unsigned char *packet, ssize_t size, int64_t arrived_ns, struct stream *at) {
    struct stamp stamp;
    if (!stamped) {
        received += arrived_ns >= window_begins_ns && arrived_ns < window_ends_ns;
        return;
    }
    if (size < (ssize_t)(HEADER + sizeof stamp)) return;
    if (!slots)
        memcpy(&stamp, packet + HEADER, sizeof stamp);
    else if (!find_left(packet, arrived_ns, at, &stamp))
        stamp.stream = MAX_STREAMS;
    if (stamp.stream != (uint32_t)(at->index ^ 1)) {
        foreign++;
        return;
    }
    if (stamp.left_ns < window_begins_ns || stamp.left_ns >= window_ends_ns) return;
    received++;
    if (n_delays < max_delays) delays_us[n_delays++] = (float)(arrived_ns - stamp.left_ns) / 1000;
}

static int64_t arrival_ns(struct msghdr *message) {
    struct timespec t = {0};
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) memcpy(&t, CMSG_DATA(c), sizeof t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static void read_all(struct stream *stream) {
    static unsigned char packet[MAX_PACKET];
    static char control[CMSG_SPACE(sizeof(struct timespec))];
    for (int i = 0; i < MAX_READ; i++) {
        struct iovec part = {.iov_base = packet, .iov_len = sizeof packet};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t size = recvmsg(stream->fd, &message, MSG_DONTWAIT);
        if (size < 0) return;
        note_arrival(packet, size, arrival_ns(&message), stream);
    }
}

static void send_frame(struct stream *stream, long number) {
    static unsigned char packet[MAX_PACKET];
    struct frames *frames = stream->frames;
    int n_bytes = G711_UNITS, units = frames ? frames->units : G711_UNITS;
    uint16_t seq = htons((uint16_t)number);
    uint32_t rtp_time = htonl((uint32_t)(number * units)), ssrc = htonl(0x10000u + (uint32_t)stream->index);
    if (stream->target.sin_port == 0) return;
    if (slots) {
        long at = stream->index * n_numbers + number;
        const unsigned char *slot = slots + at * SLOT;
        int64_t left_ns = lefts_ns[at] = clock_ns(CLOCK_REALTIME);
        stream->newest = number;
        if (send(stream->fd, slot + 2, (size_t)(slot[0] << 8 | slot[1]), 0) < 0) return;
        sent += left_ns >= window_begins_ns && left_ns < window_ends_ns;
        return;
    }
    packet[0] = 0x80;
    packet[1] = (unsigned char)(frames ? frames->payload_type : 0);
    memcpy(packet + 2, &seq, 2);
    memcpy(packet + 4, &rtp_time, 4);
    memcpy(packet + 8, &ssrc, 4);
    int64_t now_ns = clock_ns(CLOCK_REALTIME);
    if (frames) {
        n_bytes = frames->sizes[number % frames->n];
        memcpy(packet + HEADER, frames->octets[number % frames->n], (size_t)n_bytes);
    } else {
        struct stamp stamp = {.left_ns = now_ns, .stream = (uint32_t)stream->index};
        memset(packet + HEADER, 0xff, G711_UNITS);
        memcpy(packet + HEADER, &stamp, sizeof stamp);
    }
    if (send(stream->fd, packet, (size_t)(HEADER + n_bytes), 0) < 0) return;
    sent += now_ns >= window_begins_ns && now_ns < window_ends_ns;
}

static int by_phase(const void *a, const void *b) {
    long first = (*(struct stream *const *)a)->phase_ns, second = (*(struct stream *const *)b)->phase_ns;
    return (first > second) - (first < second);
}

static int by_size(const void *a, const void *b) {
    float first = *(const float *)a, second = *(const float *)b;
    return (first > second) - (first < second);
}

static double percentile(double part) {
    if (n_delays == 0) return 0;
    unsigned long at = (unsigned long)((double)n_delays * part);
    return delays_us[at < n_delays ? at : n_delays - 1];
}

static void run(int n_streams, long first, long last, int64_t start_ns) {
    for (long number = first; number < last; number++)
        for (int i = 0; i < n_streams; i++) {
            int64_t due_ns = start_ns + number * FRAME_NS + in_order[i]->phase_ns;
            sleep_until(due_ns);
            late_sends += clock_ns(CLOCK_MONOTONIC) - due_ns > SECOND_NS / 1000;
            send_frame(in_order[i], number);
            read_all(in_order[i]);
        }
}

int main(int argc, char **argv) {
    int n_streams = argc >= 5 ? atoi(argv[1]) : 0, pid = 0, port = 0;
    if (n_streams < 1 || n_streams > MAX_STREAMS || argc > 7) return 2;
    int bunched = strcmp(argv[2], "bunched") == 0;
    long n_warm = (long)(atof(argv[3]) * 50), n_frames = (long)(atof(argv[4]) * 50);
    stamped = argc < 7;
    n_numbers = n_warm + n_frames;
    if (argc == 6) read_packets(argv[5], n_streams);
    for (int i = 0; argc == 7 && i < 2; i++) read_frames(&kinds[i], argv[5 + i]);
    max_delays = (unsigned long)(n_streams * n_frames) * 2;
    delays_us = calloc(max_delays + 1, sizeof *delays_us);
    prctl(PR_SET_TIMERSLACK, 1UL);
    srandom(1); /* the same phases for everybody who is compared */
    for (int i = 0; i < n_streams; i++) {
        streams[i].index = i;
        streams[i].phase_ns = bunched ? i % 20 * 1000000L : random() % FRAME_NS;
        streams[i].frames = stamped ? NULL : &kinds[i % 2];
        in_order[i] = &streams[i];
        open_stream(&streams[i]);
    }
    qsort(in_order, (size_t)n_streams, sizeof in_order[0], by_phase);
    puts("");
    fflush(stdout);
    clockid_t relay;
    if (scanf("%d", &pid) != 1 || clock_getcpuclockid(pid, &relay) != 0) fail("no relay");
    for (int i = 0; i < n_streams; i++) {
        if (scanf("%d", &port) != 1) fail("too few ports");
        streams[i].target.sin_port = htons((unsigned short)port);
        /* The relay answers from there; strays of other programs on this machine stay out. */
        if (port && connect(streams[i].fd, (struct sockaddr *)&streams[i].target, sizeof streams[i].target) < 0)
            fail("connect");
    }
    int64_t start_ns = clock_ns(CLOCK_MONOTONIC) + FRAME_NS;
    int64_t real_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC) + start_ns;
    window_begins_ns = real_ns + n_warm * FRAME_NS;
    window_ends_ns = real_ns + (n_warm + n_frames) * FRAME_NS;
    run(n_streams, 0, n_warm, start_ns);
    late_sends = 0;
    int64_t relay_ns = clock_ns(relay), own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    run(n_streams, n_warm, n_warm + n_frames, start_ns);
    relay_ns = clock_ns(relay) - relay_ns;
    own_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - own_ns;
    unsigned long sent_late = late_sends;
    sleep_until(clock_ns(CLOCK_MONOTONIC) + AFTERWARDS_NS);
    for (int i = 0; i < n_streams; i++) read_all(&streams[i]);
    qsort(delays_us, n_delays, sizeof *delays_us, by_size);
    printf("{\"sent\": %lu, \"received\": %lu, \"foreign\": %lu, \"sent_late\": %lu, \"seconds\": %.3f, "
           "\"cpu_s\": %.6f, \"load_cpu_s\": %.6f, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
           sent, received, foreign, sent_late, (double)(n_frames * FRAME_NS) / SECOND_NS, (double)relay_ns / SECOND_NS,
           (double)own_ns / SECOND_NS, percentile(0.5), percentile(0.99), percentile(1));
    return 0;
}
