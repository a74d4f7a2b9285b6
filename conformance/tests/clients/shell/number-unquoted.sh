#!/bin/sh
# wrong: phone numbers without quotes
# breaks: SEND-ITEMS
# tasks: buy
. "${0%/*}/right.sh"
item() { printf "{\"packageId\":\"%s\",\"beneficiaryMsisdn\":%s}" "$2" "$1"; }
main
