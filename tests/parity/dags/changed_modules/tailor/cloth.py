"""What a tailor cuts."""

from dataclasses import dataclass

UNIT = "cm"


@dataclass
class Piece:
    length: int

    def told(self):
        return f"{self.length} {UNIT}"
