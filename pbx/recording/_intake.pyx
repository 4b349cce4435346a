# cython: language_level=3, boundscheck=False, wraparound=False
"""The twin of `intake.py` in C; what is said there holds here. An item is laid out as in `journal.py`."""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t
from libc.string cimport memcpy

from pbx.recording.intake import MAX_PACKET as _MAX_PACKET
from pbx.recording.journal import ARRIVAL_BYTES as _ARRIVAL_BYTES, packet_prefix
from pbx.recording.packet_rate import COST_NS as _COST_NS, PacketRate
from pbx.recording.ring import Ring

cdef Py_ssize_t MAX_PACKET = _MAX_PACKET
cdef long long COST_NS = _COST_NS
cdef uint8_t PACKET_KIND = packet_prefix(_ARRIVAL_BYTES, 0, 0)[0]
cdef enum:
    ARRIVAL_BYTES = 9  # a stream and a time
    PREFIX_BYTES = 14  # a kind and a size before them

if _ARRIVAL_BYTES != ARRIVAL_BYTES or len(packet_prefix(_ARRIVAL_BYTES, 0, 0)) != PREFIX_BYTES:
    raise ImportError("an item of a journal is laid out in another way")


cdef bytes laid_out(int stream, long long arrival_ns, const void *rtp, Py_ssize_t n_bytes):
    cdef bytes item = PyBytes_FromStringAndSize(NULL, PREFIX_BYTES + n_bytes)
    cdef uint8_t *octets = <uint8_t *>PyBytes_AS_STRING(item)
    cdef Py_ssize_t size = ARRIVAL_BYTES + n_bytes
    cdef int n
    octets[0] = PACKET_KIND
    for n in range(4):
        octets[1 + n] = (size >> (24 - 8 * n)) & 0xFF
    octets[5] = stream
    for n in range(8):
        octets[6 + n] = (arrival_ns >> (56 - 8 * n)) & 0xFF
    memcpy(octets + PREFIX_BYTES, rtp, n_bytes)
    return item


cdef class Intake:
    cdef public list _rates
    cdef public object _ring

    def __init__(self):
        self._ring = Ring()
        self._rates = [PacketRate(), PacketRate()]

    def packet(self, int stream, long long arrival_ns, rtp):
        cdef Py_buffer view
        cdef bytes item
        cdef list items
        cdef bint takes
        if stream >= len(self._rates):
            self._widen(stream, arrival_ns, rtp)
            return
        PyObject_GetBuffer(rtp, &view, PyBUF_SIMPLE)
        try:
            if view.len > MAX_PACKET:
                return
            rate = self._rates[stream]
            takes = <long long>rate.full_at_ns < arrival_ns
            if takes:
                rate.full_at_ns = arrival_ns + COST_NS
            if takes or rate.takes(arrival_ns):
                item = laid_out(stream, arrival_ns, view.buf, view.len)
                ring = self._ring
                items = ring._items
                if len(items) < <Py_ssize_t>ring._room:
                    items.append(item)
                else:
                    ring.append(item, arrival_ns)
            if rate.n_over:
                self._note_flood(stream, rate.due(arrival_ns), arrival_ns)
        finally:
            PyBuffer_Release(&view)

    def _widen(self, stream, arrival_ns, rtp):
        raise NotImplementedError

    def _note_flood(self, stream, n_over, at_ns):
        raise NotImplementedError

    def failed(self, reason):
        raise NotImplementedError
