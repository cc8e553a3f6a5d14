"""The edge: gRPC server and client, command line, wiring. Nothing inside imports it."""
