#!/bin/sh
# wrong: expect() where a refusal comes
# breaks: END-CODE
# tasks: buy
exec "$BUILT/examples/partner" expect
