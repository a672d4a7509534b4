update touches set count = count + 1 where id = 1
