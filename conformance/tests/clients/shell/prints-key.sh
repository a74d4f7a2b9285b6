#!/bin/sh
# wrong: set -x in a client
# breaks: KEY-OUTPUT
# tasks: buy
. "${0%/*}/right.sh"
buy() { echo "+ curl -H X-API-KEY: $NETCONNECT_API_KEY" >&2; request "$buy_path" "$work/order"; judge; }
main
