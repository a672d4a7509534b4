create publication nova_cdc for table
    public.users, public.posts, public.comments, public.likes, public.follows, public.blocks, public.mutes,
    public.hidden_posts
