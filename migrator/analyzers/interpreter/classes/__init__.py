"""Kinds of classes that Python gives a meaning of their own: enums, records, validators."""
