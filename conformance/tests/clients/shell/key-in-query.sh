#!/bin/sh
# wrong: the key in the query
# breaks: KEY-PLACE
# tasks: buy, balance
. "${0%/*}/right.sh"
address() { echo "$NETCONNECT_URL$1?api_key=$NETCONNECT_API_KEY"; }
keyed() { :; }
main
