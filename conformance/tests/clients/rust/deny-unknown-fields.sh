#!/bin/sh
# wrong: serde's deny_unknown_fields
# breaks: READ-FIELDS
# tasks: buy
exec "$BUILT/examples/partner" deny-unknown-fields
