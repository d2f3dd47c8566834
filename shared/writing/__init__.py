"""What people write and read: which characters a text may hold, mailboxes, tables, TOML files, a page and its PDF.

Everything may import it, and it imports nothing of ours. It knows no message, store or service.
"""
