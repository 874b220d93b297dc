"""The exports of a shop."""

from __future__ import annotations

from typing import Any

from exports.base import ExportOperator


class StockExport(ExportOperator):
    """What lies in a shop."""

    template_fields = (*ExportOperator.template_fields, "shop")

    def __init__(self, shop: str, **kwargs: Any) -> None:
        super().__init__(header="day;shop;stock", **kwargs)
        self.shop = shop

    def rows(self, context):
        day = context["ds"]
        return [(day, self.shop, number) for number in range(3)]


class PriceExport(ExportOperator):
    """What things cost."""

    def rows(self, context):
        currency = context["params"]["currency"]
        yield context["ds"], f"9.99 {currency}"
        yield context["ds"], f"19.99 {currency}"
