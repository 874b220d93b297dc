"""Python source: expressions, dates, names, one module while it is put together."""
