"""The documentation as a site: the pages of the emitter ``docs``, and the specs line by line."""
