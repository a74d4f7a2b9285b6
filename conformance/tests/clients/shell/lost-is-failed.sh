#!/bin/sh
# wrong: whatever curl complains about counts as not placed
# breaks: END-UNKNOWN
# tasks: buy
. "${0%/*}/right.sh"
unknown() { exit 1; }
main
