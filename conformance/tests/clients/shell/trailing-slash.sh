#!/bin/sh
# wrong: a slash at the end of the path
# breaks: SEND-ROUTE
# tasks: buy
. "${0%/*}/right.sh"
buy_path=$buy_path/
buy() { request "$buy_path" "$work/order"; judge; }
main
