#!/bin/sh
# wrong: a body without a content type
# breaks: SEND-TYPE
# tasks: buy
exec "$BUILT/examples/partner" raw-body
