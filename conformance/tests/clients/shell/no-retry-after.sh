#!/bin/sh
# wrong: a loop that sleeps less than it was asked to
# breaks: WAIT-ASKED
# tasks: buy
. "${0%/*}/right.sh"
may_try_again() { sleep 0.2; }
main
