#!/bin/sh
# wrong: curl -k: any certificate will do
# breaks: KEY-TLS
# tasks: buy
. "${0%/*}/right.sh"
flags() { echo -sS -k --max-time "$NETCONNECT_TIMEOUT"; }
main
