#!/bin/sh
# wrong: a loop that loses the last recipient
# breaks: SEND-COUNT
# tasks: buy
. "${0%/*}/right.sh"
whole=$(order)
order() { echo "$whole" | sed "s/,{[^{]*}\]}\$/]}/"; }
main
