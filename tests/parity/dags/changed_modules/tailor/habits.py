"""How this tailor works."""

from airflow.exceptions import AirflowSkipException

from . import cloth


def cut_double():
    """Has all pieces told twice as long."""
    plain = cloth.Piece.told

    def told(self):
        return plain(cloth.Piece(self.length * 2))

    cloth.Piece.told = told


def rest(day):
    if day.endswith("-07"):
        raise AirflowSkipException("a day of rest")
