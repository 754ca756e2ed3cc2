"""Config's database engine: Django's PostgreSQL, with a cheaper look at pooled connections (`ENGINE: config.database`)."""
