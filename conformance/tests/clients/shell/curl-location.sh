#!/bin/sh
# wrong: curl -L: follows redirects, with every header
# breaks: KEY-REDIRECT
# tasks: buy, balance
. "${0%/*}/right.sh"
flags() { echo -sS -L --max-time "$NETCONNECT_TIMEOUT"; }
main
