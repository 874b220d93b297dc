"""Trial calls: what a generated function does with small inputs, found by evaluating it abstractly.

Comes in: the generated modules and, for each function to try, what its parameters are. Goes out: what it returns, prints, and asks of
stand-ins for databases and services, where all of that is known for certain; else the reason why not. Nothing of the code is run, no
file is read but the modules themselves: a generated test that states an outcome is right because the code says so, and fails when
someone breaks the code.
"""

from migrator.trials.model import Called, Event, Outcome, Parameter, TheContext, Trial
from migrator.trials.run import TrialRun
from migrator.trials.stand_ins import SAMPLES

__all__ = ["SAMPLES", "Called", "Event", "Outcome", "Parameter", "TheContext", "Trial", "TrialRun"]
