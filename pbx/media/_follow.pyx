# cython: language_level=3
"""The twin of `follow.py` in C; what is said there holds here."""

cdef enum:
    SEQ_MASK = 0xFFFF
    NONE = -1

cdef long long TIME_MASK = 0xFFFFFFFF


cdef class Outgoing:
    def __init__(self):
        self.ssrc = self._seq = self._time = 0
        self._relay_ssrc = self._next_seq = self._next_time = NONE
        self._relay_seq = self._relay_time = self._time_shift = 0

    cpdef bint follows(self, long long ssrc, long long seq, long long rtp_time, long long n_units):
        if seq != self._next_seq or rtp_time != self._next_time or ssrc != self._relay_ssrc:
            return False
        cdef long long out_time = self._time
        self._seq = (self._seq + 1) & SEQ_MASK
        self._time = out_time + n_units
        self._next_seq = (seq + 1) & SEQ_MASK
        self._next_time = (rtp_time + n_units) & TIME_MASK
        self._relay_seq = seq
        self._relay_time = out_time - self._time_shift
        return True


cdef class Incoming:
    def __init__(self):
        self._clock_rate = 8000
        self._next_seq = self._ssrc = NONE
        self._pending = []

    cpdef bint follows(self, long long ssrc, long long seq, long long rtp_time, double now):
        if seq != self._next_seq or ssrc != self._ssrc:
            return False
        self._next_seq = (seq + 1) & SEQ_MASK
        self._pending.append(<long long>(now * self._clock_rate) - rtp_time)
        return True
