"""The embedded stack: PostgreSQL, an S3 and Sahih's roles as children of one `sahih up`, on one machine."""
