#!/bin/sh
# The Authorization value for one challenge (RFC 7616 §3.4): SIPp itself knows MD5 only when MD5 comes first,
# and the PBX puts its best algorithm first (RFC 8760 §2.3).
# Arguments: algorithm username HA1 method uri nonce
set -eu
case $1 in
  MD5) sum=md5sum ;;
  SHA-256) sum=sha256sum ;;
esac
digest() { printf '%s' "$1" | "$sum" | cut -d ' ' -f 1; }

ha2=$(digest "$4:$5")
response=$(digest "$3:$6:00000001:0a4f113b:auth:$ha2")
printf 'Digest username="%s", realm="acme.example", nonce="%s", uri="%s", algorithm=%s, ' "$2" "$6" "$5" "$1"
printf 'qop=auth, nc=00000001, cnonce="0a4f113b", response="%s"' "$response"
