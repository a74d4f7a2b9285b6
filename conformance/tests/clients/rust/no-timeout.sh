#!/bin/sh
# wrong: reqwest without a timeout
# breaks: END-TIME
# tasks: buy
exec "$BUILT/examples/partner" no-timeout
