#!/bin/sh
# wrong: curl without --max-time
# breaks: END-TIME
# tasks: buy
. "${0%/*}/right.sh"
flags() { echo -sS; }
main
