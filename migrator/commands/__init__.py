"""The commands of `migrate`, one module each: options in, a stage called, its result printed."""
