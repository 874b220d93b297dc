DROP TABLE IF EXISTS mart_category_margin;

CREATE TABLE mart_category_margin AS
SELECT
    category,
    SUM(units) AS units,
    SUM(revenue_eur) AS revenue_eur,
    SUM(margin_eur) AS margin_eur
FROM mart_product_performance
GROUP BY category;
