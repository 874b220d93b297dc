select
    order_date,
    channel,
    count(distinct order_id) as orders,
    sum(amount_eur) as revenue_eur
from {{ ref('stg_paid_orders') }}
where order_date <= '{{ var("run_date") }}'
group by order_date, channel
