"""What the tasks of the desk share."""

from .book import Book
from .journal import Journal, LoudJournal, stamped

__all__ = ["Book", "Journal", "LoudJournal", "stamped"]
