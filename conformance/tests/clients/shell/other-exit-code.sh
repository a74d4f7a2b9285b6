#!/bin/sh
# wrong: an exit code that nobody agreed upon
# breaks: END-CODE
# tasks: buy
. "${0%/*}/right.sh"
refused() { exit 22; }
main
