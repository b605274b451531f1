"""The doors for programs that use the VM.

spec: appendix/embedding
"""
