select
    v.customer_id,
    v.country,
    v.segment,
    max(o.order_date) as last_paid_order
from {{ source('warehouse', 'mart_customer_value') }} as v
left join {{ ref('stg_paid_orders') }} as o on o.customer_id = v.customer_id
group by v.customer_id, v.country, v.segment
