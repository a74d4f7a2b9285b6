#!/bin/sh
# wrong: something in the background is left running
# breaks: END-RUNNING
# tasks: buy
. "${0%/*}/right.sh"
placed() { sleep 30 > /dev/null 2>&1 & exit 0; }
main
