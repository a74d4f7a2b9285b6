#!/bin/sh
# wrong: danger_accept_invalid_certs
# breaks: KEY-TLS
# tasks: buy
exec "$BUILT/examples/partner" insecure
