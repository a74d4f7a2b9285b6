#!/bin/sh
# wrong: curl says 0, so all is well: the status is not looked at
# breaks: END-REFUSED
# tasks: buy
. "${0%/*}/right.sh"
refused() { echo done; exit 0; }
main
