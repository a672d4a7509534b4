select following from user_totals where user_id = $1
