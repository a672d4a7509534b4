select to_regclass('public.nova_migrations') is not null
