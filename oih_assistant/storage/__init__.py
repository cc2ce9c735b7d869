"""The store: one database for everything that is kept, an SQLite file or PostgreSQL."""
