# cython: language_level=3, boundscheck=False, wraparound=False
"""The twin of `straight.py` in C; what is said there holds here.

It calls the kernel itself, and keeps the interpreter meanwhile: nothing here waits for anything.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING
from libc.errno cimport errno
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from pbx.media._follow cimport Incoming, Outgoing

from pbx.core.errors import StorageError
from pbx.media.io.rtp_socket import AGAIN as _AGAIN, BUFFER, NOTHING as _NOTHING, VIEW

cdef extern from "arpa/inet.h" nogil:
    uint16_t htons(uint16_t)
    uint16_t ntohs(uint16_t)
    uint32_t htonl(uint32_t)
    uint32_t ntohl(uint32_t)

cdef extern from "sys/socket.h" nogil:
    ssize_t recv(int fd, void *buffer, size_t size, int flags)
    ssize_t send(int fd, const void *buffer, size_t size, int flags)

cdef enum:
    HEARD = 0
    SENT = 1
    HEADER_BYTES = 12
    PLAIN = 0x80
    MARKER = 0x80
    UNUSUAL = -1
    MAX_DRAIN = 32
    MAX_PENDING = 64
    SEQ_MASK = 0xFFFF

cdef double STEADY_S = 0.008
cdef int AGAIN = _AGAIN
cdef int NOTHING = _NOTHING
cdef object SHARED = BUFFER  # lives as long as the pointer
cdef char *OCTETS = PyByteArray_AS_STRING(BUFFER)
cdef Py_ssize_t N_OCTETS = len(BUFFER)


cdef class Taps:
    cdef public bint may_record
    cdef public tuple recordings, keepers, _sent

    def __init__(self):
        self.may_record = False
        self.recordings = self.keepers = self._sent = ()

    cpdef packet(self, int stream, rtp):
        cdef timespec at
        clock_gettime(CLOCK_MONOTONIC, &at)
        cdef long long now_ns = at.tv_sec * 1000000000LL + at.tv_nsec
        cdef tuple keeper
        for keeper in self.keepers if stream == HEARD else self._sent:
            recording = keeper[0]
            try:
                recording.keep(keeper[1], now_ns, rtp)
            except StorageError as error:
                recording.fail(str(error))


cdef class Sending:
    cdef public object transport, format
    cdef public Outgoing stream
    cdef public Taps tap
    cdef public bint may_send, taken
    cdef public long long sent, octets

    def __init__(self, transport, Outgoing stream, Taps tap):
        self.transport, self.stream, self.tap = transport, stream, tap
        self.format = None
        self.may_send = self.taken = False
        self.sent = self.octets = 0


cdef class Straight:
    cdef public object socket, _keys, _usual_format, _usual_view
    cdef public Incoming _incoming
    cdef public Sending out
    cdef public Straight peer
    cdef public Taps tap
    cdef public bint echo
    cdef public double _silent_since
    cdef public int _usual_bytes, _usual_second

    def __init__(self, double now):
        self.peer = None
        self.echo = False
        self._silent_since = now
        self._usual_second, self._usual_bytes, self._usual_view = UNUSUAL, 0, VIEW[:0]
        self._usual_format = None

    def on_readable(self, double now):
        cdef int n_bytes, n
        socket = self.socket
        try:
            if now - self._silent_since > STEADY_S and socket.checked:
                if socket.takes is None:
                    n_bytes = socket.receive()
                else:
                    n_bytes = recv(socket.fd, OCTETS, N_OCTETS, 0)
                    if n_bytes < 0:
                        n_bytes = AGAIN
                if n_bytes >= 0 and not self._pass_on(n_bytes, now):
                    self._take(n_bytes, now)
                if self._silent_since == now:
                    return
            for n in range(MAX_DRAIN):
                n_bytes = socket.receive()
                if n_bytes == NOTHING:
                    return
                if n_bytes != AGAIN:
                    self._take(n_bytes, now)
        except Exception as error:
            self._fail(error)

    cpdef bint _pass_on(self, int n_bytes, double now) except *:
        cdef uint8_t *octets = <uint8_t *>OCTETS
        cdef Straight peer = self.peer
        fmt = self._usual_format
        if n_bytes != self._usual_bytes or octets[0] != PLAIN or octets[1] != self._usual_second:
            return False
        if peer is None or self.echo or fmt is None or self._keys.waits:
            return False
        cdef Sending out = peer.out
        if out.format is not fmt or not out.may_send or out.taken:
            return False
        cdef uint16_t wire_seq
        cdef uint32_t wire_time, wire_ssrc
        memcpy(&wire_seq, octets + 2, 2)
        memcpy(&wire_time, octets + 4, 4)
        memcpy(&wire_ssrc, octets + 8, 4)
        cdef long long seq = ntohs(wire_seq), rtp_time = ntohl(wire_time), ssrc = ntohl(wire_ssrc)
        cdef Incoming incoming = self._incoming
        if ssrc != incoming._ssrc:
            return False
        cdef Outgoing stream = out.stream
        cdef Taps tap = self.tap
        cdef long long n_units = n_bytes - HEADER_BYTES
        cdef int second = fmt.payload_type
        view = self._usual_view
        self._silent_since = now
        if not incoming.follows(ssrc, seq, rtp_time, now):
            incoming.audio(ssrc, seq, rtp_time, now)
        elif len(incoming._pending) >= MAX_PENDING:
            incoming.count()
        if tap.may_record and tap.keepers:
            tap.packet(HEARD, view)
        if stream.follows(ssrc, seq, rtp_time, n_units):
            seq, rtp_time = (stream._seq - 1) & SEQ_MASK, stream._time - n_units
        else:
            seq, rtp_time, fresh = stream.relay((ssrc, seq, rtp_time), n_units, now)
            if fresh:
                second |= MARKER
        wire_seq, wire_time, wire_ssrc = htons(<uint16_t>seq), htonl(<uint32_t>rtp_time), htonl(<uint32_t>stream.ssrc)
        octets[1] = second
        memcpy(octets + 2, &wire_seq, 2)
        memcpy(octets + 4, &wire_time, 4)
        memcpy(octets + 8, &wire_ssrc, 4)
        sends = peer.socket
        if sends.gives is None:
            out.sent += <bint>out.transport.send(view)
        elif send(sends.fd, OCTETS, n_bytes, 0) >= 0:
            out.sent += 1
        out.octets += n_units
        if tap.may_record and out.tap.recordings:
            out.tap.packet(SENT, view)
        return True

    def _take(self, n_bytes, now):
        raise NotImplementedError

    def _fail(self, error):
        raise NotImplementedError
