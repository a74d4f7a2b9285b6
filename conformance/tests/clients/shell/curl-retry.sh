#!/bin/sh
# wrong: curl --retry around a purchase
# breaks: ONCE-LOST
# tasks: buy
. "${0%/*}/right.sh"
flags() { echo -sS --max-time 1 --retry 2 --retry-delay 1 --retry-max-time 3; }
main
