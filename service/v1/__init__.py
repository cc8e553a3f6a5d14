"""Version 1 of the protocol: the .proto files and the code that protoc writes from them."""
