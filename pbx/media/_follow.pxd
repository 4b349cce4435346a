cdef class Outgoing:
    cdef public long long ssrc, _seq, _time, _relay_ssrc, _next_seq, _next_time
    cdef public long long _relay_seq, _relay_time, _time_shift
    cpdef bint follows(self, long long ssrc, long long seq, long long rtp_time, long long n_units)


cdef class Incoming:
    cdef public long long _clock_rate, _next_seq, _ssrc
    cdef public list _pending
    cpdef bint follows(self, long long ssrc, long long seq, long long rtp_time, double now)
