#!/bin/sh
# wrong: the pesewas are cut off
# breaks: AMOUNT-EXACT
# tasks: balance
. "${0%/*}/right.sh"
value() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$work/body" | head -n 1; }
main
