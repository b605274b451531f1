"""The functions that a guest may import, one handler per row of `abi.hostcalls` and `abi.wasi`."""
