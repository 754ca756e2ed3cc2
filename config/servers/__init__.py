"""Config's embedded servers: PostgreSQL and Valkey inside the data folder, for a desk that needs no installation."""
