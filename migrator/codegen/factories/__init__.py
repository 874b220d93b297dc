"""Factories: code that is the same but for values is written once, with a table of rows.

`unify` finds where several pieces of code differ, `columns` names what differs (after the loop's variables where they tell), `nodes` writes the factory
of assets, checks or ops.
"""
