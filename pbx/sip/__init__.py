"""SIP, SDP and digest as pure machines; sockets are in pbx.sip.io."""
