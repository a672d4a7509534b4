-- Which of these accounts are deleted.
select id
from users_cdc
where id in {users:Array(UInt128)}
group by id
having argMax(gone, _rank) = 1
