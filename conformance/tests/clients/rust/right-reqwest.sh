#!/bin/sh
# tasks: buy
# A client that uses only reqwest; the wrong clients beside it are this one with one change (generated/examples/partner.rs).
exec "$BUILT/examples/partner" right
