#!/bin/sh
# wrong: curl -d without a content type
# breaks: SEND-TYPE
# tasks: buy
. "${0%/*}/right.sh"
media_type() { echo application/x-www-form-urlencoded; }
main
