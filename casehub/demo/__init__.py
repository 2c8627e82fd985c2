"""The demo: an embedded PostgreSQL with the demo organisation and invented people, web and worker, on 127.0.0.1."""
