"""The ABI as data: enumerations, rows of host functions and callbacks, versions, access windows. No behaviour."""
