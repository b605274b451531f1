"""A plugin alive: the meeting of its VM, its contexts and its streams; events in, commands out."""
