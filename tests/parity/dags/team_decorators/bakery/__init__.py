"""What the bakery's DAGs share."""

from bakery.tasks import logged, oven_task, quick_task, signed

__all__ = ["logged", "oven_task", "quick_task", "signed"]
